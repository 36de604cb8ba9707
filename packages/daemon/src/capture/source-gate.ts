// Holds knocks back until their source has sent as many as a sequence has, eight where nothing else is said: fewer are none,
// and nobody needs to be woken for them. Floods of made-up sources end here. A source that goes on after that passes, so and so many a second. Bounded: of the sources,
// the one seen longest ago goes (among those that share its places in the table). Decides nothing else: what it lets
// through, it lets through whole and in order.

import type { PacketKnock } from '../packet/knock-event.ts';
import { word } from './source-prefix.ts';
import { FORGOTTEN_AFTER_MS } from './wanted.ts';

/** Knocks of a source that are held back at most: with the last of them it has sent a sequence's worth. */
export const HELD_KNOCKS = 8;
/** Sources remembered: 33 bytes each, and 16 for each knock that is held; taken from the machine only when they are used. */
export const MAX_HELD_SOURCES = 131_072;
/** Knocks of one source that pass in a second. A person's knocks come to a handful of sequences. */
export const PASSING_PER_SECOND = 128;
/** Places in which one source may be found. */
const WAYS = 8;
/** What is known of a source lies together, as memory that was not touched lately is what costs time in a flood: */
const SOURCE_WORDS = 7;
/** its address as four words, */
const KEY_WORDS = 4;
/** which of all knocks its last one was, and when that came, */
const TICK = 4;
const MS = 5;
/** how many have come, up to a sequence, and a bit for each that was UDP. */
const STATE = 6;
const COUNT = 0xff;
const UDP_SHIFT = 8;
/** Words of a held knock: both ports, the sequence number, the time, flags and which target. */
const KNOCK_WORDS = 4;
/** In the last of them: flags are told. */
const FLAGS_TOLD = 0x80;

/** What becomes of knocks. */
export interface GateListener {
  /**
   * It goes on: in the order they came, each with the time it was seen, milliseconds since 1970.
   * @param following how many of the same source go on with it
   */
  onKnock(knock: PacketKnock, timeMs: number, following: number): void;
  /**
   * They never go on. `incomplete`: their source was forgotten before it had sent eight. `flooded-source`: beyond
   * {@link PASSING_PER_SECOND}, with the source.
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
  /** So many knocks are a sequence: 1 to {@link HELD_KNOCKS}, which is the default. */
  readonly held?: number;
  /** A source that was silent for so long begins anew; no sequence may take longer. Default 60 s. */
  readonly forgottenAfterMs?: number;
  /** Destinations that matter, 4 or 16 bytes each, at most 255. Held knocks do not tell others. */
  readonly targets?: readonly Uint8Array[];
}

/** The gate. Times are held as milliseconds since it was made, so that they fit into 32 bits: for 49 days, then anew. */
export class SourceGate {
  readonly #listener: GateListener;
  readonly #lastSet: number;
  readonly #seed: number;
  readonly #startMs: number;
  readonly #sources: Uint32Array;
  /** The first knocks of all sources, then the second ones, and so on: of most there is no second one. */
  readonly #held: Uint32Array;
  readonly #places: number;
  readonly #sequence: number;
  readonly #forgottenAfterMs: number;
  readonly #targets: readonly Uint8Array[];
  readonly #seconds: Uint32Array;
  readonly #inSecond: Uint8Array;
  readonly #key = new Uint32Array(KEY_WORDS);
  #tick = 0;

  constructor(listener: GateListener, options: GateOptions) {
    const { seed, nowMs, sources = MAX_HELD_SOURCES, held = HELD_KNOCKS } = options;
    this.#listener = listener;
    this.#sequence = held;
    this.#forgottenAfterMs = options.forgottenAfterMs ?? FORGOTTEN_AFTER_MS;
    this.#targets = options.targets ?? [];
    this.#places = sources;
    this.#lastSet = sources / WAYS - 1;
    this.#seed = seed | 1;
    this.#startMs = nowMs;
    this.#sources = new Uint32Array(sources * SOURCE_WORDS);
    this.#held = new Uint32Array(sources * HELD_KNOCKS * KNOCK_WORDS);
    this.#seconds = new Uint32Array(sources);
    this.#inSecond = new Uint8Array(sources);
  }

