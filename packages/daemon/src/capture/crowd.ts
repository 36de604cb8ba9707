// Sources that go on and on after their first eight knocks: what they may send without a pause, and which of their knocks stand
// apart, as those of a client do. The others wait here, at most eight, until they stand apart or are dropped. See
// docs/decisions/0032. Pure.

import type { PacketKnock } from '../packet/knock-event.ts';
import { BURST_BEGINNING, BURST_PAUSE_MS, REMEMBERED_KNOCKS, standApart } from '../packet/stand-apart.ts';
import { fingerprint, HELD_KNOCKS, type HeldKnocks } from './held-knocks.ts';

/** Knocks that go on at once whatever the pauses: those of a scan of the whole range. One more comes back each second. */
export const CROWDED_AT_ONCE = 256;
const LAST_SLOT = HELD_KNOCKS - 1;
const AFTER_EIGHT = HELD_KNOCKS + 1;

/** What is known of those that go on. The last eight knocks of each lie in a ring. */
export class Crowd {
  readonly #held: HeldKnocks;
  readonly #onDropped: (count: number) => void;
  /** Where the next knock comes among the remembered ones, from 1; its slot in the ring of eight follows. 0: none has come. */
  readonly #next: Uint8Array;
  /** Fingerprints of the remembered ones. */
  readonly #seen: Uint32Array;
  /** How many of the ring, the newest ones, have not gone on yet. */
  readonly #waiting: Uint8Array;
  /** How many came since the last long pause; 0: too many. */
  readonly #burst: Uint8Array;
  /** What was used up of {@link CROWDED_AT_ONCE}, and in which second that was right. */
  readonly #spent: Uint16Array;
  readonly #second: Int32Array;

  /**
   * @param held its eight slots are full for each source that is given to {@link take}
   * @param onDropped told how many knocks will never go on
   */
  constructor(places: number, held: HeldKnocks, onDropped: (count: number) => void) {
    this.#held = held;
    this.#onDropped = onDropped;
    this.#next = new Uint8Array(places);
    this.#seen = new Uint32Array(places * REMEMBERED_KNOCKS);
    this.#waiting = new Uint8Array(places);
    this.#burst = new Uint8Array(places);
    this.#spent = new Uint16Array(places);
    this.#second = new Int32Array(places);
  }

  /** The source of this place begins anew, or another one will have it. */
  forget(place: number): void {
    this.#drop(this.#waiting[place] as number);
    this.#next[place] = 0;
    this.#waiting[place] = 0;
    this.#spent[place] = 0;
  }

  /**
   * Takes the ninth knock of a source, or one that follows.
   * @param mayCrowd asked where all is used up: may this source go on nevertheless?
   * @returns how many go on now, the newest ones: 0 to 8
   */
  take(place: number, knock: PacketKnock, ms: number, mayCrowd: (source: Uint8Array) => boolean): number {
    if (this.#next[place] === 0) this.#begin(place);
    if (this.#isDuplicate(place, knock)) {
      this.#drop(1);
      return 0;
    }
    const slot = this.slotOf(place, -1);
    const beforeMs = this.#held.msOf(place, slot);
    this.#held.put(place, slot, knock, ms);
    this.#next[place] = ((this.#next[place] as number) % REMEMBERED_KNOCKS) + 1;
    this.#countBurst(place);
    let waiting = (this.#waiting[place] as number) + 1;
    if (waiting > HELD_KNOCKS) {
      // The oldest one had no place any more.
      this.#drop(1);
      waiting = HELD_KNOCKS;
    }
    const goOn =
      this.#burst[place] !== 0 ||
      this.#standApart(place, beforeMs) ||
      this.#maySpend(place, waiting, ms) ||
      mayCrowd(knock.source);
    this.#waiting[place] = goOn ? 0 : waiting;
    return goOn ? waiting : 0;
  }

  /** In which slot a knock lies. @param age 0: the newest; 7: the oldest */
  slotOf(place: number, age: number): number {
    return ((this.#next[place] || AFTER_EIGHT) - 2 - age) & LAST_SLOT;
  }

  /** The eight that have come before are remembered, too. */
  #begin(place: number): void {
    const first = place * REMEMBERED_KNOCKS;
    for (let slot = 0; slot < HELD_KNOCKS; slot++) this.#seen[first + slot] = this.#held.fingerprintAt(place, slot);
    this.#seen.fill(0, first + HELD_KNOCKS, first + REMEMBERED_KNOCKS);
    this.#next[place] = AFTER_EIGHT;
  }

  /** Remembers it otherwise. */
  #isDuplicate(place: number, knock: PacketKnock): boolean {
    const first = place * REMEMBERED_KNOCKS;
    const print = fingerprint(knock);
    for (let at = first; at < first + REMEMBERED_KNOCKS; at++) if (this.#seen[at] === print) return true;
    this.#seen[first + (this.#next[place] as number) - 1] = print;
    return false;
  }

  #countBurst(place: number): void {
    const burst = this.#burst[place] as number;
    if (Math.abs(this.#pauseBefore(place, 0)) > BURST_PAUSE_MS) this.#burst[place] = 1;
    else if (burst > 0) this.#burst[place] = burst < BURST_BEGINNING ? burst + 1 : 0;
  }

  #standApart(place: number, beforeMs: number): boolean {
    let longestMs = 0;
    for (let age = 0; age < LAST_SLOT; age++) longestMs = Math.max(longestMs, Math.abs(this.#pauseBefore(place, age)));
    return standApart((this.#held.msOf(place, this.slotOf(place, LAST_SLOT)) - beforeMs) | 0, longestMs);
  }

  /** Between a knock of the ring and the one before it. */
  #pauseBefore(place: number, age: number): number {
    return (this.#held.msOf(place, this.slotOf(place, age)) - this.#held.msOf(place, this.slotOf(place, age + 1))) | 0;
  }

  #maySpend(place: number, knocks: number, ms: number): boolean {
    // Signed, as a clock may be set back to before the beginning; that gives nothing back.
    const second = Math.floor((ms | 0) / 1000);
    const back = Math.max(0, second - (this.#second[place] as number));
    const spent = Math.max(0, (this.#spent[place] as number) - back) + knocks;
    this.#second[place] = second;
    if (spent > CROWDED_AT_ONCE) {
      this.#spent[place] = spent - knocks;
      return false;
    }
    this.#spent[place] = spent;
    return true;
  }

  #drop(count: number): void {
    if (count > 0) this.#onDropped(count);
  }
}
