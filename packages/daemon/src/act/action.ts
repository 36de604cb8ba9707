// What every action is: something that does what a grant says. The claim is on disk by then. A new action is one file beside
// this one and an entry in the daemon's table of them.

import type { Grant } from '../authorise/authorise.ts';

/** An action. */
export interface Action {
  /**
   * Does it, or begins it; never waits.
   * @param nowMs milliseconds since 1970
   * @throws ActionError when it cannot be done
   */
  perform(grant: Grant, nowMs: number): void;
}

/** All of them, by the word in a grant. */
export type Actions = Readonly<Record<Grant['action'], Action>>;

/** What was granted could not be done. The message is one line. */
export class ActionError extends Error {
  override readonly name: string = 'ActionError';
}
