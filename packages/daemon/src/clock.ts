// The daemon's one view of time. Everything that needs to know it is given a Clock.

/** A clock. */
export interface Clock {
  /** Milliseconds since 1970-01-01 UTC. May step when the administrator sets the time. */
  nowMs(): number;
}

/** The machine's clock. */
export const systemClock: Clock = { nowMs: () => Date.now() };

/** Calls back once after that many milliseconds; returns how to call it off. */
export type Later = (delayMs: number, callback: () => void) => () => void;

/** The event loop's timers. */
export const later: Later = (delayMs, callback) => {
  const timer = setTimeout(callback, delayMs);
  return () => clearTimeout(timer);
};
