// The door of a sequence that never changes, as knockd and cd00r have it. Whoever sees it once can knock it again: there is
// nothing in it to tell a repetition by.

import type { SequenceKind } from '../config/door-config.ts';
import type { KnockEvent } from '../packet/knock-event.ts';
import { heardOn } from './knock-terms.ts';
import type { Heard, Recogniser, Recognition, Trace } from './recogniser.ts';
import { type OnStage, SequenceWatch } from './sequence-watch.ts';

/** Recognises one sequence. */
export class SequenceDoor implements Recogniser {
  readonly #name: string;
  readonly #kind: SequenceKind;
  readonly #watch: SequenceWatch;

  /**
   * @param maxSources see {@link SequenceWatch}
   * @param onStage see {@link SequenceWatch}
   */
  constructor(name: string, kind: SequenceKind, maxSources?: number, onStage?: OnStage) {
    this.#name = name;
    this.#kind = kind;
    this.#watch = new SequenceWatch(kind, maxSources, onStage);
  }

  /** How many sources are remembered now. */
  get sources(): number {
    return this.#watch.sources;
  }

  heard(): Heard {
    const { knocks, source } = this.#kind;
    return heardOn(knocks, this.#kind, source === 'any' ? 1 : knocks.length);
  }

  recognise(event: KnockEvent, _nowMs: number, trace?: Trace): Recognition {
    const isComplete = this.#watch.take(event);
    if (isComplete === undefined) return undefined;
    trace?.('door', { door: this.#name, complete: isComplete });
    return isComplete
      ? { kind: 'request', request: { door: this.#name, sourceAddress: event.sourceAddress } }
      : undefined;
  }
}
