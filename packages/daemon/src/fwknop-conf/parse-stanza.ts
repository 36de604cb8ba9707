// The entries of one stanza of an access.conf → the stanza. Pure; tells every problem, and gives something all the same.

import type { Problem } from '../config/problem.ts';
import type { Stanza, WrittenKey } from './access-conf.ts';
import type { AccessKey } from './known-keys.ts';
import type { Entry } from './read-entries.ts';
import {
  isYes,
  type Read,
  readDay,
  readHash,
  readKeyBase64,
  readKeyText,
  readNat,
  readPorts,
  readRanges,
  readSeconds,
} from './read-values.ts';

/** What fwknopd takes where nothing is said, or 0. */
const DEFAULT_SECONDS = 30;
const DEFAULT_MAX_SECONDS = 300;
/** What fwknopd takes at most. */
const MAX_SECONDS = 31_536_000;
/** The year 5138. */
const MAX_EPOCH = 99_999_999_999;

/** @param problems are added to */
export function parseStanza(entries: ReadonlyMap<AccessKey, Entry>, problems: Problem[]): Stanza {
  const complain = ({ file, line, key }: Entry, fault: Omit<Problem, 'file' | 'path'>) =>
    problems.push({ file, path: `line ${line}, ${key}`, ...fault });
  const read = <T>(key: AccessKey, how: (text: string) => Read<T>, isSecret = false): T | undefined => {
    const entry = entries.get(key);
    if (!entry) return undefined;
    const result = how(isSecret ? entry.value : entry.value.trim());
    if ('value' in result) return result.value;
    complain(entry, result.fault);
    return undefined;
  };
  const seconds = (text: string) => readSeconds(text, MAX_SECONDS);
  const yes = (key: AccessKey) => isYes(entries.get(key)?.value ?? '');
  const readKey = (name: 'KEY' | 'HMAC_KEY'): WrittenKey | undefined => {
    const [text, base64] = [read(name, readKeyText, true), read(`${name}_BASE64`, (one) => readKeyBase64(one.trim()))];
    const twice = entries.get(`${name}_BASE64`);
    if (twice && entries.has(name)) complain(twice, { expected: `one of ${name} and ${name}_BASE64` });
    if (base64 !== undefined) return { form: 'base64', text: base64 };
    return text === undefined ? undefined : { form: 'text', text };
  };

  const sources = read('SOURCE', readRanges);
  const destinations = read('DESTINATION', readRanges);
  const openPorts = read('OPEN_PORTS', readPorts);
  const [key, hmacKey] = [readKey('KEY'), readKey('HMAC_KEY')];
  const same = entries.get(`HMAC_KEY${hmacKey?.form === 'base64' ? '_BASE64' : ''}`);
  if (same && key?.text === hmacKey?.text && key?.form === hmacKey?.form) {
    complain(same, { expected: 'another key than that of the encryption' });
  }
  const maxSeconds = read('MAX_FW_TIMEOUT', seconds) || DEFAULT_MAX_SECONDS;
  const given = read('FW_ACCESS_TIMEOUT', seconds) || DEFAULT_SECONDS;
  const user = entries.get('REQUIRE_USERNAME')?.value.trim();
  const epoch = read('ACCESS_EXPIRE_EPOCH', (text) => readSeconds(text, MAX_EPOCH));
  const expiresMs = earliest(read('ACCESS_EXPIRE', readDay), epoch === undefined ? undefined : epoch * 1000);
  const forceNat = read('FORCE_NAT', readNat);
  return {
    entries,
    restrictPorts: read('RESTRICT_PORTS', readPorts) ?? [],
    hmac: read('HMAC_DIGEST_TYPE', readHash) ?? 'sha256',
    seconds: Math.min(given, maxSeconds),
    maxSeconds,
    requireAddress: yes('REQUIRE_SOURCE_ADDRESS') || yes('REQUIRE_SOURCE'),
    ...(sources && { sources }),
    ...(destinations && { destinations }),
    ...(openPorts && { openPorts }),
    ...(key && { key }),
    ...(hmacKey && { hmacKey }),
    ...(user !== undefined && { user }),
    ...(expiresMs !== undefined && { expiresMs }),
    ...(forceNat !== undefined && { forceNat }),
  };
}

function earliest(...moments: readonly (number | undefined)[]): number | undefined {
  const given = moments.filter((moment) => moment !== undefined);
  return given.length === 0 ? undefined : Math.min(...given);
}
