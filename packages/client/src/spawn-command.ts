// Starts a program in the place of this one: same terminal, same streams. The client's only importer of
// node:child_process. Never through a shell: what the user typed as one word reaches the program as one word.

import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

/** How a program ended. */
export type CommandEnd =
  | { readonly kind: 'exited'; readonly status: number }
  /** By a signal, with its number. */
  | { readonly kind: 'killed'; readonly signalNumber: number }
  /** It never ran; the system's error, for instance ENOENT. */
  | { readonly kind: 'not-started'; readonly code: string };

/** A program that runs. */
export interface RunningCommand {
  /** Settles when it has ended, and never rejects. */
  readonly ended: Promise<CommandEnd>;
  /** Sends it a signal; nothing happens when it has ended already. */
  readonly kill: (signal: NodeJS.Signals) => void;
}

/** Starts a program. See {@link spawnCommand}. */
export type SpawnCommand = (program: string, args: readonly string[]) => RunningCommand;

/**
 * Starts a program with this one's standard streams and environment.
 * @param program a path, or a name to be looked up in PATH
 */
export const spawnCommand: SpawnCommand = (program, args) => {
  const child = spawn(program, args, { stdio: 'inherit', shell: false });
  const ended = new Promise<CommandEnd>((resolve) => {
    // Comes too when a signal could not be sent; then the program runs, and its exit tells.
    child.on('error', ({ code = 'unknown' }: NodeJS.ErrnoException) => {
      if (child.pid === undefined) resolve({ kind: 'not-started', code });
    });
    child.on('exit', (status, signal) => {
      if (signal) resolve({ kind: 'killed', signalNumber: constants.signals[signal] });
      else resolve({ kind: 'exited', status: status ?? 1 });
    });
  });
  return { ended, kill: (signal) => void child.kill(signal) };
};

/** Who is asked whether a SIGINT that came here has reached the other processes of the group, too. */
export interface GroupWitness {
  /** Asked when a SIGINT has just come. Never rejects. */
  readonly hasSeenInterrupt: () => Promise<boolean>;
  /** Lets it go. */
  readonly release: () => void;
}

/** Calls a witness. See {@link callWitness}. */
export type CallWitness = () => GroupWitness;

/** So long after this process a witness may take to notice the same signal. */
const TESTIMONY_MS = 250;

/**
 * Has cat(1) wait beside this process, for input that never comes: ^C on a terminal ends it, as the terminal sends SIGINT to a whole
 * process group, and "kill PID" does not. Neither Node nor the descriptor of a stream tells these two apart. It ends with this
 * process. Where there is no cat, no SIGINT is said to have reached others.
 */
export const callWitness: CallWitness = () => {
  let present: Promise<NodeJS.Signals | null>;
  let dismiss = () => {};
  let isReleased = false;
  const call = () => {
    const child = spawn('cat', [], { stdio: ['pipe', 'ignore', 'ignore'], shell: false });
    child.on('error', () => undefined);
    child.stdin.on('error', () => undefined);
    // It must not keep this process from ending.
    child.unref();
    (child.stdin as unknown as { unref?: () => void }).unref?.();
    dismiss = () => child.stdin.destroy();
    present = new Promise((resolve) => {
      child.on('exit', (_, signal) => {
        if (signal === 'SIGINT' && !isReleased) call();
        resolve(signal);
      });
    });
  };
  call();
  return {
    hasSeenInterrupt: async () => {
      const late = sleep(TESTIMONY_MS, null, { ref: false });
      return (await Promise.race([present, late])) === 'SIGINT';
    },
    release: () => {
      isReleased = true;
      dismiss();
    },
  };
};
