// When a rule or an element appeared in the kernel of a host, as the kernel itself says (nft monitor). What that adds is the
// same for all who are measured.

import type { Host } from '../../lab/lab.ts';
import type { Background } from '../../lab/run.ts';
import { until } from '../../lab/until.ts';

/** Prints times of CLOCK_MONOTONIC, which all processes of a machine share. */
const MONITOR = `
import { spawn } from 'node:child_process';
const monitor = spawn('/usr/sbin/nft', ['monitor', 'new'], { stdio: ['ignore', 'pipe', 'inherit'] });
console.error('ready');
let rest = '';
monitor.stdout.on('data', (chunk) => {
  const at = String(process.hrtime.bigint());
  const lines = (rest + chunk).split('\\n');
  rest = lines.pop();
  for (const line of lines) console.log(at + ' ' + line);
});
`;

/** Watches one host. */
export class RuleMonitor {
  readonly #background: Background;

  private constructor(background: Background) {
    this.#background = background;
  }

  /** Begins to watch. */
  static async start(host: Host): Promise<RuleMonitor> {
    const background = host.start(process.execPath, ['--input-type=module', '-e', MONITOR]);
    await until('the monitor is ready', () => background.stderr.includes('ready'));
    return new RuleMonitor(background);
  }

  /**
   * Waits for a change after this call.
   * @param rule as nft prints it
   * @returns when it was there, nanoseconds of CLOCK_MONOTONIC
   * @throws Error when it does not come within `seconds`
   */
  async expect(rule: RegExp, seconds = 15): Promise<bigint> {
    const seen = this.#background.stdout.length;
    const find = () =>
      this.#background.stdout
        .slice(seen)
        .split('\n')
        .find((one) => rule.test(one));
    const line = await until('the rule', find, seconds);
    return BigInt(line.split(' ')[0] as string);
  }

  /** Watches no longer. */
  async stop(): Promise<void> {
    await this.#background.stop();
  }
}
