// The metrics themselves: counts what an observer is told, asks for the rest at a scrape, gives Prometheus' text format.
// Every label is from a closed set: never the name of a client, never an address. docs/metrics.md says what each means.
// Loads prom-client: import it only where metrics are wanted (start.ts).

import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { ACTION_TERMS } from '../act/action-terms.ts';
import type { Status } from '../control/control-actions.ts';
import type { Observer } from '../observer.ts';
import type { Outcome } from '../pipeline.ts';
import { DENIALS, REJECTIONS } from '../reasons.ts';
import type { MetricsSources } from './sources.ts';

/** Upper bounds of `eightknock_knock_to_rule_seconds`, in seconds. */
export const KNOCK_TO_RULE_BUCKETS: readonly number[] = [
  0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1,
];
/** Reasons for drops that are counted apart, as they come from the capture process; the rest is `other`. */
export const MAX_DROP_REASONS = 32;

/** A reason as the code writes them; what else a capture process says is `other`. */
const REASON = /^[a-z][a-z-]{0,31}$/;

/** The metrics of one daemon. */
export class DaemonMetrics {
  /** To be told of everything that happens. Knocks cost one addition. */
  readonly observer: Observer;
  readonly #registry = new Registry();
  readonly #sources: MetricsSources;
  /** Of the scrape at hand: asked for once, read by many. */
  #status: Status;
  #knocks = 0;

  constructor(sources: MetricsSources) {
    this.#sources = sources;
    this.#status = sources.status();
    this.observer = this.#observe();
    this.#askFor();
  }

  /** The type of what {@link text} gives. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /** All metrics as text. @throws what a source throws */
  async text(): Promise<string> {
    this.#status = this.#sources.status();
    return this.#registry.metrics();
  }

  #observe(): Observer {
    const requests = this.#counter('requests_total', 'Sequences of a known client, by what became of them.', 'result', [
      'granted',
      'denied',
      'failed',
    ]);
    const grants = this.#counter('grants_total', 'Grants that were acted on, by action.', 'action', keys(ACTION_TERMS));
    const denials = this.#counter('denials_total', 'Requests that were refused, by reason.', 'reason', keys(DENIALS));
    const rejections = this.#counter(
      'rejections_total',
      'Sequences that are no request of a client, by reason.',
      'reason',
      keys(REJECTIONS),
    );
    const replays = this.#counter('replays_total', 'Requests that had been accepted before; also denials.');
    const drops = this.#counter(
      'drops_total',
      'Packets, records and audit lines that were dropped, by reason.',
      'reason',
    );
    const knockToRule = new Histogram({
      name: 'eightknock_knock_to_rule_seconds',
      help: 'From the capture of the last knock until the firewall had taken the grant.',
      buckets: [...KNOCK_TO_RULE_BUCKETS],
      registers: [this.#registry],
    });
    const dropReasons = new Set<string>();

    const onOutcome = (outcome: Outcome, tookMs: number): void => {
      switch (outcome.kind) {
        case 'unrecognised':
          rejections.inc({ reason: outcome.unrecognised.rejection.reason });
          return;
        case 'granted':
          grants.inc({ action: outcome.grant.action });
          // A clock that was set back in between says nothing of the time it took.
          if (outcome.grant.action !== 'run' && tookMs >= 0 && Number.isFinite(tookMs))
            knockToRule.observe(tookMs / 1000);
          break;
        case 'denied':
          denials.inc({ reason: outcome.reason });
          if (outcome.reason === 'replay') replays.inc();
          break;
        case 'failed':
          break;
      }
      requests.inc({ result: outcome.kind });
    };
    return {
      onKnock: () => {
        this.#knocks++;
      },
      onOutcome,
      onDropped: (reason, count) => {
        const known = REASON.test(reason) && (dropReasons.has(reason) || dropReasons.size < MAX_DROP_REASONS);
        if (known) dropReasons.add(reason);
        if (count > 0 && Number.isFinite(count)) drops.inc({ reason: known ? reason : 'other' }, count);
      },
    };
  }

  #askFor(): void {
    const status = () => this.#status;
    this.#total(
      'knocks_total',
      'Knocks that the capture process has handed on: on the 256 ports and those of doors, after its gate.',
      () => this.#knocks,
    );
    this.#total('decrypts_total', 'Blocks decrypted: keys that were tried on sequences.', () =>
      this.#sources.decrypts(),
    );
    this.#total(
      'firewall_restored_total',
      'How often the table was put back after somebody else had changed it.',
      () => {
        return status().firewall.restored;
      },
    );
    this.#gauge('firewall_ok', '1 when the last change of the firewall succeeded, else 0.', () => {
      return status().firewall.error === undefined ? 1 : 0;
    });
    this.#gauge(
      'store_writable',
      '1 when the last write of the store succeeded, else 0: nothing is opened then.',
      () => {
        return status().store.writable ? 1 : 0;
      },
    );
    this.#gauge('live_grants', 'Doors that are open now.', () => status().grants);
    this.#gauge('sources', 'Sources whose knocks are remembered now.', () => status().sources);
    this.#gauge('clients', 'Clients in the configuration.', () => status().clients);
    this.#gauge('test', '1 when the daemon opens and closes nothing (run --test).', () => (status().test ? 1 : 0));

    const name = 'eightknock_capture_up';
    const help = '1 while the interface is listened on, else 0.';
    const registers = [this.#registry];
    new Gauge({
      name,
      help,
      registers,
      labelNames: ['interface'],
      collect() {
        this.reset();
        for (const one of status().captures) this.set({ interface: one.interface }, one.state === 'capturing' ? 1 : 0);
      },
    });
    new Counter({
      name: 'eightknock_capture_restarts_total',
      help: 'Starts of the capture process after the first.',
      registers,
      labelNames: ['interface'],
      collect() {
        this.reset();
        for (const one of status().captures) this.inc({ interface: one.interface }, one.restarts);
      },
    });
    new Gauge({
      name: 'eightknock_build_info',
      help: 'Always 1; the version is its label.',
      registers,
      labelNames: ['version'],
      collect() {
        this.reset();
        this.set({ version: status().version }, 1);
      },
    });
    // The names that every exporter has for these.
    this.#gauge(
      'process_start_time_seconds',
      'When the daemon started, seconds since 1970.',
      () => {
        return status().startedMs / 1000;
      },
      '',
    );
    this.#gauge('process_resident_memory_bytes', 'Resident memory of the daemon.', () => status().memoryBytes, '');
  }

  #counter<L extends string>(name: string, help: string, label?: L, values: readonly string[] = []): Counter<L> {
    const labelNames = label === undefined ? [] : [label];
    const counter = new Counter<L>({ name: `eightknock_${name}`, help, labelNames, registers: [this.#registry] });
    // From zero on, so that the first of its kind is an increase.
    for (const value of values) counter.inc({ [label as L]: value } as Record<L, string>, 0);
    return counter;
  }

  #total(name: string, help: string, value: () => number): void {
    new Counter({
      name: `eightknock_${name}`,
      help,
      registers: [this.#registry],
      collect() {
        this.reset();
        this.inc(value());
      },
    });
  }

  #gauge(name: string, help: string, value: () => number, prefix = 'eightknock_'): void {
    new Gauge({
      name: `${prefix}${name}`,
      help,
      registers: [this.#registry],
      collect() {
        this.set(value());
      },
    });
  }
}

function keys(words: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.keys(words);
}
