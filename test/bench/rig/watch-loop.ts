// Watches the event loop of a program of Node from within, without changing it. On SIGUSR2 the program writes the longest block since
// the last time, and its CPU time, to a file.

import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Lab } from '../../lab/lab.ts';
import { until } from '../../lab/until.ts';

/** What the program has written. */
export interface LoopReading {
  /** Longer than the timer's own step, milliseconds. */
  readonly longestBlockMs: number;
  /** Since its start. */
  readonly cpuSeconds: number;
}

const RESOLUTION_MS = 1;

/** One watched program. */
export class WatchedLoop {
  readonly #file: string;
  /** Environment for the program. */
  readonly env: Readonly<Record<string, string>>;

  constructor(lab: Lab) {
    this.#file = join(lab.folder, 'loop.json');
    const script = join(lab.folder, 'watch-loop.mjs');
    writeFileSync(
      script,
      `
import { renameSync, writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
const delay = monitorEventLoopDelay({ resolution: ${RESOLUTION_MS} });
delay.enable();
process.on('SIGUSR2', () => {
  const { user, system } = process.cpuUsage();
  const reading = { longestBlockMs: Math.max(0, delay.max / 1e6 - ${RESOLUTION_MS}), cpuSeconds: (user + system) / 1e6 };
  writeFileSync('${this.#file}.new', JSON.stringify(reading));
  renameSync('${this.#file}.new', '${this.#file}');
  delay.reset();
});
`,
    );
    this.env = { NODE_OPTIONS: `--import=${pathToFileURL(script)}` };
  }

  /** Has the program write, and begin anew. */
  async read(pid: number): Promise<LoopReading> {
    rmSync(this.#file, { force: true });
    process.kill(pid, 'SIGUSR2');
    await until('the program has written', () => existsSync(this.#file));
    return JSON.parse(readFileSync(this.#file, 'utf8'));
  }
}
