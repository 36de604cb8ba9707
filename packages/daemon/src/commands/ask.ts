// What `status`, `grants`, `revoke`, `reload`, `audit` and `confirm` have in common: find the socket, ask, print.

import { findControlSocket } from '../config/find-socket.ts';
import { askDaemon, ControlError } from '../control/control-client.ts';
import type { ControlRequest } from '../control/protocol.ts';
import { formatError, formatProblems } from '../messages.ts';
import type { ExitCode, Output } from './output.ts';

/** Options of all these commands. */
export interface AskOptions {
  readonly config: string;
  /** The path of the socket; absent: what the configuration says. */
  readonly socket?: string;
  readonly json?: boolean;
}

/**
 * Asks the daemon.
 * @param format the answer as people read it; an array of lines, or text that ends with a line break
 * @returns 0; 1 when the daemon is not there or says no; 2 when what it was to take is wrong
 */
export async function ask<Answer>(
  request: ControlRequest,
  { config, socket, json }: AskOptions,
  format: (answer: Answer) => string,
  output: Output,
): Promise<{ readonly exitCode: ExitCode; readonly answer?: Answer }> {
  try {
    const answer = (await askDaemon(socket ?? (await findControlSocket(config)), request)) as Answer;
    output.stdout(json ? `${JSON.stringify(answer, null, 2)}\n` : format(answer));
    return { exitCode: 0, answer };
  } catch (error) {
    if (!(error instanceof ControlError)) throw error;
    if (error.problems) {
      output.stderr(formatProblems(error.problems));
      return { exitCode: 2 };
    }
    output.stderr(formatError(error.error, error.hint));
    return { exitCode: 1 };
  }
}
