// Watches for one sequence of ports: for each source apart, or for all together. Used by every door that has one.

import type { SequenceKind } from '../config/door-config.ts';
import type { KnockEvent } from '../packet/knock-event.ts';
import { Duplicates, REMEMBERED_PACKETS } from './duplicates.ts';
import { isOnTerms, type KnockTerms, MAX_DOOR_SOURCES } from './knock-terms.ts';
import { portKey, type SequenceMatch, startMatch } from './sequence-match.ts';
import { SourceTable } from './source-table.ts';

/** A sequence and how it is matched. */
export type WatchedSequence = KnockTerms & Pick<SequenceKind, 'knocks' | 'order' | 'source' | 'timeoutMs'>;

/** Is told how many knocks of the sequence have come from a source, from 1 to all of them. */
export type OnStage = (sourceAddress: string, stage: number) => void;

/** What is remembered of one source. */
interface Watched {
  readonly match: SequenceMatch;
  readonly duplicates: Duplicates;
}

/** See the head of this file. */
export class SequenceWatch {
  readonly #sequence: WatchedSequence;
  readonly #ports: ReadonlySet<number>;
  /** Ports that come more than once: there a datagram that is repeated is another knock. */
  readonly #repeated: ReadonlySet<number>;
  readonly #sources: SourceTable<Watched>;
  readonly #onStage: OnStage | undefined;

  /** @param maxSources remembered at once; then the one seen longest ago goes */
  constructor(sequence: WatchedSequence, maxSources = MAX_DOOR_SOURCES, onStage?: OnStage) {
    this.#onStage = onStage;
    this.#sequence = sequence;
    const keys = sequence.knocks.map(({ protocol, port }) => portKey(protocol, port));
    this.#ports = new Set(keys);
    this.#repeated = new Set(keys.filter((key, i) => keys.indexOf(key) !== i));
    this.#sources = new SourceTable(sequence.source === 'any' ? 1 : maxSources, () => ({
      match: startMatch(sequence.order, keys, sequence.timeoutMs),
      duplicates: new Duplicates(Math.max(REMEMBERED_PACKETS, 2 * keys.length)),
    }));
  }

  /** How many sources are remembered now. */
  get sources(): number {
    return this.#sources.size;
  }

  /** Takes a knock, whatever it is. @returns whether it completes the sequence; undefined: it is none of ours */
  take(event: KnockEvent): boolean | undefined {
    const key = portKey(event.protocol, event.destinationPort);
    if (!this.#ports.has(key) || !isOnTerms(event, this.#sequence)) return undefined;
    const isShared = this.#sequence.source === 'any';
    const { match, duplicates } = this.#sources.touch(isShared ? '' : event.sourceAddress);
    const isRepetition = duplicates.add(event);
    if (isRepetition && !(event.protocol === 'udp' && this.#repeated.has(key))) return undefined;
    const isComplete = match.add(event);
    const stage = isComplete ? this.#sequence.knocks.length : match.stage;
    if (stage > 0) this.#onStage?.(event.sourceAddress, stage);
    return isComplete;
  }
}
