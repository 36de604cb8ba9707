// Under which window something is claimed that is accepted once and has a time of its own.

import { WINDOW_SECONDS, windowAt } from '@eightknock/codec';

/**
 * The store refuses the present window and the next one after it has forgotten what was accepted (claim-memory.ts). So
 * nothing that can have been accepted by then may lie farther ahead.
 * @param unixSeconds its own time, 0 or more
 * @param aheadSeconds how long before that time it is accepted at most
 */
export function claimWindow(unixSeconds: number, aheadSeconds: number): number {
  const ahead = Math.ceil(aheadSeconds / WINDOW_SECONDS) - 1;
  return Math.max(0, windowAt(unixSeconds) - ahead);
}
