// Do knocks of a source that goes on and on look like a client's? Then a pause is before them, longer than those between them:
// docs/decisions/0028. Told by the daemon before it tries keys, and by the capture process before it wakes the daemon. Pure.

/** Knocks of one source further apart than this belong to different bursts. */
export const BURST_PAUSE_MS = 2000;
/** How many knocks after such a pause always stand apart: eight, and one that may be foreign. */
export const BURST_BEGINNING = 9;
/** A duplicate of any of the last sixteen knocks is noticed, also when a new sequence has begun since: it makes no pause. */
export const REMEMBERED_KNOCKS = 16;
/** How many times the longest pause between eight knocks the pause before them is at least, … */
const APART_TIMES = 2;
/** … and how long it is at least, ms: times of capture are those of a turn, which is half a millisecond. */
export const APART_LEAST_MS = 4;

/**
 * @param beforeMs from the knock before the first to the first; negative: the clock went back
 * @param longestMs the longest pause between two that follow each other, 0 or more
 */
export function standApart(beforeMs: number, longestMs: number): boolean {
  return beforeMs >= APART_LEAST_MS && beforeMs >= APART_TIMES * longestMs;
}
