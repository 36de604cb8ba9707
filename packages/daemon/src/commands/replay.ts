// Packets of a capture file → what the daemon would have said to them, with the file's times: the way of pipeline.ts, but
// nothing is opened, and what was accepted is remembered for this file alone. Pure.

import { formatAddress } from '@eightknock/codec';
import type { Config } from '../config/config.ts';
import { describeOutcome } from '../describe-outcome.ts';
import { parseFrame } from '../packet/frame.ts';
import type { PacketKnock } from '../packet/knock-event.ts';
import type { LinkType } from '../packet/link.ts';
import type { FilePacket } from '../packet/pcap-file.ts';
import { type Outcome, type Pipeline, takeKnock } from '../pipeline.ts';
import { EncryptedDoor } from '../recognise/encrypted.ts';
import type { Store } from '../store/store.ts';
import { FileTime } from './file-time.ts';

/** Outcomes that are listed; the rest is counted. */
export const MOST_OUTCOMES = 1000;
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
  /** Packets that are no knocks, by `PacketDrop`, and `other-port`. */
  readonly dropped: Readonly<Record<string, number>>;
}

/** Replays one file. */
export class Replay {
  readonly #time = new FileTime();
  readonly #pipeline: Pipeline;
  readonly #door: EncryptedDoor;
  readonly #basePort: number;
  readonly #outcomes: Replayed[] = [];
  readonly #dropped: Record<string, number> = {};
  #unlisted = 0;
  #packets = 0;
  #knocks = 0;

  constructor(config: Config) {
    this.#basePort = config.basePort;
    this.#door = new EncryptedDoor({
      ...config,
      later: this.#time.later,
      onLate: (unrecognised) => this.#conclude({ kind: 'unrecognised', unrecognised }),
    });
    const clients = new Map(config.clients.map((client) => [client.name, client]));
    const store = new ClaimsOfFile();
    this.#pipeline = { door: this.#door, clients, store, doors: { hold: () => undefined }, clock: this.#time };
  }

  /** Takes the next packet. */
  take({ frame, timeMs }: FilePacket, linkType: LinkType): void {
    this.#packets++;
    const knock = parseFrame(frame, linkType);
    if (typeof knock === 'string') this.#drop(knock);
    else if (knock.destinationPort < this.#basePort || knock.destinationPort > this.#basePort + 255)
      this.#drop('other-port');
    else this.#takeKnock(knock, timeMs);
  }

  #takeKnock({ source, ...rest }: PacketKnock, timeMs: number): void {
    this.#knocks++;
    this.#time.goTo(timeMs);
    const outcome = takeKnock({ ...rest, sourceAddress: formatAddress(source), timeMs }, this.#pipeline);
    if (outcome) this.#conclude(outcome);
  }

  /** The file has ended: searches that go on come to their end. */
  end(): ReplayReport {
    this.#time.goTo(this.#time.nowMs() + AFTER_THE_END_MS);
    this.#door.stop();
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
    if (this.#outcomes.length >= MOST_OUTCOMES) {
      this.#unlisted++;
      return;
    }
    const { fields, message } = describeOutcome(outcome);
    this.#outcomes.push({ timeMs: this.#time.nowMs(), event: String(fields.event), message });
  }
}

/** Accepts each sequence once. */
class ClaimsOfFile implements Pick<Store, 'claim'> {
  readonly #claimed = new Set<string>();

  claim({ client, window, cipher }: Parameters<Store['claim']>[0]): ReturnType<Store['claim']> {
    const key = `${window} ${cipher.join('.')} ${client}`;
    if (this.#claimed.has(key)) return 'replay';
    this.#claimed.add(key);
    return 'claimed';
  }
}
