// Asks a running daemon over its control socket. What goes wrong on the way is an error with a hint.

import { connect } from 'node:net';
import { z } from 'zod';
import type { Problem } from '../config/problem.ts';
import { showValue } from '../config/show-value.ts';
import type { ActionFailure } from './control-actions.ts';
import type { ControlRequest, ControlResponse } from './protocol.ts';

/** An answer is there within this time, or none. */
export const CLIENT_TIMEOUT_MS = 10_000;
/** An answer has at most so many bytes: 1,000 rows are some hundred kilobytes. */
export const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

const response = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), result: z.unknown() }),
  z.object({
    ok: z.literal(false),
    error: z.string(),
    hint: z.string().exactOptional(),
    problems: z
      .array(
        z.object({
          file: z.string().exactOptional(),
          path: z.string().exactOptional(),
          value: z.string().exactOptional(),
          expected: z.string(),
          hint: z.string().exactOptional(),
        }),
      )
      .exactOptional(),
  }),
]);

/** The daemon said no, or nothing. */
export class ControlError extends Error implements ActionFailure {
  override readonly name = 'ControlError';
  readonly error: string;
  readonly hint?: string;
  /** Of a configuration that was not taken. */
  readonly problems?: readonly Problem[];

  constructor({ error, hint, problems }: ActionFailure & { readonly problems?: readonly Problem[] }) {
    super(error);
    this.error = error;
    if (hint !== undefined) this.hint = hint;
    if (problems !== undefined) this.problems = problems;
  }
}

/**
 * Asks.
 * @param path of the socket
 * @returns what the daemon answers
 * @throws ControlError
 */
export async function askDaemon(path: string, asked: ControlRequest, timeoutMs = CLIENT_TIMEOUT_MS): Promise<unknown> {
  const line = await exchange(path, `${JSON.stringify(asked)}\n`, timeoutMs);
  const answer = readResponse(line);
  if (!answer) throw new ControlError({ error: 'the answer of the daemon is not understood' });
  if (!answer.ok) throw new ControlError(answer);
  return answer.result;
}

function readResponse(line: string): ControlResponse | undefined {
  try {
    return response.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

function exchange(path: string, line: string, timeoutMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(path, () => socket.write(line));
    const chunks: Buffer[] = [];
    let bytes = 0;
    const fail = (failure: ActionFailure) => {
      clearTimeout(timer);
      socket.destroy();
      reject(new ControlError(failure));
    };
    const timer = setTimeout(() => fail({ error: 'the daemon does not answer' }), timeoutMs);
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > MAX_ANSWER_BYTES) fail({ error: 'the answer of the daemon does not end' });
    });
    socket.on('error', (error: NodeJS.ErrnoException) => fail(connectionFailure(path, error)));
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(Buffer.concat(chunks).toString('utf8'));
    });
  });
}

function connectionFailure(path: string, { code, message }: NodeJS.ErrnoException): ActionFailure {
  if (code === 'ENOENT' || code === 'ECONNREFUSED') {
    return {
      error: `no knockdaemon listens on ${showValue(path)}`,
      hint: 'is it running? "systemctl status knockdaemon" tells',
    };
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return { error: `this user may not open ${showValue(path)}`, hint: 'run it as root' };
  }
  return { error: `${showValue(path)} cannot be opened: ${message}` };
}
