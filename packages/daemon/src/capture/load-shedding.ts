// Decides how much load is shed, when the kernel had to drop packets for want of room: which part of all sources passes, and
// which sources send so much that they are blocked. Every source has its turn, so that whoever keeps knocking gets in. Pure;
// bounded by the constants below. In peace it asks for nothing but that known sources have a ring of their own.

import type { RingCounts } from './packet-sockets.ts';
import { PrefixCounts } from './prefix-counts.ts';
import { MAX_BLOCKED, MAX_KNOWN, type Shedding } from './shed-filter.ts';
import { type PrefixKey, prefixKey, type SourcePrefix } from './source-prefix.ts';

/** How often the kernel's counts are looked at while packets come. */
export const LOOK_MS = 50;
/** The smallest part of all sources that passes. */
export const MIN_PASSING = 1 / 256;
/** How long the same sources pass, ms: `knockclient --wait` knocks again after 3.7 s at the latest, and needs 0.2 s for it. */
export const TURN_MS = 4000;
/** How long after the last loss the part that passes stays as it is, ms. */
export const HOLD_MS = 600;
/** Losses that end sooner are the start of a flood, with code that is not compiled yet: nobody is turned away for them. */
export const GRACE_MS = 150;
/** How long after the last loss the next one still counts as the same flood, ms. */
export const PEACE_MS = 5000;
/** A source that sends more packets a second than this is blocked when there are losses. */
export const HEAVY_PER_SECOND = 1000;
/** How long it is blocked the first time, ms; twice as long each time again, up to the most. */
export const BLOCKED_MS = 10_000;
export const BLOCKED_MOST_MS = 320_000;

/** A loss of one in 200 leaves 96 of 100 sequences whole: it is not worth turning others away for it. */
const TOLERATED_LOSS = 1 / 200;
/** Packets a second that every machine can take. */
const MIN_LIMIT = 4000;
/** The most packets a second while load is shed, where the ring's own limit is not known: 127 places then outlast 15 ms. */
export const MAX_LIMIT = 8000;
/** A look that comes later than this, ms, had no processor time; its rates are not trusted. */
const STALL_MS = 2 * LOOK_MS;
const STEP_UP = 1.25;
/** Between two steps down, ms. */
const SETTLE_MS = 100;
const ALL_HASHES = 2 ** 32;

interface Blocked {
  readonly prefix: SourcePrefix;
  readonly forMs: number;
  readonly untilMs: number;
}

/** The decision; times are milliseconds of a clock that does not step. */
export class LoadShedding {
  readonly #random: () => number;
  readonly #counted = new PrefixCounts();
  readonly #blocked = new Map<PrefixKey, Blocked>();
  #known: readonly SourcePrefix[] = [];
  #passing = 1;
  #mostLimit = MAX_LIMIT;
  /** Packets a second that were read when some were lost: no more than this can be carried. */
  #limit = Number.POSITIVE_INFINITY;
  #lookedMs: number;
  #lostMs = Number.NEGATIVE_INFINITY;
  /** When losses began, after a peace. */
  #firstLostMs = 0;
  #lastBlockEndMs = Number.NEGATIVE_INFINITY;
  #blockedTold = 0;
  #raisedMs = 0;
  #loweredMs = Number.NEGATIVE_INFINITY;
  #turnMs = 0;
  #turned = 0;
  #toldWidth = 0;
  #start = 0;
  #seeds: readonly [number, number] = [0, 0];
  #active = false;
  #changed = false;

  /** @param random a number of 32 bits that strangers cannot guess */
  constructor(random: () => number, nowMs: number) {
    this.#random = random;
    this.#lookedMs = nowMs;
  }

  /** The part of all unknown sources that passes, 1/256 to 1; undefined: nothing is shed. */
  get passing(): number | undefined {
    return this.#active ? this.#passing : undefined;
  }

  /** How many sources send so much that nothing of theirs passes. */
  blockedCount(nowMs: number): number {
    return this.#blockedNow(nowMs).length;
  }

  /** Counts a packet of a source that sends more than the gate lets through. @param source 4 or 16 bytes */
  count(source: Uint8Array): void {
    this.#counted.add(source);
  }

  /**
   * These have a ring of their own from now on: those whose sequences were good.
   * @param known the newest first; more than 64 are not taken
   */
  know(known: readonly SourcePrefix[]): void {
    this.#known = known.slice(0, MAX_KNOWN);
    this.#changed = true;
  }

  /** Is it time to look? */
  isDue(nowMs: number): boolean {
    return nowMs - this.#lookedMs >= LOOK_MS || nowMs < this.#lookedMs;
  }

