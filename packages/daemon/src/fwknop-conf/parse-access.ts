// The entries of an access.conf → its stanzas, or every problem in them at once. Pure, never throws. What fwknopd takes and
// then ignores (an unknown key, "60 # seconds") is a problem here: it may have been a limit.

import type { Problem } from '../config/problem.ts';
import type { Stanza } from './access-conf.ts';
import { ACCESS_KEYS, type AccessKey, INCLUDES, isAccessKey, SECRET_KEYS, unknownKey } from './known-keys.ts';
import { parseStanza } from './parse-stanza.ts';
import { type Entry, readEntries } from './read-entries.ts';

/** More stanzas than this are refused: there cannot be more doors. */
export const MAX_STANZAS = 200;
/** More problems are not listed. */
export const MAX_PROBLEMS = 200;
/** Stands where an included file ends: what follows needs a SOURCE. */
export const END_OF_FILE = '%end';

/** What a text is. */
export interface ParsedAccess {
  /** Absent when there is any problem. Never empty. */
  readonly stanzas?: readonly Stanza[];
  /** At most {@link MAX_PROBLEMS}. */
  readonly problems: readonly Problem[];
}

/** Reads one file by itself; those that it includes count as empty. @param file the name for problems */
export function parseAccessText(text: string, file: string): ParsedAccess {
  const { entries, problems } = readEntries(text, file);
  return parseAccess(entries, file, problems);
}

/**
 * Reads entries, those of included files in the place where they are included.
 * @param file the name of the first file
 * @param before problems that are known already
 */
export function parseAccess(entries: readonly Entry[], file: string, before: readonly Problem[] = []): ParsedAccess {
  const problems: Problem[] = [...before];
  const groups: Map<AccessKey, Entry>[] = [];
  let group: Map<AccessKey, Entry> | undefined;
  for (const entry of entries) {
    const { key } = entry;
    if (key === END_OF_FILE) group = undefined;
    else if ((INCLUDES as readonly string[]).includes(key)) continue;
    else if (!isAccessKey(key)) problems.push(unknownKey(entry, [...ACCESS_KEYS, ...INCLUDES], 'a key of access.conf'));
    else if (key === 'SOURCE') {
      group = new Map([[key, entry]]);
      groups.push(group);
    } else if (group) group.set(key, entry);
    else {
      const hint = 'every stanza begins with a SOURCE, also after %include';
      problems.push({ file: entry.file, path: `line ${entry.line}, ${key}`, expected: 'a SOURCE before it', hint });
    }
  }
  if (groups.length === 0 && problems.length === 0) {
    problems.push({ file, value: 'no stanza', expected: 'at least one: SOURCE, and the keys after it' });
  }
  if (groups.length > MAX_STANZAS) {
    problems.push({ file, value: `${groups.length} stanzas`, expected: `at most ${MAX_STANZAS} stanzas` });
  }
  const stanzas = groups.slice(0, MAX_STANZAS).map((one) => parseStanza(one, problems));
  return problems.length > 0 ? { problems: problems.slice(0, MAX_PROBLEMS) } : { stanzas, problems };
}

/** Entries of a file of keys: of others it is told that they do not belong there. */
export function keysOnly(entries: readonly Entry[]): { readonly entries: Entry[]; readonly problems: Problem[] } {
  const isKey = ({ key }: Entry) => (SECRET_KEYS as readonly string[]).includes(key);
  const expected = `one of ${SECRET_KEYS.join(', ')} in a file of %include_keys`;
  const problems = entries.filter((entry) => !isKey(entry)).map((entry) => unknownKey(entry, SECRET_KEYS, expected));
  return { entries: entries.filter(isKey), problems };
}
