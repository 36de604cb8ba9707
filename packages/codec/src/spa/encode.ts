// A request → the single packet that fwknopd takes (docs/spa.md). No clock and no randomness of its own.

import { utf8ToBytes } from '@noble/hashes/utils.js';
import { requireBytes } from '../require.ts';
import { encodeBase64 } from './base64.ts';
import { encryptCbc, SALT_BYTES } from './cipher.ts';
import { type SpaFields, writeFields } from './fields.ts';
import { hmacOf } from './hash.ts';
import { requireKey, type SpaKey } from './key.ts';
import { authenticated, MAX_PLAINTEXT_BYTES, writeSealed } from './sealed.ts';

/**
 * Writes a packet.
 * @param key what client and server share
 * @param fields what the packet says, the time and the random digits included
 * @param salt 8 bytes, random for each packet
 * @returns the payload of one UDP datagram: 140 to 460 characters of base64, without "="
 * @throws TypeError or RangeError that names the argument; a command, a name or a list of ports that is too long for
 *   fwknop is an error of `fields`
 */
export function encodeSpa(key: SpaKey, fields: SpaFields, salt: Uint8Array): string {
  requireKey(key);
  requireBytes('salt', salt, SALT_BYTES);
  const plaintext = utf8ToBytes(writeFields(fields));
  if (plaintext.length > MAX_PLAINTEXT_BYTES) {
    const { length } = plaintext;
    throw new RangeError(`fields must be at most ${MAX_PLAINTEXT_BYTES} bytes long before encryption, not ${length}`);
  }
  const text = writeSealed({ salt, blocks: encryptCbc(key.encryptionKey, salt, plaintext) });
  return text + encodeBase64(hmacOf(key.hmacHash, key.hmacKey, authenticated(text)));
}
