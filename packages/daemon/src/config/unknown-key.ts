// What to say about a key that is not known: the one that was meant, or the part of the file it belongs to. Pure.

import { closestWord } from './closest-word.ts';
import { clientSchema, firewallSchema, mainSchema, metricsSchema } from './schema.ts';

/** The part of a file: the top, `[firewall]`, `[metrics]`, or `[[client]]` and the files in clients_dir. */
export type KeyPlace = 'top' | 'firewall' | 'metrics' | 'client';

const KEYS: Readonly<Record<KeyPlace, readonly string[]>> = {
  top: Object.keys(mainSchema.shape),
  firewall: Object.keys(firewallSchema.shape),
  metrics: Object.keys(metricsSchema.shape),
  client: Object.keys(clientSchema.shape),
};

/**
 * Finds a hint.
 * @param place where the key stands
 * @returns undefined when nothing comes near
 */
export function hintForUnknownKey(key: string, place: KeyPlace): string | undefined {
  // In TOML every key after a [table] belongs to that table: the usual way to lose one that was added at the end.
  if (place !== 'top' && KEYS.top.includes(key)) {
    return `"${key}" belongs to the top of knockdaemon.toml, before the first [table]`;
  }
  for (const table of ['firewall', 'metrics'] as const) {
    if (place !== table && KEYS[table].includes(key)) return `"${key}" belongs under [${table}]`;
  }
  if (place === 'top' && KEYS.client.includes(key)) return `"${key}" belongs under [[client]]`;
  const meant = closestWord(key, KEYS[place]);
  return meant === undefined ? undefined : `did you mean "${meant}"?`;
}
