// `knockdaemon confirm`: I can still get in, so the guard stays. Ends what `run --rescue` began.

import { formatConfirmed } from '../control/format-tables.ts';
import { type AskOptions, ask } from './ask.ts';
import type { ExitCode, Output } from './output.ts';

/** Runs the command. */
export async function confirm(options: AskOptions, output: Output): Promise<ExitCode> {
  return (await ask({ command: 'confirm' }, options, formatConfirmed, output)).exitCode;
}
