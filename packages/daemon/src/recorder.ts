// Counts everything that happens and writes the log lines of it. What strangers cause is limited in lines, never in counts.

import type { Logger } from 'pino';
import type { CaptureState, ShedLoad } from './capture/supervisor.ts';
import type { Clock } from './clock.ts';
import { Counters } from './counters.ts';
import { describeOutcome } from './describe-outcome.ts';
import { LineBudget } from './line-budget.ts';
import type { LogLine } from './log.ts';
import { describeCaptureState, describeRestored, describeShedding } from './log-lines.ts';
import type { Observer } from './observer.ts';
import type { Outcome } from './pipeline.ts';

/** Lines of the log that strangers cause, for each reason and second. */
export const HOSTILE_LINES_PER_SECOND = 10;
/** Lines of `--debug` a second. */
export const DEBUG_LINES_PER_SECOND = 200;

/** The daemon's memory of what happened: the log and the counters. */
export class Recorder implements Observer {
  readonly #log: Logger;
  readonly #clock: Clock;
  readonly #counters = new Counters();
  readonly #limited = new LineBudget(HOSTILE_LINES_PER_SECOND);
  readonly #debug = new LineBudget(DEBUG_LINES_PER_SECOND);

  constructor(log: Logger, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  /** What was counted so far, by name. */
  counts(): Readonly<Record<string, number>> {
    return this.#counters.values();
  }

  /** Writes a line about the daemon itself, from log-lines.ts. */
  say({ level, fields, message }: LogLine): void {
    this.#log[level](fields, message);
  }

  onKnock(): void {
    this.#counters.add('knocks');
  }

  /** A step of the way of one source's knocks, for `--debug`. */
  trace(source: string, stage: string, fields: Readonly<Record<string, unknown>>): void {
    if (!this.#log.isLevelEnabled('debug')) return;
    const suppressed = this.#debug.take('trace', this.#clock.nowMs());
    if (suppressed === undefined) return;
    const words = Object.entries(fields).map(([key, value]) => ` ${key}=${JSON.stringify(value)}`);
    this.say({
      level: 'debug',
      fields: { event: 'trace', source, stage, ...fields, ...(suppressed > 0 && { suppressed }) },
      message: `${source}: ${stage}${words.join('')}`,
    });
  }

  onOutcome(outcome: Outcome): void {
    const line = describeOutcome(outcome);
    this.#counters.add(line.reason);
    if (line.limited) this.#sayLimited(line.reason, line);
    else this.say(line);
  }

  onCaptureState(device: string, state: CaptureState): void {
    this.#counters.add(`capture-${state.state}`);
    this.#sayLimited(`capture ${device}`, describeCaptureState(device, state));
  }

  onShedding(device: string, load: ShedLoad | undefined): void {
    if (load) this.#counters.add('shedding');
    this.#sayLimited(`shedding ${device}`, describeShedding(device, load));
  }

  onDropped(reason: string, count: number): void {
    this.#counters.add(`dropped-${reason}`, count);
  }

  onRestored(error?: Error): void {
    const line = describeRestored(error);
    this.#counters.add(error ? 'restore-failed' : 'restored');
    this.#sayLimited(error ? 'restore-failed' : 'restored', line);
  }

  #sayLimited(reason: string, line: LogLine): void {
    const suppressed = this.#limited.take(reason, this.#clock.nowMs());
    if (suppressed === undefined) return;
    this.say(suppressed > 0 ? { ...line, fields: { ...line.fields, suppressed } } : line);
  }
}
