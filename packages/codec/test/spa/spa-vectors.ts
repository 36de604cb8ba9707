// Packets that Debian's fwknop has made (test/vectors), each with the command that made it.

import { readFileSync } from 'node:fs';
import type { SpaFields } from '#src/spa/fields.js';
import type { SpaHash } from '#src/spa/hash.js';
import type { SpaKey } from '#src/spa/key.js';
import { fromHex } from '../vectors.ts';

/** One packet, and all that it was made of; bytes in hexadecimal. */
export interface SpaVector {
  readonly title: string;
  readonly command: string;
  readonly encryptionKey: string;
  readonly hmacKey: string;
  readonly hmacHash: SpaHash;
  readonly fields: SpaFields;
  readonly plaintext: string;
  readonly salt: string;
  readonly hmac: string;
  readonly packet: string;
  readonly identity: string;
}

interface SpaVectors {
  readonly version: string;
  readonly vectors: readonly SpaVector[];
  readonly gpg: { readonly packet: string };
}

export const spa = JSON.parse(
  readFileSync(new URL('../../../../../test/vectors/fwknop-spa-3.0.0.json', import.meta.url), 'utf8'),
) as SpaVectors;

/** The keys of a vector. */
export function keyOf({ encryptionKey, hmacKey, hmacHash }: SpaVector): SpaKey {
  return { encryptionKey: fromHex(encryptionKey), hmacKey: fromHex(hmacKey), hmacHash };
}
