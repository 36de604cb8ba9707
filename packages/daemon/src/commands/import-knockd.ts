// `knockdaemon import FILE`: what a knockd.conf says, as a knockdaemon.toml on standard output. Writes no file.

import { hostname } from 'node:os';
import { ConfigError } from '../config/problem.ts';
import { importToml } from '../knockd-conf/import-toml.ts';
import { loadKnockdConf } from '../knockd-conf/load.ts';
import type { ExitCode, Output } from './output.ts';

/**
 * Runs the command.
 * @param file the knockd.conf
 * @throws ConfigError with every problem in it
 */
export async function importKnockd(file: string, output: Output): Promise<ExitCode> {
  const { conf, problems } = await loadKnockdConf(file, false);
  if (!conf) throw new ConfigError(problems);
  output.stdout(importToml(conf, file, hostname()));
  return 0;
}
