// `run = { … }` of a door.

import * as z from 'zod';
import type { RunAction } from '../door-config.ts';
import { argv, flag, integer, user } from '../values.ts';

const DEFAULT_TIMEOUT = 60;
const A_DAY = 86_400;
const A_YEAR = 31_536_000;

/** The table. */
export const runSchema = z.strictObject(
  {
    argv,
    user,
    timeout: integer(1, A_DAY, '(seconds)').default(DEFAULT_TIMEOUT),
    overlap: flag.default(false),
    stop_argv: argv.optional(),
    stop_after: integer(1, A_YEAR, '(seconds)').optional(),
  },
  { error: 'a table: run = { argv = ["/usr/bin/backup"], user = "backup" }' },
);

/** What it says. */
export function toRunAction(data: z.infer<typeof runSchema>): RunAction {
  const { stop_argv: stopArgv, stop_after: afterSeconds } = data;
  return {
    kind: 'run',
    argv: data.argv,
    user: data.user,
    timeoutSeconds: data.timeout,
    overlap: data.overlap,
    ...(stopArgv !== undefined && afterSeconds !== undefined && { stop: { argv: stopArgv, afterSeconds } }),
  };
}
