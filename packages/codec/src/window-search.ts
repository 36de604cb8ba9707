// Looks for sequences in windows that the decoder does not try, so that a clock that is off can be told from a wrong key.
// It derives every key it needs, 200 µs each: the caller does it in slices. What it finds opens nothing.

import { fitAddress, isProven } from './address-fit.ts';
import { decodeBlock } from './block.ts';
import { createBlockCipher, readWord } from './cipher.ts';
import type { DecoderClient } from './decoder.ts';
import { requireInteger } from './require.ts';
import { bytesOfPorts } from './sequence.ts';
import { requireSource, type Source } from './source.ts';
import { deriveWindowKey, windowAt } from './window-key.ts';

/** How many windows on either side are looked at: ten minutes. */
export const SEARCH_WINDOWS = 20;
/** How many of them the decoder tries itself. */
const DECODER_WINDOWS = 1;

/** A sequence that no key fitted. */
export interface SearchQuestion {
  /** Eight ports, in the order they were knocked. */
  readonly ports: readonly number[];
  /** Where they came from. */
  readonly source: Source;
  /** The receiver's clock when it was tried. */
  readonly unixSeconds: number;
}

/** A sequence that fits, proven by the address in it, in a window of another time. */
export interface FoundElsewhere<Question> {
  readonly question: Question;
  readonly client: string;
  readonly window: number;
  /** 1–65535. */
  readonly port: number;
}

interface Open<Question> {
  readonly question: Question;
  readonly cipher: Uint8Array;
  readonly window: number;
}

/** One search for several sequences: every key is derived once for all of them, the nearest windows first. */
export class WindowSearch<Question extends SearchQuestion> {
  readonly #serverId: string;
  readonly #clients: readonly DecoderClient[];
  /** Windows not yet done, the nearest last. */
  readonly #windows: number[];
  #open: Open<Question>[];
  #nextClient = 0;

  /**
   * @param serverId 1–64 bytes as UTF-8
   * @param clients as the decoder has them
   * @param questions what is looked for; ports out of range are not found
   * @param basePort 1–65280
   * @throws TypeError or RangeError that names the argument
   */
  constructor(serverId: string, clients: readonly DecoderClient[], questions: readonly Question[], basePort: number) {
    this.#serverId = serverId;
    this.#clients = clients;
    this.#open = questions.flatMap((question) => {
      const cipher = bytesOfPorts(question.ports, basePort);
      requireSource(question.source);
      const window = windowAt(question.unixSeconds);
      return cipher ? [{ question, cipher, window }] : [];
    });
    this.#windows = windowsAround(this.#open.map(({ window }) => window));
  }

  /** Is nothing left to derive, or everything found? */
  get isDone(): boolean {
    return this.#windows.length === 0 || this.#open.length === 0 || this.#clients.length === 0;
  }

  /**
   * Derives some keys and tries them.
   * @param most how many keys at most, 1 or more
   * @returns what was found with them; each sequence is found once
   * @throws TypeError or RangeError that names the argument
   */
  step(most: number): FoundElsewhere<Question>[] {
    requireInteger('most', most, 1, Number.MAX_SAFE_INTEGER);
    const found: FoundElsewhere<Question>[] = [];
    for (let left = most; left > 0 && !this.isDone; left--) {
      const window = this.#windows.at(-1) as number;
      found.push(...this.#tryKey(this.#clients[this.#nextClient] as DecoderClient, window));
      this.#nextClient = (this.#nextClient + 1) % this.#clients.length;
      if (this.#nextClient === 0) this.#windows.pop();
    }
    return found;
  }

  #tryKey(client: DecoderClient, window: number): FoundElsewhere<Question>[] {
    const key = deriveWindowKey(client.secret, this.#serverId, window);
    const blockCipher = createBlockCipher(key);
    const found: FoundElsewhere<Question>[] = [];
    this.#open = this.#open.filter(({ question, cipher, window: itsOwn }) => {
      if (!isElsewhere(window - itsOwn)) return true;
      const block = decodeBlock(blockCipher.decrypt(cipher));
      if (!block.ok) return true;
      const fit = fitAddress(readWord(block.address, 0), question.source, () => key);
      if (!isProven(fit, client.trustSource)) return true;
      found.push({ question, client: client.name, window, port: block.port });
      return false;
    });
    return found;
  }
}

function isElsewhere(offset: number): boolean {
  return Math.abs(offset) > DECODER_WINDOWS && Math.abs(offset) <= SEARCH_WINDOWS;
}

/** All windows that may matter to one of these, the nearest last. */
function windowsAround(windows: readonly number[]): number[] {
  const all = new Set<number>();
  for (const window of windows) {
    for (let offset = -SEARCH_WINDOWS; offset <= SEARCH_WINDOWS; offset++) {
      if (isElsewhere(offset) && window + offset >= 0) all.add(window + offset);
    }
  }
  const distance = (window: number) => Math.min(...windows.map((itsOwn) => Math.abs(window - itsOwn)));
  return [...all].sort((a, b) => distance(b) - distance(a));
}
