// Sequences that no key fitted wait here for a search in the windows of other times: is it a wrong key, or a clock that is
// off? In slices, as every key must be derived; bounded in sequences and in time. What it finds is told and opens nothing.

import { type DecoderClient, type Source, WINDOW_SECONDS, WindowSearch } from '@eightknock/codec';
import type { Later } from '../clock.ts';
import type { Rejection, Trace, Unrecognised } from './recogniser.ts';

/** Sequences that may wait; as many are searched for together. */
export const MAX_WAITING = 8;
/** Knocks that follow within this time are part of what is searched for, and may still complete a sequence. */
export const SETTLE_MS = 250;
/** Some 3 ms of work at a time. */
export const SEARCH_KEYS_PER_SLICE = 12;
/** Between slices: some 360 keys a second, a tenth of one core. */
export const SEARCH_PAUSE_MS = 30;
/** While searches that found nothing follow each other, as in a flood, the pause doubles with each: how often at most. */
export const MAX_DOUBLINGS = 5;

/** What is searched for. */
export interface Suspect {
  readonly source: Source;
  /** Eight ports. */
  readonly ports: readonly number[];
  /** The daemon's clock at the last knock. */
  readonly nowMs: number;
  /** From the first knock to the last: the sender looked at its clock before the first. */
  readonly spanMs: number;
  readonly trace?: Trace | undefined;
}

type Question = Suspect & { readonly unixSeconds: number };

/** Whose clock may be off. */
export interface SearchedClients {
  readonly serverId: string;
  readonly basePort: number;
  readonly clients: readonly DecoderClient[];
}

/** The queue and the search. */
export class ClockSearch {
  readonly #later: Later;
  readonly #onLate: (unrecognised: Unrecognised) => void;
  #searched: SearchedClients;
  /** By source, in the order they came. */
  readonly #waiting = new Map<string, Question>();
  /** Those of the search that is going on, without an answer yet. */
  #running = new Map<string, Question>();
  #search: WindowSearch<Question> | undefined;
  #cancel: (() => void) | undefined;
  #skipped = 0;
  /** `#skipped` at the end of the last search. */
  #skippedBefore = 0;
  #hasFound = false;
  /** Searches without a result, one right after the other. */
  #inVain = 0;

  /** @param onLate is given what every search ends with */
  constructor(later: Later, onLate: (unrecognised: Unrecognised) => void, searched: SearchedClients) {
    this.#later = later;
    this.#onLate = onLate;
    this.#searched = searched;
  }

  /** Sequences that were not searched for, as too many were waiting. */
  get skipped(): number {
    return this.#skipped;
  }

  /**
   * Has a sequence searched for soon. A source waits once, with its last eight knocks.
   * @returns false: it is not, as too many are waiting
   */
  add(suspect: Suspect): boolean {
    const { address } = suspect.source;
    if (!this.#waiting.has(address) && this.#waiting.size >= MAX_WAITING) {
      this.#skipped++;
      return false;
    }
    this.#waiting.set(address, { ...suspect, unixSeconds: suspect.nowMs / 1000 });
    this.#cancel ??= this.#later(SETTLE_MS, () => this.#begin());
    return true;
  }

  /** Is a sequence of this source waiting for its search to begin? */
  isWaiting(sourceAddress: string): boolean {
    return this.#waiting.has(sourceAddress);
  }

  /** A sequence of this source was recognised after all: what was before it is no longer worth telling. */
  forget(sourceAddress: string): void {
    this.#waiting.delete(sourceAddress);
    this.#running.delete(sourceAddress);
  }

  /** Other clients: a search that goes on begins anew with them. With another base port what was knocked means nothing. */
  reconfigure(searched: SearchedClients): void {
    const isSameRange = searched.basePort === this.#searched.basePort;
    this.#searched = searched;
    if (!isSameRange) {
      this.stop();
      this.#waiting.clear();
      this.#running.clear();
    } else if (this.#search) {
      this.#startSearch();
    }
  }

  /** No search goes on, nobody is told any more. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#search = undefined;
  }

  #begin(): void {
    this.#running = new Map(this.#waiting);
    this.#waiting.clear();
    this.#startSearch();
    this.#slice();
  }

  #startSearch(): void {
    const { serverId, clients, basePort } = this.#searched;
    this.#search = new WindowSearch(serverId, clients, [...this.#running.values()], basePort);
  }

  #slice(): void {
    const search = this.#search as WindowSearch<Question>;
    for (const { question, client, window, port } of search.step(SEARCH_KEYS_PER_SLICE)) {
      this.#hasFound = true;
      const clockSeconds = clockDifference(question, window);
      this.#answer(question, { ok: false, reason: 'clock-off', client, port, clockSeconds });
    }
    if (search.isDone || this.#running.size === 0) this.#end();
    else {
      const pauseMs = SEARCH_PAUSE_MS * 2 ** Math.min(this.#inVain, MAX_DOUBLINGS);
      this.#cancel = this.#later(pauseMs, () => this.#slice());
    }
  }

  #end(): void {
    this.#search = undefined;
    // A flood may come in bursts, with nobody in between.
    const isFlood = this.#waiting.size > 0 || this.#skipped > this.#skippedBefore;
    this.#skippedBefore = this.#skipped;
    this.#inVain = isFlood && !this.#hasFound ? this.#inVain + 1 : 0;
    this.#hasFound = false;
    this.#cancel = this.#waiting.size > 0 ? this.#later(SETTLE_MS, () => this.#begin()) : undefined;
    for (const question of this.#running.values()) this.#answer(question, { ok: false, reason: 'no-key-fits' });
  }

  #answer(question: Question, rejection: Rejection): void {
    const { trace } = question;
    const sourceAddress = question.source.address;
    if (this.#running.get(sourceAddress) !== question) return;
    this.#running.delete(sourceAddress);
    const { ok, ...found } = rejection;
    trace?.('clock-search', found);
    this.#onLate({ sourceAddress, rejection });
  }
}

/** The sender's clock minus ours when the first knock came, in whole seconds: from the least to the most it can be. */
function clockDifference({ nowMs, spanMs }: Question, window: number): { least: number; most: number } {
  const early = window * WINDOW_SECONDS - (nowMs - spanMs) / 1000;
  return { least: Math.floor(early), most: Math.ceil(early + WINDOW_SECONDS) };
}
