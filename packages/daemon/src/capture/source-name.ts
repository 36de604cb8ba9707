// The names of sources as they stand in the configuration, in status, log and metrics, and on the capture process's command
// line. Pure.

import type { KnockSource } from '../config/config.ts';

/** What the capture process is told instead of a device when it is to read lines. */
export const LINES_SOURCE = 'lines';

/** Is it a log group of the kernel? */
export function isLogGroup(source: string): boolean {
  return source.startsWith('nflog:');
}

/** As `source = …` has it. */
export function formatSource(source: KnockSource): string {
  switch (source.kind) {
    case 'nflog':
      return `nflog:${source.group}`;
    case 'log':
      return `log:${source.file}`;
    default:
      return source.kind;
  }
}
