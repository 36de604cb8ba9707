// Takes the path of the control socket: makes its folder, refuses a folder where others could put a socket of theirs,
// replaces the socket of a daemon that is gone. Never removes anything that is not a dead socket.

import { type BigIntStats, lstatSync, mkdirSync, renameSync, type Stats, statSync, unlinkSync } from 'node:fs';
import { connect, type Server } from 'node:net';
import { dirname } from 'node:path';
import { geteuid } from 'node:process';
import { escapeControls, showValue } from '@eightknock/codec';
import type { Problem } from '../config/problem.ts';
import { MAX_SOCKET_PATH_BYTES } from './bounds.ts';

/** Nobody but the owner may connect: to connect, one has to be allowed to write (unix(7)). */
const SOCKET_UMASK = 0o177;
/** Others may look, so that a user without rights is told that rights are missing, and not that no daemon is there. */
const FOLDER_MODE = 0o755;
const FOREIGN_WRITE = 0o022;
/** A listener that does not even refuse within this time is alive. */
const PROBE_MS = 1000;

/**
 * Listens on a Unix socket, mode 0600 from its first moment.
 * @param path absolute, at most 107 bytes
 * @returns a problem of the operator; undefined when it listens
 */
export async function listenOnPath(server: Server, path: string): Promise<Problem | undefined> {
  if (Buffer.byteLength(path) > MAX_SOCKET_PATH_BYTES) return tooLong(path);
  const folderProblem = makeFolder(path);
  if (folderProblem) return folderProblem;

  let failure = await tryListen(server, path);
  if (failure?.code !== 'EADDRINUSE') return failure && listenProblem(failure, path);

  const found = whatIsAt(path);
  if (found && !found.isSocket()) return notOurs(path);
  if (found && (await isAlive(path))) return anotherListens(path);
  if (found) removeDeadSocket(path, found);
  // Once only: a daemon that has come in between is alive.
  failure = await tryListen(server, path);
  return failure?.code === 'EADDRINUSE' ? anotherListens(path) : failure && listenProblem(failure, path);
}

function makeFolder(path: string): Problem | undefined {
  const folder = dirname(path);
  try {
    mkdirSync(folder, { recursive: true, mode: FOLDER_MODE });
    return judgeFolder(folder, statSync(folder));
  } catch (error) {
    const { code = String(error) } = error as NodeJS.ErrnoException;
    const why = code === 'EEXIST' || code === 'ENOTDIR' ? 'something that is no folder is in the way' : code;
    const expected = `a path in a folder that is there or can be made, but: ${why}`;
    return { path: 'control_socket', value: showValue(path), expected };
  }
}

/** Whoever may write in the folder could put another socket in the place of ours, and tell root anything. */
function judgeFolder(folder: string, { mode, uid }: Stats): Problem | undefined {
  const user = geteuid?.() ?? 0;
  if (uid !== 0 && uid !== user) {
    const expected = 'a folder that belongs to root or to the user who runs this, for the control socket';
    return { path: 'control_socket', value: `${showValue(folder)}, owner ${uid}`, expected };
  }
  if ((mode & FOREIGN_WRITE) === 0) return undefined;
  return {
    path: 'control_socket',
    value: `${showValue(folder)}, mode ${(mode & 0o7777).toString(8).padStart(4, '0')}`,
    expected: 'a folder in which nobody else may write, for the control socket',
    hint: `chmod go-w ${escapeControls(folder)}, or name a socket in a folder of its own`,
  };
}

/** The socket file is made within the call of `listen`; the mask of this process is ours only that long. */
function tryListen(server: Server, path: string): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    const settle = (error?: NodeJS.ErrnoException): void => {
      server.off('error', settle).off('listening', settle);
      resolve(error);
    };
    server.once('error', settle).once('listening', settle);
    const before = process.umask(SOCKET_UMASK);
    try {
      server.listen(path);
    } finally {
      process.umask(before);
    }
  });
}

function whatIsAt(path: string): BigIntStats | undefined {
  return lstatSync(path, { throwIfNoEntry: false, bigint: true });
}

/** Only a refusal says that nobody is there; a daemon that is too busy to answer is there. */
function isAlive(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path);
    const settle = (alive: boolean): void => {
      clearTimeout(timer);
      probe.destroy();
      resolve(alive);
    };
    const timer = setTimeout(() => settle(true), PROBE_MS);
    probe.once('connect', () => settle(true));
    probe.once('error', ({ code }: NodeJS.ErrnoException) => settle(code !== 'ECONNREFUSED' && code !== 'ENOENT'));
  });
}

/**
 * Removes the socket that was found dead, and no other: it is taken aside first, and put back when it is another one,
 * made by a daemon that started in this very moment. That one may have got the inode that became free: so the time when
 * it was made counts, too, which moving it does not change.
 */
function removeDeadSocket(path: string, dead: BigIntStats): void {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
    const { ino, dev, mtimeNs } = lstatSync(aside, { bigint: true });
    if (ino === dead.ino && dev === dead.dev && mtimeNs === dead.mtimeNs) unlinkSync(aside);
    else renameSync(aside, path);
  } catch {
    // It is gone, or may not be removed: listening tells which.
  }
}

/** libuv would listen on the beginning of the path, without a word. */
function tooLong(path: string): Problem {
  const expected = `a path of at most ${MAX_SOCKET_PATH_BYTES} bytes, got ${Buffer.byteLength(path)}`;
  return { path: 'control_socket', value: showValue(path), expected };
}

function notOurs(path: string): Problem {
  return {
    path: 'control_socket',
    value: showValue(path),
    expected: 'a path where nothing is, or a socket',
    hint: 'what is there is no socket, and is not removed: move it away, or name another path',
  };
}

function anotherListens(path: string): Problem {
  return {
    path: 'control_socket',
    value: showValue(path),
    expected: 'a socket of our own, but another knockdaemon listens there',
    hint: '"knockdaemon status" shows it; two need a control_socket and a state_dir each',
  };
}

function listenProblem({ code, message }: NodeJS.ErrnoException, path: string): Problem {
  const place = { path: 'control_socket', value: showValue(path) };
  if (code === 'EACCES' || code === 'EPERM') {
    const expected = 'a path in a folder where this user may write';
    return { ...place, expected, hint: `run it as root, or chown the folder ${escapeControls(dirname(path))}` };
  }
  return { ...place, expected: `a path that can be listened on, but: ${code ?? message}` };
}
