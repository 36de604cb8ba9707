// Packets of a capture file → what the daemon would have said to them, with the file's times: the way of pipeline.ts, but
// nothing is opened, and what was accepted is remembered for this file alone. Pure.

import { formatAddress } from '@eightknock/codec';
import type { Action } from '../act/action.ts';
import { accessOf } from '../authorise/decide.ts';
import { PortTable } from '../capture/port-table.ts';
import { ClaimDesk } from '../claim-desk.ts';
import type { Config } from '../config/config.ts';
import { describeOutcome } from '../describe-outcome.ts';
import { DoorSet } from '../door-set.ts';
import { parseFrame } from '../packet/frame.ts';
import type { DatagramEvent, KnockEvent, PacketKnock } from '../packet/knock-event.ts';
import type { LinkType } from '../packet/link.ts';
import type { FilePacket } from '../packet/pcap-file.ts';
import { type Outcome, type Pipeline, takeKnock } from '../pipeline.ts';
import { EncryptedDoor } from '../recognise/encrypted.ts';
import type { Store } from '../store/store.ts';
import { FileTime } from './file-time.ts';

/** Outcomes that are listed; the rest is counted. */
export const MAX_OUTCOMES = 1000;
/** Longer than the longest search for a clock. */
const AFTER_THE_END_MS = 3_600_000;

/** What became of a sequence. */
export interface Replayed {
  /** When its last knock was captured, milliseconds since 1970. */
  readonly timeMs: number;
  /** As in the log: docs/metrics.md and reasons.ts. */
  readonly event: string;
  readonly message: string;
}

/** What became of them all. */
export interface ReplayReport {
  readonly outcomes: readonly Replayed[];
  /** Outcomes that are not listed, as there were too many. */
  readonly unlisted: number;
  readonly packets: number;
  readonly knocks: number;
  /** Packets that are no knocks, by `PacketDrop`, and `not-wanted`. */
  readonly dropped: Readonly<Record<string, number>>;
}

/** Replays one file. */
export class Replay {
  readonly #time = new FileTime();
  readonly #pipeline: Omit<Pipeline, 'door'>;
  readonly #eight: EncryptedDoor;
  readonly #doors: DoorSet;
  readonly #table: PortTable;
  readonly #outcomes: Replayed[] = [];
  readonly #dropped: Record<string, number> = {};
  #unlisted = 0;
  #packets = 0;
  #knocks = 0;

  constructor(config: Config) {
    this.#eight = new EncryptedDoor({
      ...config,
      later: this.#time.later,
      onLate: (unrecognised) => this.#conclude({ kind: 'unrecognised', unrecognised }),
    });
    this.#doors = new DoorSet(this.#eight, config, false);
    this.#table = new PortTable(this.#doors.wanted);
    const claims = new ClaimDesk(new ClaimsOfFile(), this.#doors.files);
    const nothing: Action = { perform: () => undefined };
    const actions = { open: nothing, close: nothing, forward: nothing, run: nothing };
    this.#pipeline = { access: accessOf(config), claims, actions, clock: this.#time };
  }

  /** Takes the next packet. */
  take({ frame, timeMs }: FilePacket, linkType: LinkType): void {
    this.#packets++;
    const knock = parseFrame(frame, linkType, this.#table);
    if (typeof knock === 'string') this.#drop(knock);
    else if (this.#table.placeOf(knock) === undefined) this.#drop('not-wanted');
    else this.#takeKnock(eventOf(knock, timeMs));
  }

  #takeKnock(event: KnockEvent): void {
    this.#knocks++;
    this.#time.goTo(event.timeMs);
    for (const { recogniser: door } of this.#doors.hearersOf(event)) {
      const outcome = takeKnock(event, { ...this.#pipeline, door });
      if (outcome) this.#conclude(outcome);
    }
  }

  /** The file has ended: searches that go on come to their end. */
  end(): ReplayReport {
    this.#time.goTo(this.#time.nowMs() + AFTER_THE_END_MS);
    this.#eight.stop();
    return {
      outcomes: this.#outcomes,
      unlisted: this.#unlisted,
      packets: this.#packets,
      knocks: this.#knocks,
      dropped: this.#dropped,
    };
  }

  #drop(reason: string): void {
    this.#dropped[reason] = (this.#dropped[reason] ?? 0) + 1;
  }

  #conclude(outcome: Outcome): void {
    if (this.#outcomes.length >= MAX_OUTCOMES) {
      this.#unlisted++;
      return;
    }
    const { fields, message } = describeOutcome(outcome);
    this.#outcomes.push({ timeMs: this.#time.nowMs(), event: String(fields.event), message });
  }
}

/** As the record of the capture process would have brought it. */
function eventOf({ source, destination, payload, tcpFlags, ...rest }: PacketKnock, timeMs: number): KnockEvent {
  const event = {
    ...rest,
    ...(tcpFlags !== undefined && { tcpFlags }),
    timeMs,
    sourceAddress: formatAddress(source),
    ...(destination && { destinationAddress: formatAddress(destination) }),
  };
  if (!payload) return event;
  const datagram: DatagramEvent = { ...event, kind: 'datagram', protocol: 'udp', payload: payload.slice() };
  return datagram;
}

/** Accepts each sequence once. */
class ClaimsOfFile implements Pick<Store, 'claim'> {
  readonly #claimed = new Set<string>();

  claim(claim: Parameters<Store['claim']>[0]): ReturnType<Store['claim']> {
    if (!('window' in claim)) return 'claimed';
    const { client, window, cipher } = claim;
    const key = `${window} ${cipher.join('.')} ${client}`;
    if (this.#claimed.has(key)) return 'replay';
    this.#claimed.add(key);
    return 'claimed';
  }
}
