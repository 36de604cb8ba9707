// Both ends of Unix sockets in a temporary folder, as tests need them.

import { link } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import type { ControlActions } from '#src/control/control-actions.js';
import { type ControlServer, type ControlServerOptions, startControlServer } from '#src/control/control-server.js';
import { temporaryFolder } from '../config/sample.ts';
import { fakeActions } from './fake-actions.ts';

const PATIENCE_MS = 10_000;

/** A path that is free, in a folder of its own. */
export async function socketPath(t: ExecutionContext): Promise<string> {
  return join(await temporaryFolder(t), 'control.sock');
}

/** A control server until the end of the test. */
export async function serve(
  t: ExecutionContext,
  actions: ControlActions = fakeActions(),
  options: ControlServerOptions = {},
): Promise<{ readonly path: string; readonly server: ControlServer }> {
  const path = await socketPath(t);
  const started = await startControlServer(path, actions, options);
  if ('problem' in started) throw new Error(started.problem.expected);
  t.teardown(() => started.server.stop());
  return { path, server: started.server };
}

/** Somebody else's server: does with a connection what the test says. */
export async function serveWith(t: ExecutionContext, onConnection: (socket: Socket) => void): Promise<string> {
  const path = await socketPath(t);
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket.on('error', () => undefined));
    onConnection(socket);
  });
  await listening(server, path);
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return path;
}

/** Leaves the socket of somebody who is gone: its file stays when its server ends. */
export async function leaveDeadSocket(path: string): Promise<void> {
  const server = createServer();
  await listening(server, `${path}.live`);
  await link(`${path}.live`, path);
  await new Promise((resolve) => server.close(resolve));
}

function listening(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen(path, resolve);
  });
}

/** A connection that collects what comes. */
export class Connection {
  readonly socket: Socket;
  /** Everything that came. */
  text = '';
  /** Has it been closed, from either side? */
  closed = false;

  constructor(t: ExecutionContext, path: string) {
    this.socket = connect({ path, allowHalfOpen: true });
    this.socket.on('error', () => undefined);
    this.socket.on('close', () => {
      this.closed = true;
    });
    this.socket.on('end', () => this.socket.end());
    this.socket.setEncoding('utf8').on('data', (text) => {
      this.text += text;
    });
    t.teardown(() => this.socket.destroy());
  }

  /** Waits until the other side has closed it. @returns what came */
  async end(): Promise<string> {
    await until(() => this.closed);
    return this.text;
  }
}

/** Sends bytes, and gives the answer, parsed. */
export async function ask(t: ExecutionContext, path: string, bytes: string | Uint8Array): Promise<unknown> {
  const connection = new Connection(t, path);
  connection.socket.write(bytes);
  return JSON.parse(await connection.end());
}

/** Waits for a condition. */
export async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error('waited in vain');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
