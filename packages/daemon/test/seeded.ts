// Random inputs from a seed, for fuzzing where fast-check would be too slow. A failure names the seed; SEED=… repeats it.

/** How many inputs: a million and more with SLOW=1, otherwise what takes a second. */
export const FUZZ_RUNS = process.env.SLOW ? 1_200_000 : 20_000;

/** A stream of random numbers (mulberry32). */
export class Seeded {
  readonly seed: number;
  #state: number;

  constructor(seed = Number(process.env.SEED ?? Date.now() % 2 ** 31)) {
    this.seed = seed;
    this.#state = seed;
  }

  /** 0 to `below` − 1. */
  below(below: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let x = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    x ^= x + Math.imul(x ^ (x >>> 7), 61 | x);
    return Math.floor((((x ^ (x >>> 14)) >>> 0) / 2 ** 32) * below);
  }

  /** One of them. */
  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  /** A byte, often one at an edge. */
  byte(): number {
    return this.below(3) === 0
      ? this.of([0, 1, 4, 6, 17, 0x2c, 0x3c, 0x40, 0x45, 0x60, 0x7f, 0x80, 0xff])
      : this.below(256);
  }

  /** Bytes. */
  bytes(length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    for (let i = 0; i < length; i++) bytes[i] = this.byte();
    return bytes;
  }

  /** Runs the body so often; what it throws gets the seed and the input. */
  fuzz(runs: number, body: () => void, input: () => string): void {
    for (let run = 0; run < runs; run++) {
      try {
        body();
      } catch (error) {
        throw new Error(`SEED=${this.seed}, run ${run}, ${input()}: ${String(error)}`, { cause: error });
      }
    }
  }
}
