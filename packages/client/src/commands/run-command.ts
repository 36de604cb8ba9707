// A program in the place of this one, until it ends: what asks this program to end asks that one.

import type { Machine } from '../machine.ts';
import { formatProblems } from '../messages/problem.ts';
import { notStartedProblem } from '../messages/sessions.ts';

/** As env(1) and the shells have it: there is no such program; there is, and it cannot be started. */
const NOT_FOUND = 127;
const NOT_STARTED = 126;

/**
 * Runs a program to its end.
 * @param words program and arguments, at least one
 * @returns its exit status, 128 + n when signal n ended it; 127 or 126 when it could not be started, which is told
 */
export async function runCommand(words: readonly string[], machine: Machine): Promise<number> {
  const [program = '', ...args] = words;
  const running = machine.spawnCommand(program, args);
  const release = machine.catchSignals((signal) => {
    // ^C has reached the command already, and twice means something else to some.
    if (signal !== 'SIGINT' || !machine.isInForeground()) running.kill(signal);
  });
  const end = await running.ended.finally(release);
  if (end.kind === 'exited') return end.status;
  if (end.kind === 'killed') return 128 + end.signalNumber;
  machine.output.stderr(formatProblems([notStartedProblem(program, end.code)]));
  return end.code === 'ENOENT' ? NOT_FOUND : NOT_STARTED;
}
