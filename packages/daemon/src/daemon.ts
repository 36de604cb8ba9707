// The composition root: builds the parts, connects them, starts and stops them. No decision is made here.

import { formatTransportPort, type TransportPort } from '@eightknock/codec';
import { DryRunFirewall, type Firewall, FirewallError, type FirewallPlan } from './act/firewall.ts';
import { liveSessions } from './act/live-sessions.ts';
import { Nftables } from './act/nftables.ts';
import { upInterfaceIndex } from './capture/interface-state.ts';
import { spawnCapture } from './capture/spawn.ts';
import { type CaptureListener, CaptureSupervisor } from './capture/supervisor.ts';
import { later, systemClock } from './clock.ts';
import type { Config } from './config/config.ts';
import { missingRequirements } from './environment.ts';
import { createLog } from './log.ts';
import { formatProblems } from './messages.ts';
import { type Pipeline, takeKnock } from './pipeline.ts';
import { EncryptedDoor } from './recognise/encrypted.ts';
import { keepDeriving } from './recognise/keep-deriving.ts';
import { Recorder } from './recorder.ts';
import { MemoryStore } from './store/memory-store.ts';

/** How the daemon is run. */
export interface RunOptions {
  /** Do everything, act on nothing. */
  readonly test: boolean;
  /** Log every knock. */
  readonly debug: boolean;
  /** Log warnings and errors only. */
  readonly quiet: boolean;
}

/**
 * Runs until SIGTERM or SIGINT.
 * @returns the exit code: 0 after a signal, 1 when the machine lacks something
 */
export async function runDaemon(config: Config, options: RunOptions): Promise<number> {
  const missing = missingRequirements(options);
  if (missing.length > 0) {
    process.stderr.write(formatProblems(missing));
    return 1;
  }
  const { isTTY } = process.stdout;
  const readable = isTTY ? (process.env.NO_COLOR ? 'plain' : 'colour') : false;
  const log = createLog({ ...options, readable });
  const firewall: Firewall = options.test ? new DryRunFirewall() : new Nftables();
  const plan = firewallPlan(config);
  try {
    firewall.install(plan, []);
  } catch (error) {
    if (!(error instanceof FirewallError)) throw error;
    process.stderr.write(
      formatProblems([
        {
          path: 'firewall',
          value: `"${error.message}"`,
          expected: 'that nftables takes the table',
          hint: 'is nf_tables in the kernel? "nft list ruleset" tells',
        },
      ]),
    );
    return 1;
  }

  const door = new EncryptedDoor(config);
  const clients = new Map(config.clients.map((client) => [client.name, client]));
  const pipeline: Pipeline = { door, clients, store: new MemoryStore(), firewall, clock: systemClock };
  const recorder = new Recorder(log, systemClock);
  const listener: CaptureListener = {
    onKnock(event) {
      recorder.knock(event);
      const outcome = takeKnock(event, pipeline);
      if (outcome) recorder.outcome(outcome);
    },
    onState: (device, state) => recorder.captureState(device, state),
    onDropped: (reason, count) => recorder.dropped(reason, count),
  };
  const stopDeriving = keepDeriving(door, systemClock, later);
  const supervisors = config.interfaces.map((device) => superviseCapture(device, config.basePort, listener));
  try {
    recorder.started(config, plan, options.test);
    for (const supervisor of supervisors) supervisor.start();
    recorder.stopped(await stopSignal());
    return 0;
  } finally {
    for (const supervisor of supervisors) supervisor.stop();
    stopDeriving();
  }
}

/** Every port that a client may open is guarded, and those of `firewall.guard`. */
function firewallPlan({ firewall, clients }: Config): FirewallPlan {
  const { guard, ...rest } = firewall;
  const all = [...guard, ...clients.flatMap(({ ports }) => ports)];
  const unique = new Map<string, TransportPort>(all.map((port) => [formatTransportPort(port), port]));
  const guarded = firewall.mode === 'guard' ? [...unique.values()] : [];
  return { ...rest, guarded, sessions: liveSessions(guarded) };
}

function superviseCapture(device: string, basePort: number, listener: CaptureListener): CaptureSupervisor {
  return new CaptureSupervisor(device, listener, {
    spawn: () => spawnCapture(device, basePort),
    linkIndex: upInterfaceIndex,
    after: later,
    nowMs: () => performance.now(),
    timeMs: () => systemClock.nowMs(),
  });
}

function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, resolve);
  });
}
