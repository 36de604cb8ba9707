// Keeps the keys of the next window ready, a slice at a time, so that neither a window that begins nor thousands of clients
// ever keep a knock waiting.

import type { Clock, Later } from '../clock.ts';

/** Some 3 ms of work at a time. */
export const KEYS_PER_SLICE = 16;
/** Between slices the event loop gets its turn. */
export const SLICE_PAUSE_MS = 10;
/** As long as keys of now are missing, after the start or a step of the clock: a knock may be waiting for them. */
export const URGENT_PAUSE_MS = 1;
/** When all keys are ready: how soon to look whether a window has begun. */
export const NEXT_LOOK_MS = 1000;

/** What derives; see `EncryptedDoor.deriveAhead`. */
export interface Deriver {
  /** Keys of one window: when more are missing, some of them are needed now. */
  readonly clients: number;
  deriveAhead(nowMs: number, most: number): number;
}

/** Begins to derive, and goes on. @returns how to stop */
export function keepDeriving(deriver: Deriver, clock: Clock, later: Later): () => void {
  let cancel: () => void;
  const slice = () => {
    const missing = deriver.deriveAhead(clock.nowMs(), KEYS_PER_SLICE);
    const pauseMs = missing > deriver.clients ? URGENT_PAUSE_MS : missing > 0 ? SLICE_PAUSE_MS : NEXT_LOOK_MS;
    cancel = later(pauseMs, slice);
  };
  slice();
  return () => cancel();
}
