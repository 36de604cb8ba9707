// Holds knocks back until their source has sent as many as a sequence has, eight unless said otherwise: fewer are no sequence,
// and nobody needs to be woken for them. Floods of made-up sources end here. Of a source that goes on after that, at most
// PASSING_PER_SECOND knocks a second pass; where that is asked for, only those that may be a client's (crowd.ts). Bounded: of
// the sources, the one seen longest ago goes. Decides nothing else: what it lets through, it lets through whole and in order.

import type { PacketKnock } from '../packet/knock-event.ts';
import { FORGOTTEN_AFTER_MS } from '../packet/wanted.ts';
import { Crowd } from './crowd.ts';
import { HELD_KNOCKS, HeldKnocks } from './held-knocks.ts';
import { OWN_WORDS, SourcePlaces } from './source-places.ts';

/**
 * Sources remembered: 33 bytes each, 73 more for one that goes on, and 16 for each knock that is held; taken from the machine only
 * when they are used.
 */
export const MAX_HELD_SOURCES = 131_072;
/** Knocks of one source that pass in a second. A person's knocks come to a handful of sequences. */
export const PASSING_PER_SECOND = 128;
/** Of each source: when its last knock came, and how many have come, up to a sequence. */
const MS = OWN_WORDS;
const COUNT = OWN_WORDS + 1;

/** What becomes of knocks. */
export interface GateListener {
  /**
   * It goes on: in the order they came, each with the time it was seen, milliseconds since 1970.
   * @param following how many of the same source go on with it
   */
  onKnock(knock: PacketKnock, timeMs: number, following: number): void;
  /**
   * They never go on. `incomplete`: their source was forgotten before it had sent eight. `flooded-source`: beyond
   * {@link PASSING_PER_SECOND}, with the source; or of one that goes on without a pause.
   */
  onDrop(reason: 'incomplete' | 'flooded-source', count: number, source?: Uint8Array): void;
}

/** How a gate begins. */
export interface GateOptions {
  /** Any 32-bit number that strangers do not know: they must not choose whom they push out. */
  readonly seed: number;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  /** How many are remembered: a power of two, 8 or more. Default {@link MAX_HELD_SOURCES}. */
  readonly sources?: number;
  /** How many knocks are a sequence: 1 to {@link HELD_KNOCKS}, which is the default. */
  readonly held?: number;
  /** After how long a silence a source begins anew, ms; no sequence may take longer. Default 60 s. */
  readonly forgottenAfterMs?: number;
  /** Destinations that matter, 4 or 16 bytes each, at most 255. Held knocks do not tell others. */
  readonly targets?: readonly Uint8Array[];
  /**
   * Only for the eight encrypted knocks, with {@link HELD_KNOCKS}: a source that goes on without a pause passes only where
   * this says so of it, and with knocks that stand apart. Absent: everyone passes.
   */
  readonly mayCrowd?: (source: Uint8Array) => boolean;
}

/** The gate. Times are held as milliseconds since it was made, so that they fit into 32 bits: for 49 days, then anew. */
export class SourceGate {
  readonly #listener: GateListener;
  readonly #startMs: number;
  readonly #places: SourcePlaces;
  readonly #held: HeldKnocks;
  readonly #sequence: number;
  readonly #forgottenAfterMs: number;
  readonly #seconds: Uint32Array;
  readonly #inSecond: Uint8Array;
  readonly #crowd: Crowd | undefined;
  readonly #mayCrowd: (source: Uint8Array) => boolean;

  constructor(listener: GateListener, options: GateOptions) {
    const { seed, nowMs, sources = MAX_HELD_SOURCES, held = HELD_KNOCKS, mayCrowd } = options;
    this.#listener = listener;
    this.#sequence = held;
    this.#forgottenAfterMs = options.forgottenAfterMs ?? FORGOTTEN_AFTER_MS;
    this.#startMs = nowMs;
    this.#places = new SourcePlaces({
      places: sources,
      ownWords: 2,
      seed,
      onForgotten: (place) => this.#forget(place),
    });
    this.#held = new HeldKnocks(sources, options.targets ?? []);
    this.#seconds = new Uint32Array(sources);
    this.#inSecond = new Uint8Array(sources);
    this.#crowd = mayCrowd && new Crowd(sources, this.#held, (count) => listener.onDrop('flooded-source', count));
    this.#mayCrowd = mayCrowd ?? (() => true);
  }

  /**
   * Takes a knock.
   * @param nowMs milliseconds since 1970
   */
  take(knock: PacketKnock, nowMs: number): void {
    const ms = this.#msOf(nowMs);
    const place = this.#places.find(knock.source);
    const { words, width } = this.#places;
    const at = place * width;
    // Either way: a clock may be set back.
    if (Math.abs((ms - (words[at + MS] as number)) | 0) > this.#forgottenAfterMs) this.#forget(place);
    words[at + MS] = ms;
    const count = words[at + COUNT] as number;
    if (count < this.#sequence) {
      this.#held.put(place, count, knock, ms);
      words[at + COUNT] = count + 1;
      if (count + 1 === this.#sequence) this.#release(place, knock.source, this.#sequence, nowMs);
    } else if (!this.#mayPass(place, ms)) {
      this.#listener.onDrop('flooded-source', 1, knock.source);
    } else if (this.#crowd) {
      this.#release(place, knock.source, this.#crowd.take(place, knock, ms, this.#mayCrowd), nowMs);
    } else {
      this.#listener.onKnock(knock, nowMs, 0);
    }
  }

  #mayPass(place: number, ms: number): boolean {
    const second = Math.floor(ms / 1000);
    if (this.#seconds[place] !== second) {
      this.#seconds[place] = second;
      this.#inSecond[place] = 0;
    }
    if ((this.#inSecond[place] as number) >= PASSING_PER_SECOND) return false;
    this.#inSecond[place] = (this.#inSecond[place] as number) + 1;
    return true;
  }

  #forget(place: number): void {
    const at = place * this.#places.width + COUNT;
    const count = this.#places.words[at] as number;
    if (count === 0) return;
    if (count < this.#sequence) this.#listener.onDrop('incomplete', count);
    else this.#crowd?.forget(place);
    this.#places.words[at] = 0;
  }

  /** The newest of those that are held go on; the very newest came now. */
  #release(place: number, source: Uint8Array, knocks: number, nowMs: number): void {
    const ms = this.#msOf(nowMs);
    for (let age = knocks - 1; age >= 0; age--) {
      const slot = this.#crowd ? this.#crowd.slotOf(place, age) : this.#sequence - 1 - age;
      const agoMs = (ms - this.#held.msOf(place, slot)) | 0;
      this.#listener.onKnock(this.#held.get(place, slot, source), nowMs - agoMs, age);
    }
  }

  #msOf(nowMs: number): number {
    return (nowMs - this.#startMs) >>> 0;
  }
}
