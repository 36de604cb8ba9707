// Addresses as text, kept for a while: a source sends many packets, writing an IPv6 address takes microseconds, and a new
// text for each packet was most of what the garbage collector had to do in a flood.

import { formatAddress } from '@eightknock/codec';

/** Places for texts; an address has one place, and whoever comes later takes it. */
export const PLACES = 4096;
const PLACE_BITS = 12;
const WORDS = 4;
/** Odd numbers whose bits look like chance. */
const MULTIPLIERS = [0x9e3779b1, 0x85ebca6b] as const;

/** See the head of this file. */
export class AddressTexts {
  readonly #words = new Int32Array(PLACES * WORDS);
  /** Of how many bytes the address at a place is; 0: there is none. */
  readonly #lengths = new Uint8Array(PLACES);
  readonly #texts: string[] = new Array(PLACES).fill('');

  /**
   * @param length 4 or 16
   * @returns as `formatAddress` writes the bytes
   */
  read(from: Buffer, at: number, length: 4 | 16): string {
    const first = from.readInt32BE(at);
    const second = length === 4 ? 0 : from.readInt32BE(at + 4);
    const third = length === 4 ? 0 : from.readInt32BE(at + 8);
    const fourth = length === 4 ? 0 : from.readInt32BE(at + 12);
    const mixed = Math.imul(Math.imul(first ^ third, MULTIPLIERS[0]) ^ second ^ fourth, MULTIPLIERS[1]);
    const place = (mixed ^ (mixed >>> 15)) >>> (32 - PLACE_BITS);
    const words = this.#words;
    const i = place * WORDS;
    if (
      this.#lengths[place] === length &&
      words[i] === first &&
      words[i + 1] === second &&
      words[i + 2] === third &&
      words[i + 3] === fourth
    ) {
      return this.#texts[place] as string;
    }
    const text = formatAddress(from.subarray(at, at + length));
    this.#lengths[place] = length;
    words[i] = first;
    words[i + 1] = second;
    words[i + 2] = third;
    words[i + 3] = fourth;
    this.#texts[place] = text;
    return text;
  }
}
