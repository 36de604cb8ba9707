// The gate before the codec: what the codec finds authentic passes it, and junk does not.

import { decodeSpa, encodeSpa, SPA_HASHES, type SpaKey, spaKeyOfText } from '@eightknock/codec/spa';
import test from 'ava';
import fc from 'fast-check';
import { spaGate } from '#src/spa-gate.js';

const NOW = 1_800_000_000;
const REQUEST = { kind: 'access', address: 'source', ports: [{ protocol: 'tcp', port: 22 }] } as const;

const keyOf = (hmacHash: SpaKey['hmacHash'], hmac = 'hmac'): SpaKey => {
  return { encryptionKey: spaKeyOfText('key'), hmacKey: spaKeyOfText(hmac), hmacHash };
};

function packet(key: SpaKey, user = 'alice'): Buffer {
  const own = { randomDigits: '1234567890123456', timestamp: NOW, digestHash: 'sha256', request: REQUEST } as const;
  return Buffer.from(encodeSpa(key, { ...own, user }, new Uint8Array(8)));
}

for (const hash of SPA_HASHES) {
  test(`${hash}: what its key made passes, and nothing else of its length`, (t) => {
    const gate = spaGate(keyOf(hash));
    const right = packet(keyOf(hash));
    t.true(gate(right));
    t.false(gate(packet(keyOf(hash, 'other'))));
    for (let at = 0; at < right.length; at++) {
      const wrong = Buffer.from(right);
      wrong[at] = (wrong[at] as number) ^ 1;
      t.false(gate(wrong), `byte ${at}`);
    }
  });
}

test('whatever the codec finds authentic passes; no datagram makes it throw', (t) => {
  const key = keyOf('sha256');
  const gate = spaGate(key);
  const changed = fc.tuple(fc.nat(220), fc.nat(255)).map(([at, byte]) => {
    const bytes = packet(key);
    bytes[at % bytes.length] = byte;
    return bytes;
  });
  const users = fc.string({ minLength: 1, maxLength: 20, unit: 'binary-ascii' }).map((user) => {
    try {
      return packet(key, user);
    } catch {
      return packet(key);
    }
  });
  const datagram = fc.oneof(fc.uint8Array({ maxLength: 1500 }), changed, users);
  t.notThrows(() =>
    fc.assert(
      fc.property(datagram, (payload) => {
        const read = decodeSpa(payload, key, NOW);
        return (
          gate(payload) ||
          (!read.ok && ['hmac-mismatch', 'wrong-length', 'not-base64', 'prefix-sent', 'gpg'].includes(read.reason))
        );
      }),
      { numRuns: process.env.SLOW ? 200_000 : 2000 },
    ),
  );
});
