// The door of sequences that are used once each, in their order. Which is next, and what was used, is the file's matter:
// here it is only asked for. A sequence that was used is none any more.

import type { OneTimeLine } from '@eightknock/codec';
import type { OneTimeKind } from '../config/door-config.ts';
import type { KnockEvent } from '../packet/knock-event.ts';
import { heardOn } from './knock-terms.ts';
import type { Heard, Recogniser, Recognition, Trace } from './recogniser.ts';
import { type OnStage, SequenceWatch } from './sequence-watch.ts';

/** Sequences that were not used yet, the next one first. */
export interface OneTimeLines {
  unused(): readonly OneTimeLine[];
}

/** Recognises the next sequence. */
export class OneTimeDoor implements Recogniser {
  readonly #name: string;
  readonly #kind: OneTimeKind;
  readonly #lines: OneTimeLines;
  readonly #maxSources: number | undefined;
  readonly #onStage: OnStage | undefined;
  #next: OneTimeLine | undefined;
  #watch: SequenceWatch | undefined;

  /**
   * @param maxSources see {@link SequenceWatch}
   * @param onStage see {@link SequenceWatch}
   */
  constructor(name: string, kind: OneTimeKind, lines: OneTimeLines, maxSources?: number, onStage?: OnStage) {
    this.#onStage = onStage;
    this.#name = name;
    this.#maxSources = maxSources;
    this.#kind = kind;
    this.#lines = lines;
  }

  heard(): Heard {
    const lines = this.#lines.unused();
    const shortest = Math.min(...lines.map(({ knocks }) => knocks.length), 8);
    const ports = lines.flatMap(({ knocks }) => knocks);
    return heardOn(ports, this.#kind, this.#kind.source === 'any' ? 1 : shortest);
  }

  recognise(event: KnockEvent, _nowMs: number, trace?: Trace): Recognition {
    const [next] = this.#lines.unused();
    if (next !== this.#next) {
      this.#next = next;
      this.#watch = next && new SequenceWatch({ ...this.#kind, knocks: next.knocks }, this.#maxSources, this.#onStage);
    }
    const isComplete = this.#watch?.take(event);
    if (!next || isComplete === undefined) return undefined;
    trace?.('door', { door: this.#name, complete: isComplete });
    if (!isComplete) return undefined;
    const { sourceAddress } = event;
    return { kind: 'request', request: { door: this.#name, sourceAddress, once: { line: next.line } } };
  }
}
