// `knockdaemon run`: loads the configuration and hands it to the daemon. Nothing else is touched when it is wrong.

import { loadConfig } from '../config/load.ts';

/** Options of the command line. */
export interface RunCommandOptions {
  readonly config: string;
  readonly test?: boolean;
  readonly debug?: boolean;
  readonly quiet?: boolean;
}

/**
 * Runs the daemon until it ends.
 * @returns its exit code
 * @throws ConfigError
 */
export async function run(options: RunCommandOptions): Promise<number> {
  const { test = false, debug = false, quiet = false } = options;
  const { config } = await loadConfig(options.config);
  const { runDaemon } = await import('../daemon.ts');
  return await runDaemon(config, { test, debug, quiet });
}
