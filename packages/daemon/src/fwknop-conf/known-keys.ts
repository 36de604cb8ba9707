// The keys of access.conf and fwknopd.conf: fwknopd(8), and what fwknopd 2.6.10 takes besides. Capitals count, as with fwknopd.

import { closestWord } from '../config/closest-word.ts';
import type { Problem } from '../config/problem.ts';
import type { Entry } from './read-entries.ts';

/** Keys of a stanza. REQUIRE_SOURCE is another name of REQUIRE_SOURCE_ADDRESS. */
export const ACCESS_KEYS = [
  'SOURCE',
  'DESTINATION',
  'OPEN_PORTS',
  'RESTRICT_PORTS',
  'KEY',
  'KEY_BASE64',
  'HMAC_KEY',
  'HMAC_KEY_BASE64',
  'HMAC_DIGEST_TYPE',
  'ENCRYPTION_MODE',
  'FW_ACCESS_TIMEOUT',
  'MAX_FW_TIMEOUT',
  'REQUIRE_USERNAME',
  'REQUIRE_SOURCE_ADDRESS',
  'REQUIRE_SOURCE',
  'ACCESS_EXPIRE',
  'ACCESS_EXPIRE_EPOCH',
  'FORCE_NAT',
  'FORCE_SNAT',
  'FORCE_MASQUERADE',
  'DISABLE_DNAT',
  'FORWARD_ALL',
  'ENABLE_CMD_EXEC',
  'ENABLE_CMD_SUDO_EXEC',
  'CMD_EXEC_USER',
  'CMD_EXEC_GROUP',
  'CMD_SUDO_EXEC_USER',
  'CMD_SUDO_EXEC_GROUP',
  'SUDO_EXE',
  'CMD_CYCLE_OPEN',
  'CMD_CYCLE_CLOSE',
  'CMD_CYCLE_TIMER',
  'GPG_HOME_DIR',
  'GPG_EXE',
  'GPG_DECRYPT_ID',
  'GPG_DECRYPT_PW',
  'GPG_ALLOW_NO_PW',
  'GPG_REQUIRE_SIG',
  'GPG_DISABLE_SIG',
  'GPG_IGNORE_SIG_VERIFY_ERROR',
  'GPG_REMOTE_ID',
  'GPG_FINGERPRINT_ID',
] as const;

/** One of them. */
export type AccessKey = (typeof ACCESS_KEYS)[number];

/** Lines that name other files. */
export const INCLUDES = ['%include', '%include_folder', '%include_keys'] as const;

/** The keys that hold a secret, and may stand in a file of `%include_keys`. */
export const SECRET_KEYS: readonly AccessKey[] = ['KEY', 'KEY_BASE64', 'HMAC_KEY', 'HMAC_KEY_BASE64'];

/** Is it a key of a stanza? */
export function isAccessKey(key: string): key is AccessKey {
  return (ACCESS_KEYS as readonly string[]).includes(key);
}

/**
 * What is wrong with a key that is none. Its text is shown only where it is nearly one: it may be half of a passphrase.
 * @param known those that may stand there
 */
export function unknownKey({ file, line, key }: Entry, known: readonly string[], expected: string): Problem {
  const meant = closestWord(key, known);
  const value = meant === undefined ? `a word of ${key.length} characters` : JSON.stringify(key);
  return { file, path: `line ${line}`, value, expected, ...(meant !== undefined && { hint: `write ${meant}` }) };
}
