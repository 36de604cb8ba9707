// The signals that ask this program to end, for one that has something to do before it does.

/** What is caught. */
export const ENDING_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** One of them. */
export type EndingSignal = (typeof ENDING_SIGNALS)[number];

/** Catches signals. See {@link catchSignals}. */
export type CatchSignals = (listener: (signal: EndingSignal) => void) => () => void;

/**
 * Calls `listener` at each of these signals, which then no longer end the program.
 * @returns what undoes it
 */
export const catchSignals: CatchSignals = (listener) => {
  for (const signal of ENDING_SIGNALS) process.on(signal, listener);
  return () => {
    for (const signal of ENDING_SIGNALS) process.off(signal, listener);
  };
};

/** Numbers as POSIX has them: what a shell adds to 128 for a program that was ended by a signal. */
const NUMBERS: Readonly<Record<EndingSignal, number>> = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 };

/** The exit status that stands for an end by a signal. */
export function signalStatus(signal: EndingSignal): number {
  return 128 + NUMBERS[signal];
}
