// `knockdaemon status`: how the running daemon stands.

import type { Status } from '../control/control-actions.ts';
import { formatStatus } from '../control/format-status.ts';
import { type AskOptions, ask } from './ask.ts';
import type { ExitCode, Output } from './output.ts';

/** Runs the command. */
export async function status(options: AskOptions, output: Output): Promise<ExitCode> {
  const format = (answer: Status) => formatStatus(answer, output.isTerminal);
  return (await ask({ command: 'status' }, options, format, output)).exitCode;
}
