// All that fwknop's client can ask for: arguments for it, and what our codec shall read.

import { SPA_HASHES, type SpaHash, type SpaKey, type SpaRequest, spaKeyOfText } from '@eightknock/codec/spa';
import { watchSpaKey } from '../lab/secrets.ts';
import type { KeyKind } from './fwknop-client.ts';

const tcp22 = { protocol: 'tcp', port: 22 } as const;
const access = { address: '203.0.113.7', ports: [tcp22] } as const;
const forward = { host: '192.168.1.2', port: 5000 } as const;

/** One of each message type, in the order of their numbers. */
export const REQUESTS: readonly (readonly [type: number, args: readonly string[], request: SpaRequest])[] = [
  [
    0,
    ['-a', '203.0.113.7', '-C', 'id -u; echo "a, b"'],
    { kind: 'command', address: '203.0.113.7', command: 'id -u; echo "a, b"' },
  ],
  [
    1,
    ['-s', '-A', 'tcp/22,udp/51820'],
    { kind: 'access', address: 'source', ports: [tcp22, { protocol: 'udp', port: 51820 }] },
  ],
  [
    2,
    ['-a', '203.0.113.7', '-A', 'tcp/22', '-N', '192.168.1.2:5000'],
    { kind: 'nat-access', ...access, target: forward },
  ],
  [3, ['-a', '203.0.113.7', '-A', 'tcp/22', '-f', '99'], { kind: 'access', ...access, timeoutSeconds: 99 }],
  [
    4,
    ['-a', '203.0.113.7', '-A', 'tcp/22', '-N', 'gw-1.example.net:5000', '-f', '65536'],
    { kind: 'nat-access', ...access, target: { host: 'gw-1.example.net', port: 5000 }, timeoutSeconds: 65536 },
  ],
  [
    5,
    ['-a', '203.0.113.7', '-A', 'tcp/22', '--nat-local', '--nat-port', '5000'],
    {
      kind: 'local-nat',
      address: '203.0.113.7',
      ports: [{ protocol: 'tcp', port: 5000 }],
      target: { host: '127.0.0.1', port: 22 },
    },
  ],
  [
    6,
    ['-a', '203.0.113.7', '-A', 'tcp/22', '--nat-local', '--nat-port', '5000', '-f', '1'],
    {
      kind: 'local-nat',
      address: '203.0.113.7',
      ports: [{ protocol: 'tcp', port: 5000 }],
      target: { host: '127.0.0.1', port: 22 },
      timeoutSeconds: 1,
    },
  ],
];

/** A key of each kind; the one in base64 has every byte that a text cannot have, and the greatest length. */
export function keyOf(kind: KeyKind, hmacHash: SpaHash): SpaKey {
  const bytes = (length: number, step: number) => Uint8Array.from({ length }, (_, i) => (i * step) & 255);
  const key =
    kind === 'text'
      ? { encryptionKey: spaKeyOfText('testkey1234'), hmacKey: spaKeyOfText('hmackey5678'), hmacHash }
      : { encryptionKey: bytes(32, 37), hmacKey: bytes(128, 91), hmacHash };
  watchSpaKey(key, `keyOf(${kind})`);
  return key;
}

export { SPA_HASHES };
