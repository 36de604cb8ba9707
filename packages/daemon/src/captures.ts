// The captures of all interfaces: begun and ended as the configuration says.

import { parseAddress } from '@eightknock/codec';
import { upInterfaceIndex } from './capture/interface-state.ts';
import { KnownSources, knownRecord } from './capture/known-sources.ts';
import { spawnCapture } from './capture/spawn.ts';
import { type CaptureListener, CaptureSupervisor } from './capture/supervisor.ts';
import { later, systemClock } from './clock.ts';
import type { Config } from './config/config.ts';
import type { CaptureStatus } from './control/control-actions.ts';

/** One supervisor for each interface. */
export class Captures {
  readonly #listener: CaptureListener;
  readonly #gated: boolean;
  #supervisors = new Map<string, CaptureSupervisor>();
  #basePort: number | undefined;
  readonly #known = new KnownSources();

  /** @param gated whether knocks wait until there are eight of a source: see capture/source-gate.ts */
  constructor(listener: CaptureListener, gated: boolean) {
    this.#listener = listener;
    this.#gated = gated;
  }

  /** Listens on these interfaces from now on. Those that are listened on already are not disturbed. */
  listen({ interfaces, basePort }: Pick<Config, 'interfaces' | 'basePort'>): void {
    const before = basePort === this.#basePort ? this.#supervisors : new Map<string, CaptureSupervisor>();
    if (before !== this.#supervisors) this.stop();
    this.#basePort = basePort;
    this.#supervisors = new Map();
    for (const device of interfaces) {
      const supervisor = before.get(device) ?? this.#supervise(device, basePort);
      before.delete(device);
      this.#supervisors.set(device, supervisor);
    }
    for (const supervisor of before.values()) supervisor.stop();
  }

  /** A source whose sequence was good: it is heard first when load is shed. At most 64 are, the newest. */
  know(sourceAddress: string): void {
    const source = parseAddress(sourceAddress);
    if (!this.#known.add(source)) return;
    for (const supervisor of this.#supervisors.values()) supervisor.tellKnown(knownRecord(source));
  }

  /** How each stands. */
  status(): readonly CaptureStatus[] {
    return [...this.#supervisors.values()].map((supervisor) => supervisor.status());
  }

  /** Ends them all. */
  stop(): void {
    for (const supervisor of this.#supervisors.values()) supervisor.stop();
  }

  #supervise(device: string, basePort: number): CaptureSupervisor {
    const supervisor = new CaptureSupervisor(device, this.#listener, {
      spawn: () => spawnCapture(device, basePort, this.#gated),
      linkIndex: upInterfaceIndex,
      knownSources: () => this.#known.records(),
      after: later,
      nowMs: () => performance.now(),
      timeMs: () => systemClock.nowMs(),
    });
    supervisor.start();
    return supervisor;
  }
}
