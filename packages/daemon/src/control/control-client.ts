// Asks the daemon over its control socket: one request, one answer, within bounds of time and size. What goes wrong is a
// value that says what to do about it.

import { connect } from 'node:net';
import { showValue } from '@eightknock/codec';
import { type Later, later } from '../clock.ts';
import type { ControlCommand, ControlResults, Refusal } from './answer.ts';
import { MAX_ANSWER_BYTES, PATIENCE_MS, RELOAD_PATIENCE_MS } from './bounds.ts';
import { LineReader } from './line-reader.ts';
import type { ControlRequest } from './request.ts';
import { REFUSAL_SCHEMA, RESULT_SCHEMAS } from './result-schemas.ts';

/** There is no answer. */
export interface NoAnswer {
  readonly ok: false;
  readonly reason: 'no-answer';
  readonly error: string;
  readonly hint: string;
}

/** What came of a request. */
export type Reply<Command extends ControlCommand> =
  | { readonly ok: true; readonly result: ControlResults[Command] }
  | Refusal
  | NoAnswer;

/**
 * Asks.
 * @param path of the socket
 * @param request what the daemon understands: see `readRequest`
 */
export async function askDaemon<Command extends ControlCommand>(
  path: string,
  request: Extract<ControlRequest, { command: Command }>,
  after: Later = later,
): Promise<Reply<Command>> {
  const patienceMs = request.command === 'reload' ? RELOAD_PATIENCE_MS : PATIENCE_MS;
  const line = await exchange(path, `${JSON.stringify(request)}\n`, patienceMs, after);
  return 'error' in line ? line : readAnswer<Command>(line.bytes, request.command as Command);
}

function exchange(
  path: string,
  request: string,
  patienceMs: number,
  after: Later,
): Promise<{ readonly bytes: Buffer } | NoAnswer> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    const settle = (outcome: { readonly bytes: Buffer } | NoAnswer): void => {
      callOff();
      socket.destroy();
      resolve(outcome);
    };
    const callOff = after(patienceMs, () =>
      settle(noAnswer(`no answer from ${showValue(path)} within ${patienceMs / 1000} s`, HINTS.silent)),
    );
    const reader = new LineReader(MAX_ANSWER_BYTES, {
      onLine: (bytes) => settle({ bytes }),
      onNothing: () => settle(noAnswer(`${showValue(path)} was closed without an answer`, HINTS.silent)),
      onTooLong: () =>
        settle(noAnswer(`the answer from ${showValue(path)} is longer than ${MAX_ANSWER_BYTES} bytes`, HINTS.strange)),
    });
    socket.on('error', (error: NodeJS.ErrnoException) => settle(connectionFailure(error, path)));
    socket.on('data', (bytes) => reader.take(bytes));
    socket.on('end', () => reader.end());
    socket.write(request);
  });
}

function readAnswer<Command extends ControlCommand>(bytes: Buffer, command: Command): Reply<Command> {
  const strange = noAnswer('the answer makes no sense', HINTS.strange);
  let answer: unknown;
  try {
    answer = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return strange;
  }
  const refusal = REFUSAL_SCHEMA.safeParse(answer);
  if (refusal.success) return refusal.data;
  if (typeof answer !== 'object' || answer === null || !('ok' in answer) || answer.ok !== true) return strange;
  const result = RESULT_SCHEMAS[command].safeParse('result' in answer ? answer.result : undefined);
  return result.success ? { ok: true, result: result.data } : strange;
}

const HINTS = {
  notRunning: 'is knockdaemon running? "systemctl status knockdaemon" tells; --socket PATH names another socket',
  rights: 'run it as root',
  silent: 'is knockdaemon stopped, or starting? "systemctl status knockdaemon" tells',
  strange: 'is that knockdaemon, and of this version? "systemctl restart knockdaemon" starts the installed one',
} as const;

function connectionFailure({ code, message }: NodeJS.ErrnoException, path: string): NoAnswer {
  const where = showValue(path);
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return noAnswer(`no control socket at ${where}`, HINTS.notRunning);
    case 'ECONNREFUSED':
      return noAnswer(`nobody listens at ${where}`, HINTS.notRunning);
    case 'EACCES':
    case 'EPERM':
      return noAnswer(`no permission to connect to ${where}`, HINTS.rights);
    case 'EAGAIN':
    case 'ECONNRESET':
    case 'EPIPE':
      return noAnswer(`${where} is busy, or was just closed`, HINTS.silent);
    default:
      return noAnswer(`cannot connect to ${where}: ${code ?? message}`, HINTS.notRunning);
  }
}

function noAnswer(error: string, hint: string): NoAnswer {
  return { ok: false, reason: 'no-answer', error, hint };
}
