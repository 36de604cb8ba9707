// Starts a program of the configuration: as its user, with no more environment than is given, in a process group of its own,
// never through a shell. The only importer of node:child_process but for the capture. setpriv(1) sets user, group and groups
// in the new process, and takes the daemon's capabilities from it.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Argv } from '../config/door-config.ts';
import { closeOthersOnExec } from '../native/close-on-exec.ts';
import { readPaced } from '../read-paced.ts';
import { findUser } from '../system-user.ts';
import { ActionError } from './action.ts';

/** Part of util-linux. */
export const SETPRIV = '/usr/bin/setpriv';
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/** Of its output in one turn of the event loop. */
const BYTES_PER_TURN = 16 * 1024;
/** Programs that it left behind may keep its output open: it is read no longer than this after its end. */
const LAST_WORDS_MS = 1000;

/** What is to be started. */
export interface Program {
  /** Without macros. */
  readonly argv: Argv;
  /** A name in passwd(5). */
  readonly user: string;
  /** All of it but PATH. */
  readonly environment: Readonly<Record<string, string>>;
}

/** What is heard of it. */
export interface ProgramListener {
  /** Bytes of its standard output or standard error. */
  onOutput(bytes: Buffer): void;
  /** Once, when it has ended. @param how undefined: well; else such as `exit code 1` */
  onEnd(how: string | undefined): void;
}

/** A program that was started. */
export interface RunningProgram {
  /** To it and all that it started. Whatever is gone already is no error. */
  signal(signal: 'SIGTERM' | 'SIGKILL'): void;
  /** It is left to itself: nothing is heard of it any more, and this process may end before it. */
  release(): void;
}

/** Starts a program. @throws ActionError when it cannot be */
export type StartProgram = (program: Program, listener: ProgramListener) => RunningProgram;

/** See {@link StartProgram}. */
export const startProgram: StartProgram = ({ argv, user, environment }, { onOutput, onEnd }) => {
  const child = begin([...privileges(user), '--', ...argv], { PATH, ...environment });
  const stops = [child.stdout, child.stderr].map((stream) => readPaced(stream, BYTES_PER_TURN, onOutput));
  let ended = false;
  const end = (how: string | undefined) => {
    if (!ended) onEnd(how);
    ended = true;
  };
  child.on('error', (error) => end(error.message));
  child.on('exit', (code, signal) => {
    const how = signal ? `ended by ${signal}` : code === 0 ? undefined : `exit code ${code}`;
    const tell = () => {
      for (const stop of stops) stop();
      child.stdout.destroy();
      child.stderr.destroy();
      end(how);
    };
    const timer = setTimeout(tell, LAST_WORDS_MS);
    child.on('close', () => {
      clearTimeout(timer);
      tell();
    });
  });
  return {
    release() {
      ended = true;
      for (const stop of stops) stop();
      child.stdout.destroy();
      child.stderr.destroy();
      child.unref();
    },
    signal(name) {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, name);
      } catch {
        // it is gone, or belongs to a user whom we may not send it to
      }
    },
  };
};

/** @throws ActionError when the machine has no process or descriptor left */
function begin(args: readonly string[], env: Readonly<Record<string, string>>) {
  try {
    closeOthersOnExec();
    const child = spawn(SETPRIV, args, { stdio: ['ignore', 'pipe', 'pipe'], env, cwd: '/', detached: true });
    if (child.pid !== undefined) return child;
    child.on('error', () => {});
  } catch {
    // said below
  }
  throw new ActionError('no process can be started: too many run, or too many files are open');
}

/** For `--test`: says that it would, and nothing is started. */
export const startNothing: StartProgram = ({ argv, user }, { onOutput, onEnd }) => {
  setImmediate(() => {
    onOutput(Buffer.from(`a test: would run ${argv.join(' ')} as ${user}\n`));
    onEnd(undefined);
  });
  return { signal() {}, release() {} };
};

/** @throws ActionError when there is no such user, or no setpriv */
function privileges(user: string): string[] {
  if (!existsSync(SETPRIV)) throw new ActionError(`${SETPRIV} is missing (Debian: apt-get install util-linux)`);
  const found = findUser(user, '/');
  if (!found) throw new ActionError(`there is no user "${user}"`);
  const { uid, gid } = found;
  const asUser = ['--reuid', String(uid), '--regid', String(gid), '--init-groups'];
  const isSelf = uid === process.geteuid?.();
  return [...(isSelf && uid !== 0 ? [] : asUser), '--inh-caps=-all', '--ambient-caps=-all'];
}
