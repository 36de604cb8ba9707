// zod's issues → problems: the path as people read it, the value unless it is a secret, a hint where one helps.

import { showValue } from '@eightknock/codec';
import type * as z from 'zod';
import { SPA_SECRETS } from './doors/spa-key.ts';
import { hintForValue } from './hint-for-value.ts';
import { formatPath, joinPaths, valueAt } from './key-path.ts';
import type { Problem } from './problem.ts';
import { hintForUnknownKey, type KeyPlace, placeOfKey } from './unknown-key.ts';

const SECRET_KEYS = new Set<unknown>(['secret', ...SPA_SECRETS]);

/** Where a checked table stands. */
export interface TablePlace {
  readonly file: string;
  /** The path of the table, such as `client[1]`; empty for the whole file. */
  readonly path: string;
  readonly kind: KeyPlace;
}

/**
 * Says in our words what a schema found.
 * @param table what was given to the schema
 * @returns one problem for each path, in the order in which the schema's keys stand
 */
export function problemsOfIssues(issues: readonly z.core.$ZodIssue[], table: unknown, place: TablePlace): Problem[] {
  const problems = new Map<string, Problem>();
  const add = (path: readonly PropertyKey[], rest: Omit<Problem, 'file' | 'path'>): void => {
    const full = joinPaths(place.path, formatPath(path));
    if (!problems.has(full)) problems.set(full, { file: place.file, ...(full && { path: full }), ...rest });
  };
  for (const issue of issues) {
    if (issue.code === 'unrecognized_keys') {
      const inner = placeOfKey(issue.path, place.kind);
      for (const key of issue.keys) {
        // The value stays unsaid: the key may be a misspelt "secret".
        const hint = hintForUnknownKey(key, inner);
        add([...issue.path, key], { expected: 'no such key', ...(hint && { hint }) });
      }
      continue;
    }
    const value = valueAt(table, issue.path);
    const isSecret = SECRET_KEYS.has(issue.path[0]) && value !== undefined;
    // The secret of a door is a password that somebody made up.
    const hint = isSecret && place.kind !== 'client' ? undefined : hintForValue(issue.path, value);
    add(issue.path, {
      ...(!isSecret && { value: showValue(value) }),
      expected: issue.message,
      ...(hint && { hint }),
    });
  }
  return [...problems.values()];
}
