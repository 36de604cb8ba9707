// The keys of many clients for the window of now, the one before and the two after it. All lie in one piece of memory that is
// taken once: a window that begins is written over the one that is forgotten, so that nothing is made or thrown away at a change.

import { type BlowfishTables, BOX_WORDS, ROUND_KEYS } from './blowfish-rounds.ts';
import { createTables, writeTables } from './cipher.ts';
import { deriveWindowKey } from './window-key.ts';

/** Windows that are held; one of each has its number modulo this. */
const HELD_WINDOWS = 4;
const KEY_BYTES = 32;
const NONE = -1;

/** Whose keys these are. */
export interface KeyOwner {
  /** 32 bytes. */
  readonly secret: Uint8Array;
}

/** See the head of this file. It has no clock: before anything else it is told what window it is. */
export class WindowKeys {
  readonly #serverId: string;
  readonly #owners: readonly KeyOwner[];
  /** Owner → where its four keys lie, side by side. */
  readonly #slots: Int32Array;
  /** Slots that there is memory for; 0: none was needed yet. */
  #capacity = 0;
  #tables: BlowfishTables = createTables(0);
  #keys = new Uint8Array(0);
  #now = NONE;
  /** By the last two bits of its number: the window that is held, and of how many owners, in their order, the key is there. */
  readonly #held: number[] = [NONE, NONE, NONE, NONE];
  readonly #derived: number[] = [0, 0, 0, 0];
  #around: readonly number[] = [];
  readonly #places: Int32Array;

  /**
   * @param serverId 1–64 bytes as UTF-8
   * @param owners the order is kept
   */
  constructor(serverId: string, owners: readonly KeyOwner[]) {
    this.#serverId = serverId;
    this.#owners = owners;
    this.#slots = Int32Array.from(owners, (_, i) => i);
    this.#places = new Int32Array(3 * owners.length);
  }

  /** What decrypts; the places are those of {@link places}. */
  get tables(): BlowfishTables {
    return this.#tables;
  }

  /** The windows in which a sequence may be, the likeliest first: at most three. */
  get around(): readonly number[] {
    return this.#around;
  }

  /**
   * Where the keys for {@link around} lie, whether they are there or not: those of all owners for the first of them, then
   * for the next. Behind them there may be more numbers, which mean nothing.
   */
  get places(): Int32Array {
    return this.#places;
  }

