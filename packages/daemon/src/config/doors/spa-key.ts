// The keys of a door of single packets: each as text or as base64, as access.conf has them. zod schema and reader. No message
// ever shows one.

import {
  decodeSpaKey,
  isSameKey,
  MAX_ENCRYPTION_KEY_BYTES,
  MAX_HMAC_KEY_BYTES,
  SPA_HASHES,
  type SpaHash,
  type SpaKey,
  spaKeyOfText,
} from '@eightknock/codec/spa';
import * as z from 'zod';
import { joinPaths, valueAt } from '../key-path.ts';
import type { Problem } from '../problem.ts';

const EXPECTED_HASH = SPA_HASHES.map((name) => `"${name}"`).join(', ');

/** The keys. */
export const SPA_KEY_SHAPE = {
  key: keySchema(spaKeyOfText, 'a text', MAX_ENCRYPTION_KEY_BYTES).optional(),
  key_base64: keySchema(decodeSpaKey, 'base64', MAX_ENCRYPTION_KEY_BYTES).optional(),
  hmac_key: keySchema(spaKeyOfText, 'a text', MAX_HMAC_KEY_BYTES).optional(),
  hmac_key_base64: keySchema(decodeSpaKey, 'base64', MAX_HMAC_KEY_BYTES).optional(),
  hmac: z.enum(SPA_HASHES as [SpaHash, ...SpaHash[]], { error: EXPECTED_HASH }).default('sha256'),
};

/** Keys of tables that hold a secret. */
export const SPA_SECRETS = ['key', 'key_base64', 'hmac_key', 'hmac_key_base64'] as const;

/** Each key is there once, as text or as base64, and they are two. */
export function spaKeyProblems(
  table: object,
  { file, path }: { readonly file: string; readonly path: string },
): Problem[] {
  const problems = (['key', 'hmac_key'] as const).flatMap((name): Problem[] => {
    const given = [name, `${name}_base64`].filter((key) => valueAt(table, [key]) !== undefined);
    if (given.length === 1) return [];
    const value = given.length === 0 ? 'missing' : given.join(' and ');
    return [{ file, path: joinPaths(path, name), value, expected: `one of ${name} and ${name}_base64` }];
  });
  const [key, hmacKey] = [tryReadKey(table, 'key'), tryReadKey(table, 'hmac_key')];
  if (problems.length === 0 && key && hmacKey && isSameKey(key, hmacKey)) {
    const expected = 'another key than the one that encrypts';
    problems.push({ file, path: joinPaths(path, 'hmac_key'), expected, hint: '"fwknop --key-gen" makes both' });
  }
  return problems;
}

function tryReadKey(table: object, name: 'key' | 'hmac_key'): Uint8Array | undefined {
  const [text, base64] = [SPA_KEY_SHAPE[name], SPA_KEY_SHAPE[`${name}_base64`]].map((schema, i) => {
    return schema.safeParse(valueAt(table, [i === 0 ? name : `${name}_base64`])).data;
  });
  return text ?? base64;
}

interface KeyData {
  readonly key?: Uint8Array | undefined;
  readonly key_base64?: Uint8Array | undefined;
  readonly hmac_key?: Uint8Array | undefined;
  readonly hmac_key_base64?: Uint8Array | undefined;
  readonly hmac: SpaHash;
}

/** What they say. @throws Error when one is missing: {@link spaKeyProblems} was not asked */
export function toSpaKey(data: KeyData): SpaKey {
  const encryptionKey = data.key ?? data.key_base64;
  const hmacKey = data.hmac_key ?? data.hmac_key_base64;
  if (!encryptionKey || !hmacKey) throw new Error('a key is missing');
  return { encryptionKey, hmacKey, hmacHash: data.hmac };
}

function keySchema(read: (text: string) => Uint8Array, what: string, most: number) {
  const error = `${what} of 1 to ${most} bytes`;
  return z.string({ error }).transform((text, context): Uint8Array => {
    try {
      const key = read(text);
      if (key.length <= most) return key;
    } catch {
      // The codec's own message is not in our words: `error` is said instead.
    }
    context.issues.push({ code: 'custom', message: error, input: text });
    return z.NEVER;
  });
}
