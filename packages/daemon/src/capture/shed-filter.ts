// The program that sheds load in the kernel, before a packet takes room in the ring: it says of each packet whether it goes
// to a socket that is captured or is thrown away, by its source alone, so that all eight knocks of a sequence share one
// fate. Pure: numbers in, bytes out. It cannot show the capture process a packet that its own filter does not let up.

import {
  COPY_TO_X,
  encodeProgram,
  type Instruction,
  JUMP_ALWAYS,
  JUMP_EQUAL,
  JUMP_NOT_LESS,
  LOAD,
  LOAD_STORED,
  MULTIPLY,
  RETURN,
  SHIFT_RIGHT,
  STORE,
  SUBTRACT,
  XOR,
  XOR_X,
} from './bpf.ts';
import type { SourcePrefix } from './source-prefix.ts';

/** Most sources of each kind. */
export const MAX_KNOWN = 64;
export const MAX_BLOCKED = 16;

/** Which sources pass, and that known ones go to a ring of their own. */
export interface Shedding {
  /** These do not, known or not. */
  readonly blocked: readonly SourcePrefix[];
  /** Of the others these do, to the ring for known sources. */
  readonly known: readonly SourcePrefix[];
  /** Of the rest those whose hash is within the window; absent: all. */
  readonly window?: HashWindow;
}

/** A part of all hashes, which are numbers of 32 bits; it may go over their end. */
export interface HashWindow {
  readonly start: number;
  /** How many hashes are in it: less than 2³². */
  readonly width: number;
  /** Two words that strangers do not know. */
  readonly seeds: readonly [number, number];
}

/** What the program answers: the place of the socket in its group, see shed-socket.ts. The first two are always there. */
export const TO_CAPTURE = 0;
export const SHED = 1;

/** Where other sockets are in the group. */
export interface Places {
  /** For known sources; absent: they go to the first. */
  readonly known?: number;
  /** Where all links are heard: for packets of links that are not Ethernet, known or not; absent: the group has one link. */
  readonly others?: number;
}

/** linux/filter.h: SKF_NET_OFF, from the network header on; SKF_AD_OFF + SKF_AD_PROTOCOL (the EtherType), _PKTTYPE, _HATYPE. */
const NETWORK = -0x100000;
const ETHER_TYPE = -0x1000;
const PACKET_TYPE = -0x1000 + 4;
const LINK_TYPE = -0x1000 + 28;
/** linux/if_packet.h: PACKET_HOST */
const TO_US = 0;
/** linux/if_arp.h: ARPHRD_ETHER; ARPHRD_LOOPBACK, which has the same header */
const ETHERNET = 1;
const LOOPBACK = 772;
const IPV4 = 0x0800;
const IPV6 = 0x86dd;
/** Where the source begins in the header. */
const SOURCE4_AT = NETWORK + 12;
const SOURCE6_AT = NETWORK + 8;

/** Odd numbers whose bits look like chance. */
const MULTIPLIERS = [0x9e3779b1, 0x85ebca6b] as const;

const goTo = (place: number): Instruction => [RETURN, 0, 0, place];

/** Answers 0 to every packet: in a group all go to the first socket; as the filter of a socket, nothing is taken. */
export function openFilter(): Buffer {
  return encodeProgram([goTo(TO_CAPTURE)]);
}

/**
 * Makes the program.
 * @param places of sockets besides the first two
 * @throws RangeError when there are more sources than {@link MAX_KNOWN} or {@link MAX_BLOCKED}
 */
