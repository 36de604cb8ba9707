// Packets made by Debian's fwknop are read by our codec: every type of message, with every digest, every HMAC, and both
// kinds of keys.

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { decodeSpa, encodeSpa, SPA_HASHES } from '@eightknock/codec/spa';
import test from 'ava';
import {
  type ClientPacket,
  fwknopHash,
  type KeyKind,
  makePacket,
  makeWithoutHmac,
  sendPacket,
} from './fwknop-client.ts';
import { keyOf, REQUESTS } from './spa-cases.ts';

const KINDS: readonly KeyKind[] = ['text', 'base64'];
const now = () => Date.now() / 1000;

for (const [type, args, request] of REQUESTS) {
  for (const kind of KINDS) {
    test(`type ${type}, keys in ${kind}: every digest with every HMAC`, async (t) => {
      let read = 0;
      for (const digestHash of SPA_HASHES) {
        for (const hmacHash of SPA_HASHES) {
          const key = keyOf(kind, hmacHash);
          const made = await makePacket(key, kind, ['-U', 'alice', '-m', fwknopHash(digestHash), ...args]);
          const decoded = decodeSpa(Buffer.from(made.packet), key, now());
          const title = `digest ${digestHash}, HMAC ${hmacHash}: ${JSON.stringify(decoded)}`;
          t.like(decoded, { ok: true, user: 'alice', request, digestHash }, title);
          t.is(made.plaintext.split(':')[4], `${type}`);
          if (decoded.ok) {
            t.deepEqual(decoded.request, request);
            t.true(made.plaintext.startsWith(`${decoded.randomDigits}:`));
            t.is(encodeSpa(key, decoded, saltOf(made)), made.packet, `written anew: ${title}`);
          }
          read++;
        }
      }
      t.is(read, 49);
    });
  }
}

/** The salt stands in the first characters. */
function saltOf({ packet }: ClientPacket): Uint8Array {
  return Uint8Array.from(Buffer.from(`U2FsdGVkX1${packet.slice(0, 12)}`, 'base64').subarray(8, 16));
}

const lengths: readonly (readonly [name: 'encryptionKey' | 'hmacKey', longest: number])[] = [
  ['encryptionKey', 32],
  ['hmacKey', 128],
];
for (const [name, longest] of lengths) {
  test(`keys of every length: ${name} of 1 to ${longest} bytes`, async (t) => {
    for (let length = 1; length <= longest; length++) {
      const bytes = Uint8Array.from({ length }, (_, i) => 255 - i);
      const key = { ...keyOf('base64', 'sha256'), [name]: bytes };
      const { packet } = await makePacket(key, 'base64', ['-s', '-A', 'tcp/22']);
      t.true(decodeSpa(packet, key, now()).ok, `${length} bytes`);
    }
  });
}

test('commands of every length that fwknop can read itself, up to the longest packet', async (t) => {
  const key = keyOf('text', 'sha512');
  const seen = new Set<number>();
  for (let length = 1; length <= 126; length++) {
    const command = 'c'.repeat(length);
    const { packet } = await makePacket(key, 'text', ['-a', '203.0.113.7', '-U', 'root', '-C', command]);
    const decoded = decodeSpa(packet, key, now());
    t.deepEqual(decoded.ok && decoded.request, { kind: 'command', address: '203.0.113.7', command });
    seen.add(packet.length);
  }
  t.is(Math.max(...seen), 460);
});

test('what fwknop sends over UDP is what it says it has made', async (t) => {
  const socket = createSocket('udp4');
  t.teardown(() => socket.close());
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const key = keyOf('base64', 'sha256');
  const arrived = once(socket, 'message') as Promise<[Buffer]>;
  await sendPacket(key, 'base64', socket.address().port, ['-a', '203.0.113.7', '-A', 'udp/51820']);
  const [datagram] = await arrived;
  const request = { kind: 'access', address: '203.0.113.7', ports: [{ protocol: 'udp', port: 51820 }] };
  t.like(decodeSpa(datagram, key, now()), { ok: true, request });
});

test('the clock that fwknop writes counts', async (t) => {
  const key = keyOf('text', 'sha256');
  for (const [option, sign] of [
    ['--time-offset-minus', 1],
    ['--time-offset-plus', -1],
  ] as const) {
    const { packet } = await makePacket(key, 'text', ['-s', '-A', 'tcp/22', option, '300sec']);
    const decoded = decodeSpa(packet, key, now());
    t.is(decoded.ok, false);
    const age = !decoded.ok && decoded.reason === 'wrong-time' ? decoded.ageSeconds : 0;
    t.true(Math.abs(age - sign * 300) <= 5, `${age} s`);
    t.true(decodeSpa(packet, key, now(), 310).ok);
  }
});

test('refused: a packet without an HMAC, whatever HMAC is expected', async (t) => {
  for (const hmacHash of SPA_HASHES) {
    const key = keyOf('text', hmacHash);
    for (const [, args] of REQUESTS) {
      const packet = await makeWithoutHmac(key, args);
      const decoded = decodeSpa(packet, key, now());
      t.false(decoded.ok);
      if (!decoded.ok) t.regex(decoded.reason, /^(wrong-length|not-base64|hmac-mismatch)$/);
    }
  }
});

/** What fwknop's client makes, and we refuse: see docs/spa.md. */
const refused: readonly (readonly [string, string[], object])[] = [
  ['a port with a leading zero', ['-s', '-A', 'tcp/022'], { reason: 'bad-field', field: 'message' }],
  ['an address with a leading zero', ['-a', '010.0.0.1', '-A', 'tcp/22'], { reason: 'bad-field', field: 'message' }],
  ['a command with a tab', ['-s', '-C', 'a\tb'], { reason: 'bad-field', field: 'message' }],
  ['a command in other letters', ['-s', '-C', 'echo ü'], { reason: 'bad-field', field: 'message' }],
  [
    'an address for NAT that is none',
    ['-s', '-A', 'tcp/22', '-N', '999.1.1.1:5'],
    { reason: 'bad-field', field: 'nat-access' },
  ],
];
for (const [title, args, rejection] of refused) {
  test(`refused: ${title}`, async (t) => {
    const key = keyOf('text', 'sha256');
    const { packet } = await makePacket(key, 'text', args);
    t.deepEqual(decodeSpa(packet, key, now()), { ok: false, ...rejection } as never);
  });
}
