// From the start of the daemon to its end: what the machine lacks is told first, then the store, the control socket and the
// kernel are taken possession of, in this order; a signal ends it. Everything it begins it also ends.

import { DryRunFirewall, FirewallError } from './act/firewall.ts';
import { Nftables } from './act/nftables.ts';
import { later, systemClock } from './clock.ts';
import type { Config, ListenAddress } from './config/config.ts';
import type { Problem } from './config/problem.ts';
import { startControlServer } from './control/control-server.ts';
import { Daemon } from './daemon.ts';
import { missingRequirements } from './environment.ts';
import { holdLastGuard, LastGuard } from './last-guard.ts';
import { createLog, type LogLine } from './log.ts';
import { describeClockBehind, describeDamagedRows, describeSetAside, describeStop } from './log-lines.ts';
import { formatHeldGuard, formatProblems } from './messages/problems.ts';
import type { MetricsState } from './metrics/server.ts';
import type { Metrics } from './metrics/start.ts';
import type { Observer } from './observer.ts';
import { Recorder } from './recorder.ts';
import type { LoadedForDaemon } from './reload.ts';
import { ServiceManager } from './service/service-manager.ts';
import { openStore } from './store/open-store.ts';

/** What goes along with the daemon. */
export interface Companion {
  /** Called before anything is heard. @param say writes a line to the daemon's log */
  begin(say: (line: LogLine) => void): {
    readonly observer: Observer;
    /** Called after nothing more is heard. */
    end(): void;
  };
}

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
  readonly companion?: Companion;
}

/**
 * Runs until SIGTERM, SIGINT, or the end of a rescue that nobody confirmed. SIGHUP reloads.
 * @param load reads the configuration again. Throws ConfigError
 * @returns the exit code: 0 after a signal, 1 when the machine lacks something or a rescue has lapsed
 */
export async function runDaemon(
  config: Config,
  load: () => Promise<LoadedForDaemon>,
  options: RunOptions,
): Promise<number> {
  const { test, traced } = options;
  const missing = missingRequirements(config, options);
  if (missing.length > 0) return await refuse(missing, options, config);
  const opened = openStore({ ...(test ? {} : { stateDir: config.stateDir }), nowMs: systemClock.nowMs() });
  if ('problems' in opened) return await refuse(opened.problems, options, config);
  const { store, setAside } = opened;
  const stops: (() => unknown)[] = [() => store.close()];
  try {
    const recorder = new Recorder(createLog(logOptions(options)), systemClock);
    if (setAside) recorder.say(describeSetAside(setAside.path, setAside.message));
    if (store.damagedRows > 0) recorder.say(describeDamagedRows(store.damagedRows));
    if (store.behindMs > 0) recorder.say(describeClockBehind(store.behindMs));
    const firewall = test ? new DryRunFirewall() : new Nftables();
    const lastGuard = !test && { lastGuard: new LastGuard(config.stateDir) };
    const daemon = new Daemon({
      config,
      load,
      firewall,
      store,
      recorder,
      test,
      ...lastGuard,
      ...(traced && { traced }),
    });
    if (!test) {
      const control = await startControlServer(config.controlSocket, daemon, {
        onDropped: (reason) => recorder.onDropped(`control-${reason}`, 1),
      });
      if ('problem' in control) return await refuse([control.problem], options, config);
      stops.push(() => control.server.stop());
    }
    if (config.metrics && !test) {
      const metrics = await openMetrics(config.metrics, daemon, recorder);
      stops.push(() => metrics.stop());
    }
    const beside = options.companion?.begin((line) => recorder.say(line));
    if (beside) {
      daemon.observe(beside.observer);
      stops.push(() => beside.end());
    }
    stops.push(() => daemon.stop());
    return await untilItEnds(daemon, recorder, options);
  } catch (error) {
    if (error instanceof FirewallError) return await refuse([firewallProblem(error)], options, config);
    throw error;
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}

async function openMetrics(listen: ListenAddress, daemon: Daemon, recorder: Recorder): Promise<Metrics> {
  const { describeMetricsState, startMetrics } = await import('./metrics/start.ts');
  const sources = { status: () => daemon.status(), decrypts: () => daemon.decrypts };
  const onState = (address: ListenAddress, state: MetricsState) => recorder.say(describeMetricsState(address, state));
  const metrics = await startMetrics(listen, sources, { after: later, nowMs: () => performance.now(), onState });
  daemon.observe(metrics.observer);
  return metrics;
}

async function untilItEnds(daemon: Daemon, recorder: Recorder, { rescueMinutes }: RunOptions): Promise<number> {
  const reload = () => void daemon.reload();
  process.on('SIGHUP', reload);
  const manager = new ServiceManager();
  let stopFeeding = () => {};
  try {
    const end = await new Promise<NodeJS.Signals | 'lapsed'>((resolve) => {
      for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, resolve);
      daemon.start(
        rescueMinutes === undefined ? undefined : { minutes: rescueMinutes, onLapsed: () => resolve('lapsed') },
      );
      manager.ready('the guard is in place');
      // That the feeding goes on shows that the event loop turns; nothing else would be mended by a restart.
      stopFeeding = manager.feedWatchdog(() => undefined, later);
    });
    manager.stopping();
    if (end === 'lapsed') return 1;
    recorder.say(describeStop(end, recorder.counts()));
    return 0;
  } finally {
    stopFeeding();
    process.off('SIGHUP', reload);
  }
}

function logOptions({ traced, quiet }: RunOptions) {
  const readable = !process.stdout.isTTY ? false : process.env.NO_COLOR ? 'plain' : 'colour';
  return { debug: traced !== undefined, quiet, readable } as const;
}

/** What was guarded last is shut all the same; not in a rescue, whose guard is to lapse. */
async function refuse(problems: readonly Problem[], { test, rescueMinutes }: RunOptions, config: Config): Promise<1> {
  process.stderr.write(formatProblems(problems));
  if (test || rescueMinutes !== undefined) return 1;
  const held = await holdLastGuard(config.stateDir);
  if (held) process.stderr.write(formatHeldGuard(held));
  return 1;
}

function firewallProblem({ message }: FirewallError): Problem {
  const hint = 'is nf_tables in the kernel? "nft list ruleset" tells';
  return { path: 'firewall', value: `"${message}"`, expected: 'that nftables takes the table', hint };
}
