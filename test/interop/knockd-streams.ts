// Random configurations, and random packets that come near to opening their doors. From a seed.

import type { ModelDoor, Packet } from './knockd-model.ts';

const [FIN, SYN, ACK] = [1, 2, 16];
const FLAGS: readonly (readonly [text: string, mask: number, value: number])[] = [
  ['', 0, 0],
  ['syn', SYN, SYN],
  ['syn,!ack', SYN | ACK, SYN],
  ['fin,!ack', FIN | ACK, FIN],
];
const PACKET_FLAGS = [SYN, SYN, SYN, SYN | ACK, ACK, FIN, FIN | ACK];
/** Seconds; between them lies every pause. */
const TIMEOUTS = [3, 10];
/** Longer than the shorter timeout, also by whole seconds as knockd counts them; much shorter than the longer one. */
export const PAUSE_MS = 4200;

/** Random numbers. */
export interface Random {
  below(below: number): number;
  of<T>(list: readonly T[]): T;
}

/** mulberry32. */
export function seeded(seed: number): Random {
  let state = seed;
  const below = (most: number) => {
    state = (state + 0x6d2b79f5) | 0;
    let x = Math.imul(state ^ (state >>> 15), 1 | state);
    x ^= x + Math.imul(x ^ (x >>> 7), 61 | x);
    return Math.floor((((x ^ (x >>> 14)) >>> 0) / 2 ** 32) * most);
  };
  return { below, of: (list) => list[below(list.length)] as (typeof list)[number] };
}

/** A door, and its lines in a knockd.conf. */
export interface RandomDoor extends ModelDoor {
  readonly flagsText: string;
}

/** One to four doors on a few ports, so that they overlap. */
export function randomDoors(random: Random): RandomDoor[] {
  return Array.from({ length: 1 + random.below(4) }, (_, i) => {
    const [flagsText, mask, value] = random.of(FLAGS);
    return {
      name: `D${i}`,
      knocks: Array.from({ length: 1 + random.below(4) }, () => randomPort(random)),
      timeoutMs: random.of(TIMEOUTS) * 1000,
      tcpFlags: { mask, value },
      flagsText,
    };
  });
}

function randomPort(random: Random): Pick<Packet, 'protocol' | 'port'> {
  return random.below(6) === 0
    ? { protocol: 'udp', port: 4000 + random.below(2) }
    : { protocol: 'tcp', port: 4000 + random.below(5) };
}

/** The knockd.conf of these doors; each runs `true`. @param logFile where to log */
export function confText(doors: readonly RandomDoor[], logFile: string): string {
  const sections = doors.map(({ name, knocks, timeoutMs, flagsText }) => {
    const ports = knocks.map(({ protocol, port }) => (protocol === 'tcp' ? `${port}` : `${port}:udp`));
    const flags = flagsText === '' ? '' : `tcpflags = ${flagsText}\n`;
    return `[${name}]\nsequence = ${ports.join(',')}\nseq_timeout = ${timeoutMs / 1000}\n${flags}command = /bin/true\n`;
  });
  return `[options]\nlogfile = ${logFile}\n${sections.join('')}`;
}

/** A packet, without the time: `isLater` tells whether it comes after the pause. */
export type StreamPacket = Omit<Packet, 'timeMs'> & { readonly isLater: boolean };

/**
 * The packets of one source: the knocks of one or two doors, some left out, exchanged, doubled or with others between them;
 * often a pause somewhere.
 */
export function randomStream(random: Random, doors: readonly RandomDoor[], source: string): StreamPacket[] {
  const packets: Omit<StreamPacket, 'isLater'>[] = [];
  let id = 0;
  const add = (knock: Pick<Packet, 'protocol' | 'port'>, flags: number) => {
    packets.push({ source, ...knock, flags: knock.protocol === 'udp' ? 0 : flags, id: id++ });
  };
  for (let rounds = 1 + random.below(2); rounds > 0; rounds--) {
    const { knocks, tcpFlags } = random.of(doors);
    const fitting = PACKET_FLAGS.filter((flags) => (flags & tcpFlags.mask) === tcpFlags.value);
    for (const knock of knocks) {
      if (random.below(6) === 0) add(randomPort(random), random.of(PACKET_FLAGS));
      if (random.below(12) === 0) continue;
      add(knock, random.below(8) === 0 ? random.of(PACKET_FLAGS) : random.of(fitting));
      const last = packets.at(-1);
      // Nothing tells a copied datagram from a second one: docs/from-knockd.md.
      if (last?.protocol === 'tcp' && random.below(8) === 0) packets.push(last);
    }
  }
  const pauseAt = random.below(3) === 0 ? random.below(packets.length + 1) : packets.length;
  return packets.map((packet, i) => ({ ...packet, isLater: i >= pauseAt }));
}
