// Strangers can make the daemon write log lines: this bounds how many, for each reason apart, and counts the rest.

/** Lets a number of lines a second through for each reason. The reasons must be a closed set. */
export class LineBudget {
  readonly #perSecond: number;
  readonly #reasons = new Map<string, { second: number; used: number; suppressed: number }>();

  /** @param perSecond lines for each reason and second, 1 or more */
  constructor(perSecond: number) {
    this.#perSecond = perSecond;
  }

  /**
   * Asks for one line.
   * @returns undefined when it must not be written; else how many were suppressed since the last one that was
   */
  take(reason: string, nowMs: number): number | undefined {
    const second = Math.floor(nowMs / 1000);
    let state = this.#reasons.get(reason);
    if (!state) {
      state = { second, used: 0, suppressed: 0 };
      this.#reasons.set(reason, state);
    }
    if (state.second !== second) {
      state.second = second;
      state.used = 0;
    }
    if (state.used >= this.#perSecond) {
      state.suppressed++;
      return undefined;
    }
    state.used++;
    const { suppressed } = state;
    state.suppressed = 0;
    return suppressed;
  }
}
