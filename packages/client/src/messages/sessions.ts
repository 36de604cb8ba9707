// What happens to a connection through a door, and to the door while a command runs.

import { showName, showValue } from '@eightknock/codec';
import type { Problem } from '../exit.ts';
import { describeCode } from './failures.ts';
import { problem, problemsOf } from './problem.ts';

/** A connection that was carried broke. */
export function connectionEndedProblem(host: string, code: string): Problem {
  return problem(`the connection to ${showName(host)} broke: ${describeCode(code)}`, undefined);
}

/** The command of `run` or `ssh` could not be started. */
export function notStartedProblem(program: string, code: string): Problem {
  const why = code === 'ENOENT' ? 'there is no such program' : describeCode(code);
  return problem(`${showValue(program)} was not started: ${why}`, undefined);
}

/** A renewal failed. */
export function notRenewedProblems(port: number, error: unknown): Problem[] {
  return problemsOf(error).map(({ message, hint }) =>
    problem(`port ${port} was not renewed, trying again: ${message}`, hint),
  );
}

/** A renewal worked after others had failed. */
export function renewedHint(port: number): string {
  return `port ${port} is renewed again`;
}

/** The knock that was to close failed. */
export function notClosedProblems(port: number, error: unknown): Problem[] {
  return problemsOf(error).map(({ message }) =>
    problem(`port ${port} was not closed: ${message}`, 'it closes when its time is over'),
  );
}

/** The port is open after it was closed. */
export function stillOpenHint(port: number): string {
  return `port ${port} is still open: for another client at this address, or without a knock`;
}
