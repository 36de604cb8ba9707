// The last knocks of each source, eight at most, in typed arrays: 16 bytes each. Times are milliseconds since any beginning,
// in 32 bits. Pure.

import type { PacketKnock } from '../packet/knock-event.ts';

/** Knocks of a source that are held at most: a sequence's worth. */
export const HELD_KNOCKS = 8;
/** Words of one: both ports, the sequence number, the time, flags and which target. */
const KNOCK_WORDS = 4;
const SEQUENCE_NUMBER = 1;
const MS = 2;
const REST = 3;
/** In the rest: the six flags, whether it is UDP, whether flags are told; above that the target. */
const FLAGS = 0x3f;
const IS_UDP = 0x40;
const FLAGS_TOLD = 0x80;
const TARGET_SHIFT = 8;

/** Knocks by place and slot. */
export class HeldKnocks {
  /** The first knocks of all sources, then the second ones, and so on: of most there is no second one. */
  readonly #words: Uint32Array;
  readonly #places: number;
  readonly #targets: readonly Uint8Array[];

  /**
   * @param places how many sources there may be
   * @param targets destinations that matter, 4 or 16 bytes each, at most 255: others are not kept
   */
  constructor(places: number, targets: readonly Uint8Array[]) {
    this.#words = new Uint32Array(places * HELD_KNOCKS * KNOCK_WORDS);
    this.#places = places;
    this.#targets = targets;
  }

  /** Takes a knock, in place of what was there. @param slot 0 to 7 */
  put(place: number, slot: number, knock: PacketKnock, ms: number): void {
    const at = this.#at(place, slot);
    const flags = knock.tcpFlags === undefined ? 0 : (knock.tcpFlags & FLAGS) | FLAGS_TOLD;
    this.#words[at] = portsOf(knock);
    this.#words[at + SEQUENCE_NUMBER] = knock.sequenceNumber;
    this.#words[at + MS] = ms;
    this.#words[at + REST] = (this.#targetOf(knock) << TARGET_SHIFT) | flags | (knock.protocol === 'udp' ? IS_UDP : 0);
  }

  /** When it was seen. */
  msOf(place: number, slot: number): number {
    return this.#words[this.#at(place, slot) + MS] as number;
  }

  /** See {@link fingerprint}. */
  fingerprintAt(place: number, slot: number): number {
    const at = this.#at(place, slot);
    const isUdp = ((this.#words[at + REST] as number) & IS_UDP) !== 0;
    return mix(this.#words[at] as number, this.#words[at + SEQUENCE_NUMBER] as number, isUdp);
  }

  /** The knock as it was, of the source whose place it is; of its destination what is among the targets. */
  get(place: number, slot: number, source: Uint8Array): PacketKnock {
    const at = this.#at(place, slot);
    const ports = this.#words[at] as number;
    const rest = this.#words[at + REST] as number;
    return {
      source,
      sourcePort: ports >>> 16,
      destinationPort: ports & 0xffff,
      protocol: (rest & IS_UDP) !== 0 ? 'udp' : 'tcp',
      sequenceNumber: this.#words[at + SEQUENCE_NUMBER] as number,
      tcpFlags: (rest & FLAGS_TOLD) !== 0 ? rest & FLAGS : undefined,
      destination: this.#targets[(rest >>> TARGET_SHIFT) - 1],
    };
  }

  #at(place: number, slot: number): number {
    return (slot * this.#places + place) * KNOCK_WORDS;
  }

  /** Index of the target it was sent to, from 1; 0: none of them. */
  #targetOf({ destination }: PacketKnock): number {
    if (!destination || this.#targets.length === 0) return 0;
    return 1 + this.#targets.findIndex((target) => isSameAddress(target, destination));
  }
}

/** The same for packets with the same ports, protocol and sequence number, and hardly ever for others; never 0. */
export function fingerprint(knock: PacketKnock): number {
  return mix(portsOf(knock), knock.sequenceNumber, knock.protocol === 'udp');
}

function mix(ports: number, sequenceNumber: number, isUdp: boolean): number {
  let mixed = Math.imul(ports ^ (isUdp ? 0x5bd1e995 : 0), 0x9e3779b1);
  mixed = Math.imul(mixed ^ (mixed >>> 15) ^ sequenceNumber, 0x85ebca6b);
  return (mixed ^ (mixed >>> 13)) >>> 0 || 1;
}

function portsOf({ sourcePort, destinationPort }: PacketKnock): number {
  return ((sourcePort << 16) | destinationPort) >>> 0;
}

function isSameAddress(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
