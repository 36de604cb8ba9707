// The orders in which knocks may have been sent when they did not arrive as sent: docs/protocol.md, "Tolerance". One fault,
// never two: two neighbours swapped, or one knock in between that does not belong. Pure.

/** Orders to try for either fault. */
export const ARRANGEMENTS_PER_FAULT = 7;

/** Eight ports with each pair of neighbours swapped in turn. */
export function unswapped(eight: readonly number[]): number[][] {
  return Array.from({ length: ARRANGEMENTS_PER_FAULT }, (_, i) => {
    const [before, first, second, after] = [eight.slice(0, i), eight[i], eight[i + 1], eight.slice(i + 2)];
    return [...before, second as number, first as number, ...after];
  });
}

/** Nine ports with each of the inner seven left out in turn; without an outer one they are the plain order. */
export function withoutOne(nine: readonly number[]): number[][] {
  return Array.from({ length: ARRANGEMENTS_PER_FAULT }, (_, i) => nine.filter((_port, at) => at !== i + 1));
}
