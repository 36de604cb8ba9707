// Addresses → numbers that strangers can neither foresee nor make meet: each byte chooses a number out of a table of its own, and
// these are combined by XOR (simple tabulation hashing; Zobrist 1970, Carter and Wegman 1979). With sums and products of the whole words,
// differences in one word could be undone by those in the next, whatever the seed. Pure.

const VALUES = 256;
const BYTES = 16;

/** A hash of sixteen bytes. */
export class TabulationHash {
  readonly #tables = new Uint32Array(BYTES * VALUES);

  /** @param seed any 32-bit number that strangers do not know */
  constructor(seed: number) {
    let state = seed;
    for (let i = 0; i < this.#tables.length; i++) {
      // splitmix32: every seed gives other tables.
      state = (state + 0x9e3779b9) | 0;
      let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
      mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
      this.#tables[i] = mixed ^ (mixed >>> 15);
    }
  }

  /** @param words four of 32 bits @returns an integer of 32 bits, may be negative */
  of(words: Uint32Array): number {
    const tables = this.#tables;
    let hash = 0;
    for (let i = 0; i < BYTES / 4; i++) {
      const word = words[i] as number;
      const first = i * 4 * VALUES;
      hash ^=
        (tables[first + (word >>> 24)] as number) ^
        (tables[first + VALUES + ((word >>> 16) & 0xff)] as number) ^
        (tables[first + 2 * VALUES + ((word >>> 8) & 0xff)] as number) ^
        (tables[first + 3 * VALUES + (word & 0xff)] as number);
    }
    return hash;
  }
}
