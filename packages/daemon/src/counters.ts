// Counts what happened, by name. The names are a closed set, given by the code or checked when they come from outside.

/** Names a capture process may bring; others are counted as `other`. */
const MAX_NAMES = 64;

/** Named counters. */
export class Counters {
  readonly #counts = new Map<string, number>();

  /** Adds to a counter. */
  add(name: string, count = 1): void {
    const known = this.#counts.has(name) || this.#counts.size < MAX_NAMES ? name : 'other';
    this.#counts.set(known, (this.#counts.get(known) ?? 0) + count);
  }

  /** All counters that are not zero, in the order they were met. */
  values(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }
}
