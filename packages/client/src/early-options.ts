// Options that stand before the name of a command which has them too: `knockclient --port 22 run …`.

import type { Command } from 'commander';

/**
 * Adds them to the command's own; those it does not have are refused elsewhere.
 * @param command the one that is run
 * @param options its own, which win
 */
export function withEarly<T extends object>({ parent, options: known }: Command, options: T): T {
  const names = new Set(known.map((option) => option.attributeName()));
  const early = Object.entries(parent?.opts() ?? {}).filter(
    ([name]) => names.has(name) && parent?.getOptionValueSource(name) === 'cli',
  );
  return { ...Object.fromEntries(early), ...options };
}
