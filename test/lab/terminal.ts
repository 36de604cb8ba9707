// An interactive program on a terminal of its own (script(1) makes it): what is typed goes in, what it shows comes out.

import { Background } from './run.ts';
import { until } from './until.ts';

/** A terminal. */
export class Terminal {
  readonly #process: Background;
  #seen = 0;

  /**
   * Opens it.
   * @param command a command line of sh
   * @param env besides the environment of this process
   */
  constructor(command: string, env: Readonly<Record<string, string>>, cwd: string) {
    const args = ['--quiet', '--return', '--flush', '--command', `cd ${cwd} && stty rows 200 cols 200 && ${command}`];
    this.#process = new Background('/usr/bin/script', [...args, '/dev/null'], { TERM: 'dumb', ...env }, 'pipe');
  }

  /** Types. */
  type(text: string): void {
    this.#process.child.stdin?.write(text);
  }

  /** Waits until something is shown after what was seen before. @returns its groups, or itself */
  async see(pattern: RegExp): Promise<readonly string[]> {
    const unseen = () => this.#process.stdout.slice(this.#seen);
    const match = await until(`${pattern}`, () => pattern.exec(unseen()) ?? undefined, 30).catch((error: Error) => {
      throw new Error(`${error.message}\n${JSON.stringify(unseen())}`);
    });
    this.#seen += match.index + match[0].length;
    return match.length > 1 ? match.slice(1) : [...match];
  }

  /** Closes it. */
  close(): Promise<unknown> {
    return this.#process.stop();
  }
}
