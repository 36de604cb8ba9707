// What a running daemon cannot change: told as problems of the new configuration, which is then not taken. Pure.

import type { Config } from './config/config.ts';
import type { Problem } from './config/problem.ts';

const HINT = '"systemctl restart knockdaemon" takes it';

/** @returns a problem for each key that needs a restart; none: the new configuration can be taken */
export function needsRestart(before: Config, after: Config): Problem[] {
  const keys = {
    state_dir: [before.stateDir, after.stateDir],
    control_socket: [before.controlSocket, after.controlSocket],
    'metrics.listen': [before.metrics, after.metrics],
  } as const;
  return Object.entries(keys)
    .filter(([, [old, wanted]]) => JSON.stringify(old) !== JSON.stringify(wanted))
    .map(([path]) => ({ path, expected: 'what it was when the daemon was started', hint: HINT }));
}
