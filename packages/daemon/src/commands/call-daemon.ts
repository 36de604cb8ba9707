// What the commands that speak to a running daemon share: find its socket, ask, and say why there is no result.

import { resolve } from 'node:path';
import { escapeControls } from '@eightknock/codec';
import type { Problem } from '../config/problem.ts';
import type { ControlCommand, ControlResults, Refusal } from '../control/answer.ts';
import { MAX_SOCKET_PATH_BYTES } from '../control/bounds.ts';
import { askDaemon, type NoAnswer } from '../control/control-client.ts';
import { findControlSocket } from '../control/find-socket.ts';
import type { ControlRequest } from '../control/request.ts';
import { safeJson } from '../control/safe-json.ts';
import { formatError, formatHint, formatProblems } from '../messages/problems.ts';
import { ArgumentProblems } from './argument-problems.ts';
import type { ExitCode, Output } from './output.ts';

/** Options of every such command. */
export interface ControlOptions {
  readonly config: string;
  /** The socket itself: the configuration is not looked at. */
  readonly socket?: string;
  readonly json?: boolean;
}

/** A result, or the reply that is none. */
export type Called<Command extends ControlCommand> =
  | { readonly result: ControlResults[Command] }
  | { readonly refusal: Refusal | NoAnswer };

/**
 * Asks the daemon.
 * @throws UsageError when `--socket` cannot be the path of a socket
 */
export async function callDaemon<Command extends ControlCommand>(
  request: Extract<ControlRequest, { command: Command }>,
  { config, socket }: ControlOptions,
  output: Output,
): Promise<Called<Command>> {
  checkSocket(socket);
  const { path, doubt } = await findControlSocket(config, socket);
  if (doubt !== undefined) output.stderr(formatHint(doubt));
  const reply = await askDaemon<Command>(path, request);
  return reply.ok ? { result: reply.result } : { refusal: reply };
}

/** Prints a result as JSON. */
export function printJson(result: unknown, output: Output): void {
  output.stdout(`${safeJson(result, 2)}\n`);
}

/** Says why there is no result. @returns 2 where the request or the configuration is wrong, else 1 */
export function reportRefusal(refusal: Refusal | NoAnswer, output: Output): ExitCode {
  const { reason, error, hint } = refusal;
  if (reason === 'configuration') {
    output.stderr(formatProblems(harmless(refusal.problems)));
    output.stderr(formatHint('nothing was changed: the daemon goes on with the configuration it has'));
    return 2;
  }
  output.stderr(formatError(escapeControls(error), hint && escapeControls(hint)));
  if (reason !== 'request') return 1;
  output.stderr(formatProblems(harmless(refusal.problems)));
  return 2;
}

/** What came over the socket may come from a file with anything in its name. */
function harmless(problems: readonly Problem[] = []): Problem[] {
  return problems.map((problem) => {
    const entries = Object.entries(problem).map(([key, value]) => [key, escapeControls(String(value))]);
    return Object.fromEntries(entries) as Problem;
  });
}

function checkSocket(socket: string | undefined): void {
  if (socket === undefined) return;
  const problems = new ArgumentProblems();
  if (socket === '' || socket.includes('\0') || Buffer.byteLength(resolve(socket)) > MAX_SOCKET_PATH_BYTES) {
    problems.add('--socket', socket, `a path of at most ${MAX_SOCKET_PATH_BYTES} bytes`);
  }
  problems.throwIfAny();
}
