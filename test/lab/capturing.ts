// Captures on a host of the lab without a daemon around it, and what is told of it: packages/daemon/test/capture/capture-program.ts.

import { fileURLToPath } from 'node:url';
import type { Host } from './lab.ts';
import type { Background } from './run.ts';
import { until } from './until.ts';

const BUILD = fileURLToPath(new URL('../../../packages/daemon/test/build/capture/', import.meta.url));
/** The program, and the stand-in for the real child. */
export const CAPTURE_PROGRAM = `${BUILD}capture-program.js`;
export const HOSTILE_CHILD = `${BUILD}hostile-child.js`;

/** A change of state. */
export interface StateLine {
  readonly at: number;
  readonly device: string;
  readonly state: string;
  readonly message?: string;
  readonly confined?: boolean;
}

/** What is told every 100 ms. */
export interface Snapshot {
  readonly statuses: readonly { readonly interface: string; readonly state: string; readonly restarts: number }[];
  readonly knocks: number;
  readonly dropped: Readonly<Record<string, number>>;
  readonly turnMs: number;
  readonly memory: number;
}

interface KnockLine {
  readonly knock: number;
  readonly device: string;
  readonly from: string;
}

/** A running capture. */
export class Capturing {
  readonly background: Background;

  constructor(background: Background) {
    this.background = background;
  }

  /** Starts to capture, as root or through another command such as setpriv. */
  static start(host: Host, devices: readonly string[], through: readonly string[] = []): Capturing {
    const [command, ...args] = [...through, process.execPath, CAPTURE_PROGRAM, ...devices] as [string, ...string[]];
    return new Capturing(host.start(command, args, {}, 'pipe'));
  }

  /** All changes of state of a device. */
  states(device: string): StateLine[] {
    return this.#lines().filter((line): line is StateLine => 'state' in line && (line as StateLine).device === device);
  }

  /** The ports of the first knocks on a device. */
  knocks(device: string): number[] {
    return this.#lines()
      .filter((line): line is KnockLine => 'knock' in line && (line as KnockLine).device === device)
      .map(({ knock }) => knock);
  }

  /** All snapshots so far. */
  snapshots(): Snapshot[] {
    return this.#lines().filter((line): line is Snapshot => 'statuses' in line);
  }

  /** The last snapshot. */
  snapshot(): Snapshot | undefined {
    return this.snapshots().at(-1);
  }

  /** Waits until the device has been in that state so often. @returns the last of them */
  async reached(device: string, state: string, times = 1, seconds = 15): Promise<StateLine> {
    return until(
      `"${device}" is ${state} for the ${times}. time`,
      () => this.states(device).filter((line) => line.state === state)[times - 1],
      seconds,
    ).catch((error: Error) => {
      throw new Error(`${error.message}\n${JSON.stringify(this.states(device))}\n${this.background.stderr}`);
    });
  }

  /** Waits until a knock on that port was seen. */
  async heard(device: string, port: number): Promise<true> {
    return until(`a knock on ${port} is heard on "${device}"`, () =>
      this.knocks(device).includes(port),
    ) as Promise<true>;
  }

  #lines(): object[] {
    const whole = this.background.stdout.split('\n').slice(0, -1);
    return whole.map((line) => JSON.parse(line) as object);
  }
}
