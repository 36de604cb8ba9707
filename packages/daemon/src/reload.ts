// What a running daemon takes, and what it cannot change: that is told as problems of the new configuration, which is then
// not taken. Pure.

import { showValue } from '@eightknock/codec';
import type { Config } from './config/config.ts';
import { formatListenAddress } from './config/listen-address.ts';
import type { Problem } from './config/problem.ts';

/** A configuration that was read for a daemon. */
export interface LoadedForDaemon {
  readonly config: Config;
  /** The knockdaemon.toml it was read from, as it was named to us; absent: there is none. */
  readonly file?: string;
  /** Called when it is in force; never, when it is refused. */
  readonly onTaken?: () => void;
}

const HINT = '"systemctl restart knockdaemon" takes it';

/** The keys, and their values as texts; undefined: it is not there. */
const KEYS: Readonly<Record<string, (config: Config) => string | undefined>> = {
  state_dir: ({ stateDir }) => stateDir,
  control_socket: ({ controlSocket }) => controlSocket,
  'metrics.listen': ({ metrics }) => metrics && formatListenAddress(metrics),
};

/**
 * Compares the new one with that of the daemon.
 * @returns a problem for each key that needs a restart; none: the new configuration can be taken
 */
export function needsRestart(before: Config, { config, file }: Pick<LoadedForDaemon, 'config' | 'file'>): Problem[] {
  return Object.entries(KEYS)
    .map(([path, read]) => ({ path, old: read(before), wanted: read(config) }))
    .filter(({ old, wanted }) => old !== wanted)
    .map(({ path, old, wanted }) => ({
      ...(file !== undefined && { file }),
      path,
      value: showValue(wanted),
      expected: `what it was when the daemon was started: ${old === undefined ? 'none' : showValue(old)}`,
      hint: HINT,
    }));
}
