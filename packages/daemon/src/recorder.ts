// Counts everything that happens and writes the log lines of it. What strangers cause is limited in lines, never in counts.

import { formatTransportPort } from '@eightknock/codec';
import type { Logger } from 'pino';
import type { FirewallPlan } from './act/firewall.ts';
import type { CaptureState } from './capture/supervisor.ts';
import type { Clock } from './clock.ts';
import type { Config } from './config/config.ts';
import { Counters } from './counters.ts';
import { describeOutcome } from './describe-outcome.ts';
import { LineBudget } from './line-budget.ts';
import type { LogLine } from './log.ts';
import type { KnockEvent } from './packet/knock-event.ts';
import type { Outcome } from './pipeline.ts';

/** Lines of the log that strangers cause, for each reason and second. */
export const HOSTILE_LINES_PER_SECOND = 10;
/** Lines of `--debug` a second. */
export const DEBUG_LINES_PER_SECOND = 200;

/** The daemon's memory of what happened: the log and the counters. */
export class Recorder {
  readonly #log: Logger;
  readonly #clock: Clock;
  readonly #counters = new Counters();
  readonly #hostile = new LineBudget(HOSTILE_LINES_PER_SECOND);
  readonly #debug = new LineBudget(DEBUG_LINES_PER_SECOND);

  constructor(log: Logger, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  /** What was counted so far, by name. */
  counts(): Readonly<Record<string, number>> {
    return this.#counters.values();
  }

  /** The daemon is up; capturing begins. */
  started({ clients, firewall }: Config, plan: FirewallPlan, test: boolean): void {
    const guarded = plan.guarded.map(formatTransportPort);
    const what =
      plan.mode === 'mark' ? `marking with 0x${plan.mark.toString(16)}` : `guarding ${guarded.join(', ') || 'nothing'}`;
    this.#write({
      level: 'info',
      fields: { event: 'started', clients: clients.length, mode: firewall.mode, guarded, test },
      message: `started with ${clients.length} client${clients.length === 1 ? '' : 's'}, ${what}${test ? '; a test: nothing is opened or closed' : ''}`,
    });
  }

  /** The daemon ends. */
  stopped(signal: string): void {
    this.#write({
      level: 'info',
      fields: { event: 'stopped', signal, counts: this.counts() },
      message: `stopped by ${signal}; the guard stays in place`,
    });
  }

  /** A knock was seen. */
  knock(event: KnockEvent): void {
    this.#counters.add('knocks');
    if (!this.#log.isLevelEnabled('debug') || this.#debug.take('knock', this.#clock.nowMs()) === undefined) return;
    const { sourceAddress, protocol, destinationPort } = event;
    this.#write({
      level: 'debug',
      fields: { event: 'knock', ...event },
      message: `knock from ${sourceAddress} on ${protocol}/${destinationPort}`,
    });
  }

  /** A sequence has come to its end. */
  outcome(outcome: Outcome): void {
    const line = describeOutcome(outcome);
    this.#counters.add(line.reason);
    const suppressed = line.limited ? this.#hostile.take(line.reason, this.#clock.nowMs()) : 0;
    if (suppressed === undefined) return;
    this.#write(suppressed > 0 ? { ...line, fields: { ...line.fields, suppressed } } : line);
  }

  /** Capturing on a device has changed. */
  captureState(device: string, state: CaptureState): void {
    this.#counters.add(`capture-${state.state}`);
    this.#write(describeCaptureState(device, state));
  }

  /** Packets or records that were no knocks. */
  dropped(reason: string, count: number): void {
    this.#counters.add(`dropped-${reason}`, count);
  }

  #write({ level, fields, message }: LogLine): void {
    this.#log[level](fields, message);
  }
}

/** What the log says of a change of state. */
export function describeCaptureState(device: string, state: CaptureState): LogLine {
  const fields = { event: 'capture', interface: device, ...state };
  switch (state.state) {
    case 'capturing':
      return { level: 'info', fields, message: `listening on "${device}" (${state.linkType})` };
    case 'waiting':
      return { level: 'warn', fields, message: `waiting for interface "${device}": it is missing or down` };
    case 'failed':
      return { level: 'error', fields, message: `cannot listen on "${device}": ${state.message}; trying again` };
    case 'ended':
      return { level: 'warn', fields, message: `listening on "${device}" ended (${state.message}); starting again` };
  }
}