export function shedFilter(shedding: Shedding, { known = TO_CAPTURE, others }: Places = {}): Buffer {
  const { blocked, known: sources } = shedding;
  if (blocked.length > MAX_BLOCKED || sources.length > MAX_KNOWN) throw new RangeError('too many sources');
  const ofOneLink = byAddress(shedding, TO_CAPTURE, known);
  // What this host sends or forwards, and what is for others or for all, is no knock; the header of Ethernet does not say it.
  const toUs: Instruction[] = [[LOAD, 0, 0, PACKET_TYPE], [JUMP_EQUAL, 1, 0, TO_US], goTo(SHED)];
  if (others === undefined) return encodeProgram([...toUs, ...ofOneLink]);
  return encodeProgram([
    ...toUs,
    [LOAD, 0, 0, LINK_TYPE],
    [JUMP_EQUAL, 2, 0, ETHERNET],
    [JUMP_EQUAL, 1, 0, LOOPBACK],
    [JUMP_ALWAYS, 0, 0, ofOneLink.length],
    ...ofOneLink,
    ...byAddress(shedding, others, others),
  ]);
}

/** @param passing where packets go that pass, and what is no IP packet */
function byAddress({ blocked, known, window }: Shedding, passing: number, toKnown: number): Instruction[] {
  const sources = [
    ...blocked.map((prefix) => [prefix, goTo(SHED)] as const),
    ...known.map((prefix) => [prefix, goTo(toKnown)] as const),
  ];
  const ipv4 = [
    ...sources.flatMap(([prefix, verdict]) => (prefix.length === 1 ? match4(prefix[0], verdict) : [])),
    ...(window ? [...hashStart(window), ...hashEnd(window)] : []),
    goTo(passing),
  ];
  const ipv6 = [
    ...sources.flatMap(([prefix, verdict]) => (prefix.length === 2 ? match6(prefix, verdict) : [])),
    ...(window ? [load(0), ...hashStart(window), ...addWord(1), ...hashEnd(window)] : []),
    goTo(passing),
  ];
  return [
    [LOAD, 0, 0, ETHER_TYPE],
    [JUMP_EQUAL, 3, 0, IPV4],
    [JUMP_EQUAL, 1, 0, IPV6],
    goTo(passing),
    [JUMP_ALWAYS, 0, 0, 1 + ipv4.length],
    [LOAD, 0, 0, SOURCE4_AT],
    ...ipv4,
    [LOAD, 0, 0, SOURCE6_AT],
    [STORE, 0, 0, 0],
    [LOAD, 0, 0, SOURCE6_AT + 4],
    [STORE, 0, 0, 1],
    ...ipv6,
  ];
}

const load = (place: number): Instruction => [LOAD_STORED, 0, 0, place];

/** The address is in A, and stays there. */
function match4(address: number, verdict: Instruction): Instruction[] {
  return [[JUMP_EQUAL, 0, 1, address], verdict];
}

/** Both words are in memory. */
function match6([high, low]: readonly [number, number], verdict: Instruction): Instruction[] {
  return [load(0), [JUMP_EQUAL, 0, 3, high], load(1), [JUMP_EQUAL, 0, 1, low], verdict];
}

/** A word in A becomes a hash. */
function hashStart({ seeds: [first, second] }: HashWindow): Instruction[] {
  return [[XOR, 0, 0, first], ...mix(MULTIPLIERS[0]), [XOR, 0, 0, second], ...mix(MULTIPLIERS[1])];
}

/** One more word into the hash. */
function addWord(place: number): Instruction[] {
  return [[COPY_TO_X, 0, 0, 0], load(place), [XOR_X, 0, 0, 0], ...mix(MULTIPLIERS[0])];
}

function hashEnd({ seeds: [first], start, width }: HashWindow): Instruction[] {
  return [
    [XOR, 0, 0, first],
    ...mix(MULTIPLIERS[1]),
    [SUBTRACT, 0, 0, start],
    [JUMP_NOT_LESS, 0, 1, width],
    goTo(SHED),
  ];
}

function mix(multiplier: number): Instruction[] {
  return [
    [MULTIPLY, 0, 0, multiplier],
    [COPY_TO_X, 0, 0, 0],
    [SHIFT_RIGHT, 0, 0, 15],
    [XOR_X, 0, 0, 0],
  ];
}
