// Starts a program in the place of this one: same terminal, same streams. The client's only importer of
// node:child_process. Never through a shell: what the user typed as one word reaches the program as one word.

import { spawn } from 'node:child_process';
import { constants } from 'node:os';

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
