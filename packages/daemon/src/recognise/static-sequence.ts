// The door of a sequence of ports that does not change, as knockd and cd00r have it: docs/doors.md. Follows the knocks of each
// source; no two doors share anything, so that sequences that overlap do not disturb each other. Bounded in sources.

import type { TransportPort } from '@eightknock/codec';
import type { SequenceKind } from '../config/door-config.ts';
import type { KnockEvent } from '../packet/knock-event.ts';
import { RecentPackets } from './recent-packets.ts';
import type { Heard, HeardPort, Recogniser, Recognition, Trace } from './recogniser.ts';
import { SourceTable } from './source-table.ts';

/** Sources that one door remembers, where nothing else is said; some 300 bytes each. */
export const SOURCES_PER_DOOR = 16_384;
/** The least number of packets of a source that are known when they come again. */
const LEAST_REMEMBERED = 16;
const SYN = 2;
/** Knocks that are none of the sequence. */
const NOWHERE = Number.NaN;

/** What the recogniser must know. */
export interface StaticSequenceOptions extends Omit<SequenceKind, 'kind'> {
  /** Of the door. */
  readonly name: string;
  /** Default {@link SOURCES_PER_DOOR}. */
  readonly maxSources?: number;
  /** Is told how far a source has come: 1 for the first knock, as many as there are knocks when the door opens. */
  readonly onStage?: (sourceAddress: string, stage: number) => void;
}

/** What is known of a source. */
interface Follower {
  /**
   * At place k: when the latest sequence began whose first k + 1 knocks have come, milliseconds since 1970; NaN: there is none.
   * All beginnings are followed at once, so that a knock too many at the start does no harm.
   */
  readonly began: number[];
  readonly recent: RecentPackets;
}

/** Recognises one sequence. */
export class StaticSequence implements Recogniser {
  readonly #options: StaticSequenceOptions;
  #keys: readonly number[];
  #own: ReadonlySet<number>;
  #heard: Heard;
  #sources: SourceTable<Follower>;
  #began: number[];

  constructor(options: StaticSequenceOptions) {
    this.#options = options;
    this.#keys = options.knocks.map(keyOf);
    this.#own = new Set(this.#keys);
    this.#heard = heardPorts(options.knocks, options);
    this.#began = this.#nothingYet();
    this.#sources = this.#emptyTable();
  }

  /** From now on another sequence; what was knocked before is forgotten. @param knocks 1–32 */
  expect(knocks: readonly TransportPort[]): void {
    this.#keys = knocks.map(keyOf);
    this.#own = new Set(this.#keys);
    this.#heard = heardPorts(knocks, this.#options);
    this.#began = this.#nothingYet();
    this.#sources = this.#emptyTable();
  }

  heard(): Heard {
    return this.#heard;
  }

  /** How many sources are remembered now. */
  get sources(): number {
    return this.#sources.size;
  }

  recognise(event: KnockEvent, _nowMs: number, trace?: Trace): Recognition {
    const { name, onStage } = this.#options;
    const { sourceAddress } = event;
    const key = keyOf({ protocol: event.protocol, port: event.destinationPort });
    if (!this.#own.has(key) || !this.#isMeant(event)) return undefined;
    // Who does not begin at the beginning costs no memory.
    const known = this.#sources.find(sourceAddress);
    if (!known && key !== this.#keys[0] && this.#options.source === 'same') return undefined;

    const { began, recent } = this.#sources.touch(sourceAddress);
    const isRepeated = recent.isRepeated(event);
    if (isRepeated && event.protocol === 'tcp') {
      trace?.('repeated', { door: name });
      return undefined;
    }
    // A datagram that may be a copy can lead on, but never astray.
    const stage = this.#step(began, key, event.timeMs, this.#options.order === 'strict' && !isRepeated);
    trace?.('stage', { door: name, stage, of: this.#keys.length });
    if (stage > 0) onStage?.(sourceAddress, stage);
    if (stage < this.#keys.length) return undefined;
    began.fill(NOWHERE);
    return { kind: 'request', request: { door: name, sourceAddress } };
  }

  /** Moves everything that was begun by one knock. @returns how many knocks of the sequence have come now, 0: this was none */
  #step(began: number[], key: number, timeMs: number, isStrict: boolean): number {
    let stage = 0;
    for (let i = began.length - 1; i >= 0; i--) {
      const from = i === 0 ? timeMs : this.#stillValid(began[i - 1] as number, timeMs);
      const fits = this.#keys[i] === key && !Number.isNaN(from);
      if (fits) {
        began[i] = from;
        stage = Math.max(stage, i + 1);
      } else if (isStrict) {
        began[i] = NOWHERE;
      }
    }
    return stage;
  }

  #stillValid(beganMs: number, timeMs: number): number {
    const spanMs = timeMs - beganMs;
    return spanMs >= 0 && spanMs <= this.#options.timeoutMs ? beganMs : NOWHERE;
  }

  /** Flags and address fit. Other packets are not even a wrong knock. */
  #isMeant({ protocol, tcpFlags = SYN, destinationAddress }: KnockEvent): boolean {
    const { tcpFlags: wanted, target } = this.#options;
    if (target !== undefined && destinationAddress !== undefined && destinationAddress !== target) return false;
    return protocol === 'udp' || (tcpFlags & wanted.mask) === wanted.value;
  }

  #nothingYet(): number[] {
    return new Array<number>(this.#keys.length).fill(NOWHERE);
  }

  #emptyTable(): SourceTable<Follower> {
    const { source, maxSources = SOURCES_PER_DOOR } = this.#options;
    const packets = Math.max(LEAST_REMEMBERED, 2 * this.#keys.length);
    return new SourceTable(maxSources, () => ({
      began: source === 'any' ? this.#began : this.#nothingYet(),
      recent: new RecentPackets(packets),
    }));
  }
}

function heardPorts(knocks: readonly TransportPort[], { tcpFlags, source }: StaticSequenceOptions): Heard {
  const distinct = knocks.filter((knock, i) => i === knocks.findIndex((other) => keyOf(other) === keyOf(knock)));
  const heard = distinct.map((knock): HeardPort => (knock.protocol === 'tcp' ? { ...knock, flags: tcpFlags } : knock));
  return { knocks: heard, datagrams: [], shortest: source === 'any' ? 1 : knocks.length };
}

/** A port as a number: those of UDP follow those of TCP. */
function keyOf({ protocol, port }: TransportPort): number {
  return protocol === 'tcp' ? port : 0x10000 + port;
}
