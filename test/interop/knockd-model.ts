// knockd as a model: what its manual page says it does with packets, and each of its faults as a switch. With all faults it
// is knockd 0.8 as it was measured; with none it is what we do.

/** One packet, as a door sees it. */
export interface Packet {
  readonly source: string;
  readonly protocol: 'tcp' | 'udp';
  readonly port: number;
  /** Byte 13 of the TCP header; 0 for UDP. */
  readonly flags: number;
  /** Two packets of one source with the same number are one that came twice. */
  readonly id: number;
  readonly timeMs: number;
}

/** One door. */
export interface ModelDoor {
  readonly name: string;
  readonly knocks: readonly Pick<Packet, 'protocol' | 'port'>[];
  readonly timeoutMs: number;
  readonly tcpFlags: { readonly mask: number; readonly value: number };
}

/** What knockd 0.8 does, and what is wanted otherwise. */
export const FAULTS = {
  copies: 'a packet that comes twice is two knocks',
  otherDoors: 'a port of another door is a wrong knock',
  oneAtATime: 'while a source is on its way to any door, no other beginning counts',
  forgets: 'when the oldest attempt ends, whosever it is, all others are forgotten',
} as const;

/** One of them. */
export type Fault = keyof typeof FAULTS;
/** All of them. */
export const ALL_FAULTS = Object.keys(FAULTS) as Fault[];

interface Attempt {
  readonly door: ModelDoor;
  readonly source: string;
  readonly beganMs: number;
  stage: number;
  isOver: boolean;
}

/** See the head of this file. */
export class KnockdModel {
  readonly #doors: readonly ModelDoor[];
  readonly #faults: ReadonlySet<Fault>;
  readonly #seen = new Set<string>();
  #attempts: Attempt[] = [];

  constructor(doors: readonly ModelDoor[], faults: readonly Fault[]) {
    this.#doors = doors;
    this.#faults = new Set(faults);
  }

  /** @returns the names of the doors that this packet opens */
  take(packet: Packet): string[] {
    // What no door asks for is not even captured.
    if (!this.#doors.some((door) => isPort(door, packet) && flagsFit(door, packet))) return [];
    const isCopy = this.#seen.has(`${packet.source} ${packet.id}`);
    this.#seen.add(`${packet.source} ${packet.id}`);
    if (isCopy && !this.#faults.has('copies')) return [];
    this.#removeEnded(packet.timeMs);

    const own = this.#attempts.filter(({ source }) => source === packet.source);
    for (const attempt of own) this.#advance(attempt, packet);
    const mayBegin = own.length === 0 || !this.#faults.has('oneAtATime');
    for (const door of this.#doors) {
      if (!mayBegin || !isNext(door, 0, packet) || !flagsFit(door, packet)) continue;
      const began = { door, source: packet.source, beganMs: packet.timeMs, stage: 1, isOver: false };
      this.#attempts.push(began);
      own.push(began);
    }
    const opened = new Set<ModelDoor>();
    for (const { door, stage, isOver } of own) if (!isOver && stage === door.knocks.length) opened.add(door);
    // All beginnings of a door that has opened are over.
    for (const attempt of own) if (opened.has(attempt.door)) attempt.isOver = true;
    return [...opened].map(({ name }) => name);
  }

  #advance(attempt: Attempt, packet: Packet): void {
    const { door, stage } = attempt;
    if (!this.#faults.has('otherDoors') && !isPort(door, packet)) return;
    if (!flagsFit(door, packet)) return;
    if (isNext(door, stage, packet)) attempt.stage++;
    else attempt.isOver = true;
  }

  #removeEnded(nowMs: number): void {
    const isEnded = ({ isOver, beganMs, door }: Attempt) => isOver || nowMs - beganMs > door.timeoutMs;
    if (!this.#faults.has('forgets')) {
      this.#attempts = this.#attempts.filter((attempt) => !isEnded(attempt));
      return;
    }
    for (const attempt of [...this.#attempts]) {
      if (!isEnded(attempt)) continue;
      const at = this.#attempts.indexOf(attempt);
      if (at === 0) this.#attempts = [];
      else if (at > 0) this.#attempts.splice(at, 1);
    }
  }
}

function isPort({ knocks }: ModelDoor, { protocol, port }: Packet): boolean {
  return knocks.some((knock) => knock.protocol === protocol && knock.port === port);
}

function isNext({ knocks }: ModelDoor, stage: number, { protocol, port }: Packet): boolean {
  return knocks[stage]?.protocol === protocol && knocks[stage]?.port === port;
}

function flagsFit({ tcpFlags }: ModelDoor, { protocol, flags }: Packet): boolean {
  return protocol === 'udp' || (flags & tcpFlags.mask) === tcpFlags.value;
}
