// From the start of the daemon to its end: what the machine lacks is told first, then the store, the control socket and the
// kernel are taken in possession, in this order; a signal ends it. Everything it begins it also ends.

import { DryRunFirewall, FirewallError } from './act/firewall.ts';
import { Nftables } from './act/nftables.ts';
import { later, systemClock } from './clock.ts';
import type { Config } from './config/config.ts';
import type { Problem } from './config/problem.ts';
import { startControlServer } from './control/control-server.ts';
import { Daemon } from './daemon.ts';
import { missingRequirements } from './environment.ts';
import { createLog } from './log.ts';
import { describeSetAside, describeStop } from './log-lines.ts';
import { formatProblems } from './messages.ts';
import { describeMetricsState, startMetrics } from './metrics/start.ts';
import { Recorder } from './recorder.ts';
import { ServiceManager } from './service/service-manager.ts';
import { openStore } from './store/open-store.ts';

/** How the daemon is run. */
export interface RunOptions {
  /** Do everything, act on nothing, remember nothing. */
  readonly test: boolean;
  /** Log warnings and errors only. */
  readonly quiet: boolean;
  /** Whose knocks are followed in the log, an address or `all`; absent: nobody's. */
  readonly traced?: string;
  /** See rescue.ts. 1–60. */
  readonly rescueMinutes?: number;
}

/**
 * Runs until SIGTERM, SIGINT, or the end of a rescue that nobody confirmed. SIGHUP reloads.
 * @param load reads the configuration again. Throws ConfigError
 * @returns the exit code: 0 after a signal, 1 when the machine lacks something or a rescue has lapsed
 */
export async function runDaemon(config: Config, load: () => Promise<Config>, options: RunOptions): Promise<number> {
  const { test, traced } = options;
  const missing = missingRequirements(options);
  if (missing.length > 0) return refuse(missing);
  const opened = openStore({ ...(test ? {} : { stateDir: config.stateDir }), nowMs: systemClock.nowMs() });
  if ('problems' in opened) return refuse(opened.problems);
  const { store, setAside } = opened;
  const stops: (() => unknown)[] = [() => store.close()];
  try {
    const recorder = new Recorder(createLog(logOptions(options)), systemClock);
    if (setAside) recorder.say(describeSetAside(setAside.path, setAside.message));
    const firewall = test ? new DryRunFirewall() : new Nftables();
    const daemon = new Daemon({ config, load, firewall, store, recorder, test, ...(traced && { traced }) });
    if (!test) {
      const control = await startControlServer(config.controlSocket, daemon);
      if ('problems' in control) return refuse(control.problems);
      stops.push(() => control.stop());
    }
    stops.push(() => daemon.stop());
    if (config.metrics) {
      const sources = { status: () => daemon.status(), decrypts: () => 0 };
      const metrics = await startMetrics(config.metrics, sources, {
        after: later,
        nowMs: () => performance.now(),
        onState: (listen, state) => recorder.say(describeMetricsState(listen, state)),
      });
      daemon.observe(metrics.observer);
      stops.push(() => metrics.stop());
    }
    return await untilItEnds(daemon, recorder, options);
  } catch (error) {
    if (error instanceof FirewallError) return refuse([firewallProblem(error)]);
    throw error;
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}

async function untilItEnds(daemon: Daemon, recorder: Recorder, { rescueMinutes }: RunOptions): Promise<number> {
  const reload = () => void daemon.reload();
  process.on('SIGHUP', reload);
  const service = new ServiceManager();
  let stopFeeding = () => {};
  try {
    const end = await new Promise<NodeJS.Signals | 'lapsed'>((resolve) => {
      for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, resolve);
      daemon.start(
        rescueMinutes === undefined ? undefined : { minutes: rescueMinutes, onLapsed: () => resolve('lapsed') },
      );
      service.ready('the guard is in place');
      stopFeeding = service.feedWatchdog(() => undefined, later);
    });
    service.stopping();
    if (end === 'lapsed') return 1;
    recorder.say(describeStop(end, recorder.counts()));
    return 0;
  } finally {
    process.off('SIGHUP', reload);
    stopFeeding();
  }
}

function logOptions({ traced, quiet }: RunOptions) {
  const readable = !process.stdout.isTTY ? false : process.env.NO_COLOR ? 'plain' : 'colour';
  return { debug: traced !== undefined, quiet, readable } as const;
}

function refuse(problems: readonly Problem[]): 1 {
  process.stderr.write(formatProblems(problems));
  return 1;
}

function firewallProblem({ message }: FirewallError): Problem {
  const hint = 'is nf_tables in the kernel? "nft list ruleset" tells';
  return { path: 'firewall', value: `"${message}"`, expected: 'that nftables takes the table', hint };
}
