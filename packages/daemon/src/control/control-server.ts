// The control socket: takes connections, one request each, and answers. Whatever comes over it is an answer, a closed
// connection, or a number in `drops`; never an exception. It can do what ControlActions can, and nothing else.

import { createServer, type Server, type Socket } from 'node:net';
import { type Later, later } from '../clock.ts';
import type { Problem } from '../config/problem.ts';
import { type Answer, encodeAnswer } from './answer.ts';
import { answerLine } from './answer-request.ts';
import {
  ACTION_MS,
  ANSWER_MS,
  MAX_CONNECTIONS,
  MAX_REQUEST_BYTES,
  MAX_TURNED_AWAY,
  REQUEST_MS,
  TURNED_AWAY_MS,
} from './bounds.ts';
import type { ControlActions } from './control-actions.ts';
import { LineReader } from './line-reader.ts';
import { listenOnPath } from './listen-path.ts';

/** Why a connection came to nothing; a closed set. */
export type ControlDrop =
  /** One too many at once. */
  | 'too-many'
  /** The request is too long, or makes no sense. */
  | 'bad-request'
  /** The request was not whole in time. */
  | 'slow-request'
  /** The daemon did not do it in time. */
  | 'slow-action'
  /** The answer was not fetched in time. */
  | 'slow-reader'
  /** The connection broke. */
  | 'broken';

/** What a control server needs besides its actions. */
export interface ControlServerOptions {
  readonly after?: Later;
  /** Is told of each drop, once. */
  readonly onDropped?: (reason: ControlDrop) => void;
}

/** A control socket that listens. */
export interface ControlServer {
  /** How many connections came to nothing, by reason. */
  readonly dropped: Readonly<Record<ControlDrop, number>>;
  /** Closes all connections and removes the socket. */
  stop(): Promise<void>;
}

/**
 * Starts to listen.
 * @param path of the socket; absolute, at most 107 bytes. Its folder is made where it is missing
 * @returns the problem that keeps it from listening
 */
export async function startControlServer(
  path: string,
  actions: ControlActions,
  options: ControlServerOptions = {},
): Promise<{ readonly server: ControlServer } | { readonly problem: Problem }> {
  const connections = new Connections(actions, options);
  // Half-open: a client that has said all and shut its side, as `nc` does, is answered all the same.
  const server = createServer({ allowHalfOpen: true }, (socket) => connections.accept(socket));
  const problem = await listenOnPath(server, path);
  if (problem) return { problem };
  // A connection that could not be accepted, for want of descriptors: the next one may be.
  server.on('error', () => connections.drop('broken'));
  return { server: { dropped: connections.dropped, stop: () => stop(server, connections) } };
}

/** Closing the server removes its socket file (uv_pipe_t). */
function stop(server: Server, connections: Connections): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    connections.closeAll();
  });
}

const BUSY: Answer = {
  ok: false,
  reason: 'busy',
  error: `${MAX_CONNECTIONS} commands are being served already`,
  hint: 'try again',
};

const TOO_LONG: Answer = {
  ok: false,
  reason: 'request',
  error: `a request has at most ${MAX_REQUEST_BYTES} bytes`,
};

/** All connections of one socket. */
class Connections {
  readonly dropped: Record<ControlDrop, number> = {
    'too-many': 0,
    'bad-request': 0,
    'slow-request': 0,
    'slow-action': 0,
    'slow-reader': 0,
    broken: 0,
  };
  readonly #actions: ControlActions;
  readonly #after: Later;
  readonly #onDropped: (reason: ControlDrop) => void;
  readonly #served = new Set<Socket>();
  readonly #turnedAway = new Set<Socket>();

  constructor(actions: ControlActions, { after = later, onDropped = () => undefined }: ControlServerOptions) {
    this.#actions = actions;
    this.#after = after;
    this.#onDropped = onDropped;
  }

  drop(reason: ControlDrop): void {
    this.dropped[reason]++;
    this.#onDropped(reason);
  }

  accept(socket: Socket): void {
    if (this.#served.size < MAX_CONNECTIONS) {
      this.#serve(socket);
      return;
    }
    this.drop('too-many');
    if (this.#turnedAway.size < MAX_TURNED_AWAY) this.#turnAway(socket);
    else socket.on('error', () => undefined).destroy();
  }

  closeAll(): void {
    for (const socket of [...this.#served, ...this.#turnedAway]) socket.destroy();
  }

  #serve(socket: Socket): void {
    const deadline = new Deadline(this.#after, (reason) => {
      this.drop(reason);
      socket.destroy();
    });
    this.#served.add(socket);
    socket.on('close', () => {
      deadline.clear();
      this.#served.delete(socket);
    });
    socket.on('error', () => this.drop('broken'));
    deadline.set(REQUEST_MS, 'slow-request');

    const reader = new LineReader(MAX_REQUEST_BYTES, {
      onLine: (line) => void this.#answer(socket, deadline, line),
      // It said nothing at all, as a program that only looks whether somebody listens.
      onNothing: () => socket.destroy(),
      onTooLong: () => {
        this.drop('bad-request');
        this.#send(socket, deadline, encodeAnswer(TOO_LONG));
      },
    });
    socket.on('data', (bytes: Buffer) => reader.take(bytes));
    socket.on('end', () => reader.end());
  }

  async #answer(socket: Socket, deadline: Deadline, line: Uint8Array): Promise<void> {
    deadline.set(ACTION_MS, 'slow-action');
    const { bytes, refused } = await answerLine(line, this.#actions);
    if (refused === 'request') this.drop('bad-request');
    this.#send(socket, deadline, bytes);
  }

  /** An answer is one bounded piece, and the last: what the other side does not fetch waits here, until the deadline. */
  #send(socket: Socket, deadline: Deadline, bytes: Buffer): void {
    if (socket.destroyed) return;
    deadline.set(ANSWER_MS, 'slow-reader');
    socket.end(bytes, () => socket.destroy());
  }

  #turnAway(socket: Socket): void {
    this.#turnedAway.add(socket);
    const callOff = this.#after(TURNED_AWAY_MS, () => socket.destroy());
    socket.on('close', () => {
      callOff();
      this.#turnedAway.delete(socket);
    });
    socket.on('error', () => undefined);
    // Its request is read and forgotten: closing before it has sent it could cost it the answer.
    socket.on('end', () => socket.destroy()).resume();
    socket.end(encodeAnswer(BUSY));
  }
}

/** The one time limit that holds for a connection now. */
class Deadline {
  readonly #after: Later;
  readonly #missed: (reason: ControlDrop) => void;
  #callOff: (() => void) | undefined;

  constructor(after: Later, missed: (reason: ControlDrop) => void) {
    this.#after = after;
    this.#missed = missed;
  }

  set(milliseconds: number, reason: ControlDrop): void {
    this.clear();
    this.#callOff = this.#after(milliseconds, () => this.#missed(reason));
  }

  clear(): void {
    this.#callOff?.();
    this.#callOff = undefined;
  }
}