  /**
   * Looks at what was counted since the last time.
   * @returns what is to be shed from now on; undefined: as before
   */
  look(nowMs: number, counts: RingCounts): Shedding | undefined {
    const seconds = Math.max(LOOK_MS, nowMs - this.#lookedMs) / 1000;
    this.#lookedMs = nowMs;
    if (counts.dropped > counts.received * TOLERATED_LOSS) this.#lose(nowMs, counts, seconds);
    else if (this.#active) this.#raise(nowMs, counts.received / seconds);
    this.#counted.clear();
    if (this.#active) this.#goOn(nowMs);
    if (!this.#changed) return undefined;
    this.#changed = false;
    return this.#shedding(nowMs);
  }

  #goOn(nowMs: number): void {
    if (this.#isPeace(nowMs)) {
      this.#end();
      return;
    }
    this.#turn(nowMs);
    if (this.#blockedNow(nowMs).length !== this.#blockedTold) this.#changed = true;
  }

  #lose(nowMs: number, { received, dropped, mostPerSecond = MAX_LIMIT }: RingCounts, seconds: number): void {
    this.#mostLimit = mostPerSecond;
    const isFirst = !this.#active && nowMs - this.#lostMs >= PEACE_MS;
    if (isFirst) this.#firstLostMs = nowMs;
    this.#lostMs = nowMs;
    const read = received - dropped;
    const heavy = this.#blockHeavy(nowMs, seconds);
    if (!this.#active) {
      if (heavy === 0 && nowMs - this.#firstLostMs < GRACE_MS) return;
      this.#begin(nowMs);
    }
    this.#changed = true;
    // When one source has filled the ring, the others need not suffer for it.
    if (heavy > read / 2) return;
    // What was in the ring before the last change has still to come out.
    if (nowMs - this.#loweredMs < SETTLE_MS) return;
    this.#loweredMs = nowMs;
    this.#raisedMs = nowMs;
    // What was read in a time that was mostly quiet, or in which nobody read, is no measure.
    if (seconds * 1000 < STALL_MS) {
      const before = Number.isFinite(this.#limit) ? this.#limit : 0;
      this.#limit = Math.max(MIN_LIMIT, read / seconds, before / 2);
    }
    this.#limit = Math.min(this.#limit, this.#mostLimit);
    // Once load is shed, a loss is usually a scheduling gap: a small step does.
    const [least, most] = this.#passing === 1 ? [1 / 8, 0.7] : [0.5, 0.8];
    const factor = Math.min(most, Math.max(least, (0.7 * read) / received));
    this.#passing = Math.max(MIN_PASSING, this.#passing * factor);
  }

  /** @returns how many packets were of sources that are blocked now */
  #blockHeavy(nowMs: number, seconds: number): number {
    const heavy = this.#counted
      .counts()
      .filter(({ packets }) => packets / seconds > HEAVY_PER_SECOND)
      .sort((a, b) => b.packets - a.packets)
      .slice(0, MAX_BLOCKED);
    let packets = 0;
    for (const source of heavy) {
      const key = prefixKey(source.prefix);
      packets += source.packets;
      const last = this.#blocked.get(key);
      if (last && last.untilMs > nowMs) continue;
      const forMs = last ? Math.min(2 * last.forMs, BLOCKED_MOST_MS) : BLOCKED_MS;
      this.#blocked.delete(key);
      this.#blocked.set(key, { prefix: source.prefix, forMs, untilMs: nowMs + forMs });
      this.#lastBlockEndMs = Math.max(this.#lastBlockEndMs, nowMs + forMs);
      this.#forgetOneBlocked();
    }
    return packets;
  }

  /** The one whose time ends first gives its place. */
  #forgetOneBlocked(): void {
    if (this.#blocked.size <= MAX_BLOCKED) return;
    const [first] = [...this.#blocked.entries()].sort(([, a], [, b]) => a.untilMs - b.untilMs);
    if (first) this.#blocked.delete(first[0]);
  }

  /** As long as what comes is well below the limit, more may pass; the limit itself rises slowly. */
  #raise(nowMs: number, perSecond: number): void {
    if (this.#passing === 1 || nowMs - this.#lostMs < HOLD_MS || nowMs - this.#raisedMs < HOLD_MS / 2) return;
    this.#raisedMs = nowMs;
    this.#limit = Math.min(this.#mostLimit, this.#limit * 1.03);
    if (perSecond * STEP_UP > this.#limit) return;
    // Far below it, the flood is over.
    const step = perSecond * 4 < this.#limit ? 2 : STEP_UP;
    this.#passing = Math.min(1, this.#passing * step);
    this.#changed = true;
  }

  /** The window goes on from where it ended, so that nobody is left out; once around, the hashes are made anew. */
  #turn(nowMs: number): void {
    if (this.#passing === 1 || nowMs - this.#turnMs < TURN_MS) return;
    this.#turnMs = nowMs;
    this.#start = (this.#start + this.#toldWidth) % ALL_HASHES;
    this.#turned += this.#toldWidth;
    this.#changed = true;
    if (this.#turned < ALL_HASHES) return;
    this.#turned = 0;
    this.#seeds = [this.#random(), this.#random()];
  }

  #begin(nowMs: number): void {
    this.#active = true;
    this.#seeds = [this.#random(), this.#random()];
    this.#start = this.#random();
    this.#turned = 0;
    this.#turnMs = nowMs;
    this.#raisedMs = nowMs;
  }

  #isPeace(nowMs: number): boolean {
    return this.#passing === 1 && nowMs - Math.max(this.#lostMs, this.#lastBlockEndMs) >= PEACE_MS;
  }

  #end(): void {
    this.#active = false;
    this.#changed = true;
    this.#limit = Number.POSITIVE_INFINITY;
    this.#blocked.clear();
  }

  #shedding(nowMs: number): Shedding {
    const blocked = this.#blockedNow(nowMs).map(({ prefix }) => prefix);
    this.#blockedTold = blocked.length;
    if (this.#passing === 1) return { blocked, known: this.#known };
    this.#toldWidth = Math.floor(this.#passing * (ALL_HASHES - 1));
    return { blocked, known: this.#known, window: { start: this.#start, width: this.#toldWidth, seeds: this.#seeds } };
  }

  #blockedNow(nowMs: number): Blocked[] {
    return [...this.#blocked.values()].filter(({ untilMs }) => untilMs > nowMs);
  }
}
