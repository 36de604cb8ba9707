// The guard that is wanted now: the ports of the configuration, the connections that are older than it, and for how long while a
// rescue lasts. Remembered for a daemon that cannot start. What puts it into the kernel is act/door-keeper.ts.

import { formatTransportPort, type TransportPort } from '@eightknock/codec';
import type { FirewallPlan, LiveSession } from './act/firewall.ts';
import { liveSessions, MAX_SESSIONS } from './act/live-sessions.ts';
import type { Later } from './clock.ts';
import type { Config } from './config/config.ts';
import { guardedPorts } from './config/guarded-ports.ts';
import type { LastGuard } from './last-guard.ts';
import { Rescue } from './rescue.ts';

/** What it needs. */
export interface GuardParts {
  /** Where it is written down; absent: nowhere. */
  readonly lastGuard?: Pick<LastGuard, 'remember'> | undefined;
  readonly later: Later;
  /** Milliseconds of a clock that nobody sets. */
  readonly monotonicMs: () => number;
  /** It could not be written down. */
  readonly onUnwritten: (why: string) => void;
}

/** See the head of this file. */
export class Guard {
  readonly #parts: GuardParts;
  #config: Config;
  #ports: readonly TransportPort[];
  /** Looked up once for each port, as later ones may be strangers'. */
  #sessions: readonly LiveSession[];
  #rescue: Rescue | undefined;

  constructor(config: Config, parts: GuardParts) {
    this.#parts = parts;
    this.#config = config;
    this.#ports = guardedPorts(config);
    this.#sessions = liveSessions(this.#ports);
  }

  /** Another configuration: connections to ports that it guards anew stay. */
  reconfigure(config: Config): void {
    const known = new Set(this.guarded);
    this.#config = config;
    this.#ports = guardedPorts(config);
    const fresh = this.#ports.filter((port) => !known.has(formatTransportPort(port)));
    this.#sessions = [...this.#sessions, ...liveSessions(fresh)].slice(-MAX_SESSIONS);
  }

  /** The ports, such as `tcp/22`. */
  get guarded(): readonly string[] {
    return this.#ports.map(formatTransportPort);
  }

  /** From now on it lapses after so many minutes, 1–60, unless it is confirmed. */
  beginRescue(minutes: number, onLapsed: () => void): void {
    const { monotonicMs, later } = this.#parts;
    this.#rescue = new Rescue(minutes, monotonicMs, later, onLapsed);
  }

  /** How long it still stands, milliseconds; undefined: it stays. */
  get remainingMs(): number | undefined {
    return this.#rescue?.remainingMs();
  }

  /** It stays. @returns false when there was nothing to confirm */
  confirm(): boolean {
    return this.#rescue?.confirm() ?? false;
  }

  /** For the kernel. */
  plan(): FirewallPlan {
    const { guard: _, ...rest } = this.#config.firewall;
    const guardMs = this.remainingMs;
    const forwards = this.#config.doors.some(({ action }) => 'targets' in action);
    return {
      ...rest,
      guarded: this.#ports,
      forwards,
      sessions: this.#sessions,
      ...(guardMs !== undefined && { guardMs }),
    };
  }

  /** Writes it down. Not while it may lapse: then it is not what is wanted for good. */
  remember(): void {
    if (this.remainingMs !== undefined) return;
    const why = this.#parts.lastGuard?.remember(this.plan());
    if (why !== undefined) this.#parts.onUnwritten(why);
  }

  /** The daemon ends: what becomes of the guard is the kernel's. */
  stop(): void {
    this.#rescue?.stop();
  }
}
