// Writes the log that knockd wrote, beside the daemon's own: an observer. Strangers cause most of it, so it is bounded.

import type { Clock } from '../clock.ts';
import { LineBudget } from '../line-budget.ts';
import type { Observer } from '../observer.ts';
import type { Outcome } from '../pipeline.ts';
import type { LoggedDoor } from './load-run.ts';
import {
  commandPhrase,
  commandsFor,
  failurePhrase,
  openPhrase,
  stagePhrase,
  timeoutPhrase,
  usedUpPhrase,
} from './phrases.ts';

/** Lines of one kind a second; each stage is a kind of its own. */
export const LINES_PER_SECOND = 200;

/** Where lines go; never throws. */
export type WritePhrase = (phrase: string) => void;

/** See the head of this file. */
export class KnockdLog implements Observer {
  readonly #doors: () => ReadonlyMap<string, LoggedDoor> | undefined;
  readonly #write: WritePhrase;
  readonly #clock: Pick<Clock, 'nowMs'>;
  readonly #isUsedUp: (file: string) => boolean;
  readonly #budget = new LineBudget(LINES_PER_SECOND);

  /**
   * @param doors those that are in force, by name; others are not logged
   * @param isUsedUp is no line of a file of one-time sequences left?
   */
  constructor(
    doors: () => ReadonlyMap<string, LoggedDoor> | undefined,
    write: WritePhrase,
    clock: Pick<Clock, 'nowMs'>,
    isUsedUp: (file: string) => boolean,
  ) {
    this.#isUsedUp = isUsedUp;
    this.#doors = doors;
    this.#write = write;
    this.#clock = clock;
  }

  onStage(name: string, address: string, stage: number): void {
    const door = this.#doors()?.get(name);
    if (door) this.#say(`stage ${stage}`, stagePhrase(door.label, address, stage));
  }

  onOutcome(outcome: Outcome): void {
    if (outcome.kind === 'unrecognised' || !('door' in outcome.request)) return;
    const { door: name, sourceAddress } = outcome.request;
    const door = this.#doors()?.get(name);
    if (!door || (outcome.kind === 'denied' && outcome.reason !== 'nothing-to-run')) return;
    this.#say('open', openPhrase(door.label, sourceAddress));
    const { sequence } = door.commands;
    if (outcome.kind === 'granted' && 'file' in sequence && this.#isUsedUp(sequence.file)) {
      this.#say('used-up', usedUpPhrase(door.label));
    }
    const start = outcome.kind === 'granted' && commandsFor(door.commands, sourceAddress)?.start;
    if (start) this.#say('command', commandPhrase(door.label, start, sourceAddress));
  }

  onStop(name: string, address: string): void {
    const door = this.#doors()?.get(name);
    if (!door) return;
    this.#say('timeout', timeoutPhrase(door.label, address));
    const stop = commandsFor(door.commands, address)?.stop;
    if (stop) this.#say('stop', commandPhrase(door.label, stop.command, address));
  }

  onFailed(name: string, how: string): void {
    const door = this.#doors()?.get(name);
    const code = /^exit code (\d+)$/.exec(how)?.[1];
    if (door && code !== undefined) this.#say('failed', failurePhrase(door.label, Number(code)));
  }

  #say(kind: string, phrase: string): void {
    if (this.#budget.take(kind, this.#clock.nowMs()) !== undefined) this.#write(phrase);
  }
}
