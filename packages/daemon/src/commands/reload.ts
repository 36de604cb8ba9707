// `knockdaemon reload`: the running daemon reads its configuration again, and takes it or says what is wrong with it.

import { formatReloaded } from '../control/format-tables.ts';
import { type AskOptions, ask } from './ask.ts';
import type { ExitCode, Output } from './output.ts';

/** Runs the command. */
export async function reload(options: AskOptions, output: Output): Promise<ExitCode> {
  return (await ask({ command: 'reload' }, options, formatReloaded, output)).exitCode;
}
