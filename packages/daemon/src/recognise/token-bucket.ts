// A limit on how many attempts are made a second. Pure: the time is given.

/** A bucket that refills steadily. */
export class TokenBucket {
  readonly #perSecond: number;
  readonly #most: number;
  #tokens: number;
  #lastMs = Number.NEGATIVE_INFINITY;

  /**
   * @param perSecond tokens that come back each second, more than 0
   * @param most tokens it holds, 1 or more; it begins full
   */
  constructor(perSecond: number, most: number) {
    this.#perSecond = perSecond;
    this.#most = most;
    this.#tokens = most;
  }

  /**
   * Takes tokens, all or none.
   * @param count 1 unless said otherwise; more than the bucket holds is never given
   * @returns whether there were enough
   */
  take(nowMs: number, count = 1): boolean {
    // A clock that steps back refills nothing.
    const passedMs = Math.max(0, nowMs - this.#lastMs);
    this.#tokens = Math.min(this.#most, this.#tokens + (passedMs / 1000) * this.#perSecond);
    this.#lastMs = nowMs;
    if (this.#tokens < count) return false;
    this.#tokens -= count;
    return true;
  }
}
