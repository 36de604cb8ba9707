// The captures of all interfaces: begun and ended as the configuration says.

import { upInterfaceIndex } from './capture/interface-state.ts';
import { spawnCapture } from './capture/spawn.ts';
import { type CaptureListener, CaptureSupervisor } from './capture/supervisor.ts';
import { formatWanted, type Wanted } from './capture/wanted.ts';
import { later, systemClock } from './clock.ts';
import type { CaptureStatus } from './control/control-actions.ts';

/** One supervisor for each interface. */
export class Captures {
  readonly #listener: CaptureListener;
  readonly #gated: boolean;
  #supervisors = new Map<string, CaptureSupervisor>();
  #wanted: string | undefined;

  /** @param gated whether knocks wait until a source has sent a sequence's worth: see capture/knock-gates.ts */
  constructor(listener: CaptureListener, gated: boolean) {
    this.#listener = listener;
    this.#gated = gated;
  }

  /** Listens on these interfaces from now on. Those that are listened on for the same already are not disturbed. */
  listen(interfaces: readonly string[], wanted: Wanted): void {
    const key = formatWanted(wanted);
    const before = key === this.#wanted ? this.#supervisors : new Map<string, CaptureSupervisor>();
    if (before !== this.#supervisors) this.stop();
    this.#wanted = key;
    this.#supervisors = new Map();
    for (const device of interfaces) {
      const supervisor = before.get(device) ?? this.#supervise(device, wanted);
      before.delete(device);
      this.#supervisors.set(device, supervisor);
    }
    for (const supervisor of before.values()) supervisor.stop();
  }

  /** How each stands. */
  status(): readonly CaptureStatus[] {
    return [...this.#supervisors.values()].map((supervisor) => supervisor.status());
  }

  /** Ends them all. */
  stop(): void {
    for (const supervisor of this.#supervisors.values()) supervisor.stop();
  }

  #supervise(device: string, wanted: Wanted): CaptureSupervisor {
    const supervisor = new CaptureSupervisor(device, this.#listener, {
      spawn: () => spawnCapture(device, wanted, this.#gated),
      linkIndex: upInterfaceIndex,
      after: later,
      nowMs: () => performance.now(),
      timeMs: () => systemClock.nowMs(),
    });
    supervisor.start();
    return supervisor;
  }
}