  /**
   * Takes a knock.
   * @param nowMs milliseconds since 1970
   */
  take(knock: PacketKnock, nowMs: number): void {
    const ms = (nowMs - this.#startMs) >>> 0;
    const place = this.#placeOf(knock.source);
    const at = place * SOURCE_WORDS;
    this.#sources[at + TICK] = this.#nextTick();
    // Either way: a clock may be set back.
    if (Math.abs((ms - (this.#sources[at + MS] as number)) | 0) > this.#forgottenAfterMs) this.#forget(place);
    this.#sources[at + MS] = ms;
    const count = this.#countOf(place);
    if (count < this.#sequence) {
      this.#hold(place, count, knock, ms);
      if (count + 1 === this.#sequence) this.#release(place, knock.source);
    } else if (this.#mayPass(place, ms)) {
      this.#listener.onKnock(knock, nowMs, 0);
    } else {
      this.#listener.onDrop('flooded-source', 1, knock.source);
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

  #countOf(place: number): number {
    return (this.#sources[place * SOURCE_WORDS + STATE] as number) & COUNT;
  }

  #forget(place: number): void {
    const count = this.#countOf(place);
    if (count > 0 && count < this.#sequence) this.#listener.onDrop('incomplete', count);
    this.#sources[place * SOURCE_WORDS + STATE] = 0;
  }

  #hold(place: number, count: number, knock: PacketKnock, ms: number): void {
    const at = this.#heldAt(place, count);
    this.#held[at] = (knock.sourcePort << 16) | knock.destinationPort;
    this.#held[at + 1] = knock.sequenceNumber;
    this.#held[at + 2] = ms;
    this.#held[at + 3] =
      (this.#targetOf(knock) << 8) | (knock.tcpFlags === undefined ? 0 : knock.tcpFlags | FLAGS_TOLD);
    const udpBit = knock.protocol === 'udp' ? 1 << (UDP_SHIFT + count) : 0;
    const stateAt = place * SOURCE_WORDS + STATE;
    this.#sources[stateAt] = ((this.#sources[stateAt] as number) | udpBit) + 1;
  }

  #release(place: number, source: Uint8Array): void {
    const areUdp = (this.#sources[place * SOURCE_WORDS + STATE] as number) >>> UDP_SHIFT;
    for (let i = 0; i < this.#sequence; i++) {
      const at = this.#heldAt(place, i);
      const ports = this.#held[at] as number;
      const protocol = areUdp & (1 << i) ? 'udp' : 'tcp';
      const sequenceNumber = this.#held[at + 1] as number;
      const rest = this.#held[at + 3] as number;
      const tcpFlags = (rest & FLAGS_TOLD) !== 0 ? rest & 0x3f : undefined;
      const destination = this.#targets[(rest >>> 8) - 1];
      const [sourcePort, destinationPort] = [ports >>> 16, ports & 0xffff];
      const knock = { source, sourcePort, destinationPort, protocol, sequenceNumber, tcpFlags, destination } as const;
      this.#listener.onKnock(knock, this.#startMs + (this.#held[at + 2] as number), this.#sequence - 1 - i);
    }
  }

  #heldAt(place: number, count: number): number {
    return (count * this.#places + place) * KNOCK_WORDS;
  }

  /** The how manieth target it was sent to; 0: none of them. */
  #targetOf({ destination }: PacketKnock): number {
    if (!destination || this.#targets.length === 0) return 0;
    return 1 + this.#targets.findIndex((target) => isSame(target, destination));
  }

  /** Where this source is kept; when it is new, in the place of the one that was seen longest ago. */
  #placeOf(source: Uint8Array): number {
    const key = this.#key;
    readKey(source, key);
    const first = (this.#hash() & this.#lastSet) * WAYS;
    let oldest = first;
    for (let place = first; place < first + WAYS; place++) {
      const at = place * SOURCE_WORDS;
      if (
        this.#sources[at + 3] === key[3] &&
        this.#sources[at + 2] === key[2] &&
        this.#sources[at + 1] === key[1] &&
        this.#sources[at] === key[0]
      ) {
        return place;
      }
      if (this.#tickOf(place) < this.#tickOf(oldest)) oldest = place;
    }
    this.#forget(oldest);
    for (let i = 0; i < KEY_WORDS; i++) this.#sources[oldest * SOURCE_WORDS + i] = key[i] as number;
    return oldest;
  }

  #tickOf(place: number): number {
    return this.#sources[place * SOURCE_WORDS + TICK] as number;
  }

  #hash(): number {
    let hash = this.#seed;
    for (let i = 0; i < KEY_WORDS; i++) {
      hash = Math.imul(hash ^ (this.#key[i] as number), 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    hash = Math.imul(hash ^ this.#seed, 0x85ebca6b);
    return hash ^ (hash >>> 13);
  }

  /** 0 is "never". When all 32 bits are used up, all sources are equally old once. */
  #nextTick(): number {
    this.#tick = (this.#tick + 1) >>> 0;
    if (this.#tick === 0) {
      for (let at = TICK; at < this.#sources.length; at += SOURCE_WORDS) this.#sources[at] = 0;
      this.#tick = 1;
    }
    return this.#tick;
  }
}

/** An address as four words: IPv4 as IPv4-mapped (RFC 4291, 2.5.5.2), which no IPv6 source is (packet/ip.ts). */
function readKey(source: Uint8Array, into: Uint32Array): void {
  const isIpv4 = source.length === 4;
  into[0] = isIpv4 ? 0 : word(source, 0);
  into[1] = isIpv4 ? 0 : word(source, 4);
  into[2] = isIpv4 ? 0xffff : word(source, 8);
  into[3] = word(source, source.length - 4);
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
