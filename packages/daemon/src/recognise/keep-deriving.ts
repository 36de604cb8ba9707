// Keeps the keys of the next window ready, a slice at a time, so that neither a window that begins nor thousands of clients
// ever keep a knock waiting.

import type { Clock, Later } from '../clock.ts';

/** Less than 1 ms of work at a time: a knock that comes meanwhile waits for it. */
export const KEYS_PER_SLICE = 4;
/** Between slices the event loop gets its turn; a fifth of one core, 10,000 keys in ten seconds. */
export const SLICE_PAUSE_MS = 3;
/** While keys of now are missing, after the start or a step of the clock, a knock may be waiting for them: more at a time… */
export const KEYS_PER_URGENT_SLICE = 16;
/** … and more often. */
export const URGENT_PAUSE_MS = 1;
/** When all keys are ready: how soon to look whether a window has begun. */
export const NEXT_LOOK_MS = 1000;

/** What derives; see `EncryptedDoor.deriveAhead`. */
export interface Deriver {
  /** The number of keys of a window: when more are missing, some of them are needed now. */
  readonly clientCount: number;
  deriveAhead(nowMs: number, most: number): number;
}

/** Begins to derive, and goes on. @returns how to stop */
export function keepDeriving(deriver: Deriver, clock: Clock, later: Later): () => void {
  let cancel: () => void;
  let isUrgent = true;
  const slice = () => {
    const missing = deriver.deriveAhead(clock.nowMs(), isUrgent ? KEYS_PER_URGENT_SLICE : KEYS_PER_SLICE);
    isUrgent = missing > deriver.clientCount;
    const pauseMs = isUrgent ? URGENT_PAUSE_MS : missing > 0 ? SLICE_PAUSE_MS : NEXT_LOOK_MS;
    cancel = later(pauseMs, slice);
  };
  slice();
  return () => cancel();
}
