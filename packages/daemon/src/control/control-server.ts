// The Unix socket of a running daemon: takes questions from whoever may open it (its owner and root), hands them to the
// actions, writes the answers. Bounded in connections, in bytes and in time.

import { chmodSync, lstatSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import type { Problem } from '../config/problem.ts';
import { escapeControls, showValue } from '../config/show-value.ts';
import type { ControlActions } from './control-actions.ts';
import { answerLine, type ControlResponse, MAX_REQUEST_BYTES } from './protocol.ts';

/** Connections at once; further ones are told so and closed. */
export const MAX_CONNECTIONS = 16;
/** A request must be there within this time. */
export const REQUEST_TIMEOUT_MS = 5000;
/** An answer must be taken within this time. */
export const ANSWER_TIMEOUT_MS = 10_000;

/** A socket that is listened on. */
export interface ControlServer {
  /** Connections that were refused or cut. */
  readonly dropped: number;
  /** Closes it, with what is still connected. */
  stop(): Promise<void>;
}

/** How long things may take; shorter in tests. */
export interface ControlTimeouts {
  readonly requestMs: number;
  readonly answerMs: number;
}

const TIMEOUTS: ControlTimeouts = { requestMs: REQUEST_TIMEOUT_MS, answerMs: ANSWER_TIMEOUT_MS };

/**
 * Listens.
 * @param path absolute; its folder is made if it is missing. A socket that nobody listens on is replaced
 */
export async function startControlServer(
  path: string,
  actions: ControlActions,
  timeouts = TIMEOUTS,
): Promise<ControlServer | { readonly problems: readonly Problem[] }> {
  const problem = folderProblem(path) ?? (await pathProblem(path));
  if (problem) return { problems: [problem] };
  const connections = new Set<Socket>();
  const counts = { dropped: 0 };
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('close', () => connections.delete(socket));
    connections.add(socket);
    if (connections.size > MAX_CONNECTIONS) {
      counts.dropped++;
      finish(socket, { ok: false, error: 'too many connections', hint: 'try again' }, timeouts, counts);
    } else {
      converse(socket, actions, timeouts, counts);
    }
  });
  const error = await listen(server, path);
  if (error)
    return {
      problems: [
        { path: 'control_socket', value: showValue(path), expected: `a path to listen on, but: ${error.message}` },
      ],
    };
  return {
    get dropped() {
      return counts.dropped;
    },
    stop: () =>
      new Promise((resolve) => {
        for (const socket of connections) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

function converse(
  socket: Socket,
  actions: ControlActions,
  timeouts: ControlTimeouts,
  counts: { dropped: number },
): void {
  let text = '';
  const cut = () => {
    counts.dropped++;
    socket.destroy();
  };
  const timer = setTimeout(cut, timeouts.requestMs);
  socket.on('close', () => clearTimeout(timer));
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    text += chunk;
    const end = text.indexOf('\n');
    if (Buffer.byteLength(end < 0 ? text : text.slice(0, end + 1)) > MAX_REQUEST_BYTES) return cut();
    if (end < 0) return;
    clearTimeout(timer);
    socket.removeAllListeners('data').resume();
    void answerLine(text.slice(0, end), actions)
      // A defect of ours must not take the daemon down for a question.
      .catch(
        (error: unknown): ControlResponse => ({
          ok: false,
          error: error instanceof Error ? error.message : String(error),
        }),
      )
      .then((response) => finish(socket, response, timeouts, counts));
  });
}

function finish(
  socket: Socket,
  response: ControlResponse,
  { answerMs }: ControlTimeouts,
  counts: { dropped: number },
): void {
  const timer = setTimeout(() => {
    counts.dropped++;
    socket.destroy();
  }, answerMs);
  socket.on('close', () => clearTimeout(timer));
  socket.end(`${JSON.stringify(response)}\n`, () => socket.destroySoon());
}

/** The socket is closed to others from its first moment: it is made within the call, under this umask. */
function listen(server: Server, path: string): Promise<Error | undefined> {
  return new Promise((resolve) => {
    server.once('error', resolve);
    server.once('listening', () => {
      chmodSync(path, 0o600);
      resolve(undefined);
    });
    const umask = process.umask(0o177);
    try {
      server.listen(path);
    } finally {
      process.umask(umask);
    }
  });
}

function folderProblem(path: string): Problem | undefined {
  const folder = dirname(path);
  const place = { path: 'control_socket', value: showValue(path) };
  try {
    mkdirSync(folder, { recursive: true, mode: 0o755 });
    if ((statSync(folder).mode & 0o022) === 0) return undefined;
    const expected = 'a path in a folder that neither group nor others may write';
    return { ...place, expected, hint: `chmod go-w ${escapeControls(folder)}` };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    return { ...place, expected: `a path in a folder that can be made, but: ${message}` };
  }
}

/** Frees the path when a daemon that was killed has left its socket there. */
async function pathProblem(path: string): Promise<Problem | undefined> {
  const place = { path: 'control_socket', value: showValue(path) };
  try {
    if (!lstatSync(path).isSocket()) return { ...place, expected: 'a path where nothing else is' };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  if (await isListenedOn(path)) {
    return { ...place, expected: 'a socket of its own: another knockdaemon listens there', hint: 'stop it first' };
  }
  rmSync(path);
  return undefined;
}

function isListenedOn(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.on('connect', () => resolve(true));
    // Everything else (a full queue, no permission) is somebody who lives.
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code !== 'ECONNREFUSED'));
    socket.on('connect', () => socket.destroy());
  });
}
