// Random single packets: everything that their fields can say, keys, and packets that somebody with the keys could forge.

import { utf8ToBytes } from '@noble/hashes/utils.js';
import fc from 'fast-check';
import { encodeBase64 } from '#src/spa/base64.js';
import { encryptCbc } from '#src/spa/cipher.js';
import type { SpaFields } from '#src/spa/fields.js';
import { hashOf, hmacOf, SPA_HASHES, type SpaHash } from '#src/spa/hash.js';
import type { SpaKey } from '#src/spa/key.js';
import type { SpaRequest } from '#src/spa/request.js';
import { authenticated, writeSealed } from '#src/spa/sealed.js';
import { bytesOf, port, transportPort } from '../arbitraries.ts';

const printable = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i));
const userCharacter = fc.constantFrom(...printable.filter((character) => !'"/\\[]:;|=,+*?<>'.includes(character)));
const ipv4 = fc.ipV4().filter((text) => text !== '0.0.0.0');
const address = fc.oneof(ipv4, fc.constant('source'));
const timeout = fc.option(fc.integer({ min: 0, max: 65536 }), { nil: undefined });
const hostName = fc.stringMatching(/^[a-z]([A-Za-z0-9-]{0,10}[A-Za-z0-9])?(\.[a-z]{2,5}){0,2}$/);

const access = fc
  .record({ address, ports: fc.array(transportPort, { minLength: 1, maxLength: 4 }), timeoutSeconds: timeout })
  .map(({ timeoutSeconds, ...rest }) => (timeoutSeconds === undefined ? rest : { ...rest, timeoutSeconds }));
const target = fc.record({ host: fc.oneof(fc.ipV4(), hostName), port });

/** Every kind of request. */
export const spaRequest: fc.Arbitrary<SpaRequest> = fc.oneof(
  fc
    .record({ address, command: fc.string({ unit: fc.constantFrom(...printable), minLength: 1, maxLength: 60 }) })
    .map((rest) => ({ kind: 'command' as const, ...rest })),
  access.map((rest) => ({ kind: 'access' as const, ...rest })),
  fc.tuple(access, target).map(([rest, to]) => ({ kind: 'nat-access' as const, ...rest, target: to })),
  fc.tuple(access, target).map(([rest, to]) => ({ kind: 'local-nat' as const, ...rest, target: to })),
);

export const spaHash: fc.Arbitrary<SpaHash> = fc.constantFrom(...SPA_HASHES);

/** All that a packet can say, but for what is too long for one. */
export const spaFields: fc.Arbitrary<SpaFields> = fc.record({
  randomDigits: fc.stringMatching(/^\d{16}$/),
  user: fc.string({ unit: userCharacter, minLength: 1, maxLength: 12 }),
  timestamp: fc.integer({ min: 1, max: 9_999_999_999 }),
  request: spaRequest,
  digestHash: fc.constantFrom(...SPA_HASHES.filter((hash) => !hash.endsWith('512'))),
});

/** No encryption key is ever an HMAC key too: the highest bit of the first byte says which it is. */
const keyBytes = (maxLength: number, high: boolean) =>
  fc.uint8Array({ minLength: 1, maxLength }).map((bytes) => {
    const [first = 0, ...rest] = bytes;
    return Uint8Array.of(high ? first | 0x80 : first & 0x7f, ...rest);
  });

export const spaKey: fc.Arbitrary<SpaKey> = fc.record({
  encryptionKey: keyBytes(32, false),
  hmacKey: keyBytes(128, true),
  hmacHash: spaHash,
});

export const salt = bytesOf(8);

/** An authentic packet with any plaintext: what only somebody with both keys can make. */
export function forge(plaintext: string, key: SpaKey, withSalt: Uint8Array = new Uint8Array(8)): string {
  const blocks = encryptCbc(key.encryptionKey, withSalt, utf8ToBytes(plaintext));
  return authenticate(writeSealed({ salt: withSalt, blocks }), key);
}

/** The right HMAC at the end of any text. */
export function authenticate(text: string, { hmacHash, hmacKey }: SpaKey): string {
  return text + encodeBase64(hmacOf(hmacHash, hmacKey, authenticated(text)));
}

/** A plaintext with the right digest at its end. */
export function withDigest(covered: string, hash: SpaHash = 'sha256'): string {
  return `${covered}:${encodeBase64(hashOf(hash, utf8ToBytes(covered)))}`;
}