  /** Are all keys for {@link around} there? */
  get isComplete(): boolean {
    for (let i = 0; i < this.#around.length; i++) {
      if (this.derived(this.#around[i] as number) < this.#owners.length) return false;
    }
    return true;
  }

  /** Windows that are over, or that a clock which went back had not reached, are forgotten. */
  turnTo(now: number): void {
    if (now === this.#now) return;
    this.#now = now;
    for (let window = now - 1; window <= now + 2; window++) {
      const which = window & (HELD_WINDOWS - 1);
      if (this.#held[which] === window) continue;
      this.#held[which] = window;
      this.#derived[which] = 0;
    }
    this.#around = [now, now - 1, now + 1].filter((window) => window >= 0);
    this.#findPlaces();
  }

  /** Of how many owners, in their order, the key for one of the held windows is there. */
  derived(window: number): number {
    return this.#derived[window & (HELD_WINDOWS - 1)] as number;
  }

  /** Derives keys that are missing for one of the held windows. @param most how many at most @returns how many that were */
  derive(window: number, most: number): number {
    const before = this.derived(window);
    const end = Math.min(this.#owners.length, before + most);
    for (let owner = before; owner < end; owner++) this.#deriveOne(owner, window);
    return Math.max(0, end - before);
  }

  /** The key at a place, 32 bytes: it holds until the next window begins. */
  keyAt(place: number): Uint8Array {
    return this.#keys.subarray(place * KEY_BYTES, (place + 1) * KEY_BYTES);
  }

  /**
   * Takes over the memory of others and the keys in it; those others have none afterwards.
   * @param before for each owner, where it stands among the others with the same secret; -1: nowhere
   * @param most how many keys may be derived meanwhile, where one is missing that hides others behind it
   */
  adopt(others: WindowKeys, before: readonly number[], most: number): void {
    if (others.#capacity === 0) return;
    this.turnTo(others.#now);
    this.#derived.fill(0);
    if (fits(others.#capacity, this.#owners.length)) this.#share(others, before);
    else this.#copy(others, before);
    this.#findPlaces();
    let left = most;
    for (const window of this.#held.filter((held) => held >= 0)) {
      const known = others.derived(window);
      for (let owner = 0; owner < this.#owners.length; owner++) {
        const place = before[owner] as number;
        if (place !== NONE && place < known) this.#derived[window & (HELD_WINDOWS - 1)] = owner + 1;
        else if (left-- > 0) this.#deriveOne(owner, window);
        else break;
      }
    }
    others.#forgetAll();
  }

  #deriveOne(owner: number, window: number): void {
    if (this.#capacity === 0) this.#take(capacityFor(this.#owners.length));
    const key = deriveWindowKey((this.#owners[owner] as KeyOwner).secret, this.#serverId, window);
    const which = window & (HELD_WINDOWS - 1);
    const place = HELD_WINDOWS * (this.#slots[owner] as number) + which;
    writeTables(this.#tables, place, key);
    this.#keys.set(key, place * KEY_BYTES);
    this.#derived[which] = owner + 1;
  }

  #findPlaces(): void {
    const owners = this.#owners.length;
    for (const [i, window] of this.#around.entries()) {
      const which = window & (HELD_WINDOWS - 1);
      for (let owner = 0; owner < owners; owner++) {
        this.#places[i * owners + owner] = HELD_WINDOWS * (this.#slots[owner] as number) + which;
      }
    }
  }

  #take(capacity: number): void {
    this.#capacity = capacity;
    this.#tables = createTables(HELD_WINDOWS * capacity);
    this.#keys = new Uint8Array(HELD_WINDOWS * capacity * KEY_BYTES);
  }

  /** Every owner keeps its slot; a new one gets a slot that no other has. */
  #share(others: WindowKeys, before: readonly number[]): void {
    this.#capacity = others.#capacity;
    this.#tables = others.#tables;
    this.#keys = others.#keys;
    const isTaken = new Uint8Array(this.#capacity);
    for (const [owner, place] of before.entries()) {
      if (place === NONE) continue;
      const slot = others.#slots[place] as number;
      this.#slots[owner] = slot;
      isTaken[slot] = 1;
    }
    let free = 0;
    for (const [owner, place] of before.entries()) {
      if (place !== NONE) continue;
      while (isTaken[free] === 1) free++;
      this.#slots[owner] = free++;
    }
  }

  #copy(others: WindowKeys, before: readonly number[]): void {
    this.#take(capacityFor(this.#owners.length));
    for (const [owner, place] of before.entries()) {
      if (place === NONE) continue;
      const slot = others.#slots[place] as number;
      copySlot(others.#tables.rounds, slot, this.#tables.rounds, owner, ROUND_KEYS);
      copySlot(others.#tables.boxes, slot, this.#tables.boxes, owner, BOX_WORDS);
      copySlot(others.#keys, slot, this.#keys, owner, KEY_BYTES);
    }
  }

  #forgetAll(): void {
    this.#take(0);
    this.#now = NONE;
    this.#held.fill(NONE);
    this.#derived.fill(0);
  }
}

/** Some more than there are owners, so that the next ones find a place: memory that nobody has written costs nothing. */
function capacityFor(owners: number): number {
  return owners + (owners >> 1);
}

/** Is there memory for these owners, and not for many times as many? */
function fits(capacity: number, owners: number): boolean {
  return capacity >= owners && capacity <= 4 * owners + 64;
}

function copySlot<Numbers extends Int32Array | Uint8Array>(
  from: Numbers,
  slot: number,
  to: Numbers,
  toSlot: number,
  size: number,
): void {
  const all = HELD_WINDOWS * size;
  to.set(from.subarray(slot * all, (slot + 1) * all), toSlot * all);
}
