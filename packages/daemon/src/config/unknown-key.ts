// What to say about a key that is not known: the one that was meant, or the part of the file it belongs to. Pure.

import { closestWord } from './closest-word.ts';
import { ACTION_KEYS } from './doors/actions.ts';
import type { KindName } from './doors/kinds.ts';
import { doorKeys, KIND_NAMES } from './doors/schemas.ts';
import { clientSchema, firewallSchema, hooksSchema, mainSchema, metricsSchema } from './schema.ts';

/**
 * The part of a file: the top, a table of its own, `[[client]]` and the files in clients_dir, a `[[door]]` by its kind
 * (`door`: the kind is not known), or the action in it.
 */
export type KeyPlace =
  | 'top'
  | 'firewall'
  | 'metrics'
  | 'hooks'
  | 'client'
  | 'door'
  | KindName
  | keyof typeof ACTION_KEYS;

const DOOR_KEYS = [...new Set(KIND_NAMES.flatMap((kind) => doorKeys(kind as KindName)))];

const KEYS: Readonly<Record<KeyPlace, readonly string[]>> = {
  top: Object.keys(mainSchema.shape),
  firewall: Object.keys(firewallSchema.shape),
  metrics: Object.keys(metricsSchema.shape),
  hooks: Object.keys(hooksSchema.shape),
  client: Object.keys(clientSchema.shape),
  door: DOOR_KEYS,
  sequence: doorKeys('sequence'),
  'one-time': doorKeys('one-time'),
  digits: doorKeys('digits'),
  tumbler: doorKeys('tumbler'),
  encrypted: doorKeys('encrypted'),
  ...ACTION_KEYS,
};

/** Tables within the table that is checked, by their key. */
const INNER = new Set<unknown>(['firewall', 'metrics', 'hooks', ...Object.keys(ACTION_KEYS)]);

/** Where a key stands. @param path of the table that it stands in, from the one that was checked */
export function placeOfKey(path: readonly PropertyKey[], place: KeyPlace): KeyPlace {
  const [table] = path;
  return INNER.has(table) ? (table as KeyPlace) : place;
}

/**
 * Finds a hint.
 * @param place where the key stands
 * @returns undefined when nothing comes near
 */
export function hintForUnknownKey(key: string, place: KeyPlace): string | undefined {
  const isDoor = KIND_NAMES.includes(place);
  // In TOML every key after a [table] belongs to that table: the usual way to lose one that was added at the end.
  if (place !== 'top' && KEYS.top.includes(key)) {
    return `"${key}" belongs to the top of knockdaemon.toml, before the first [table]`;
  }
  for (const table of ['firewall', 'metrics', 'hooks'] as const) {
    if (place !== table && !isDoor && KEYS[table].includes(key)) return `"${key}" belongs under [${table}]`;
  }
  if (isDoor) {
    for (const [action, keys] of Object.entries(ACTION_KEYS)) {
      if (keys.includes(key)) return `"${key}" belongs into an action: ${action} = { ${key} = … }`;
    }
  }
  if (place === 'top' && KEYS.client.includes(key)) return `"${key}" belongs under [[client]]`;
  if (isDoor && DOOR_KEYS.includes(key)) return `a door of kind "${place}" has no "${key}"`;
  const meant = closestWord(key, KEYS[place]);
  return meant === undefined ? undefined : `did you mean "${meant}"?`;
}
