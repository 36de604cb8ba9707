// Which processes run on a host of a lab.

import { readFileSync } from 'node:fs';
import type { Host } from './lab.ts';

/** What stands in the command line of a capture process. */
export const CAPTURE_PROCESS = 'capture/child.js';

/** The process ids of those on whose command line this stands. */
export async function processesOf(host: Host, program = CAPTURE_PROCESS): Promise<number[]> {
  const pids = (await host.mustRun('/usr/sbin/ip', ['netns', 'pids', host.namespace])).split('\n').filter(Boolean);
  return pids.map(Number).filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(program);
    } catch {
      return false; // it has ended
    }
  });
}

/** The only one of them. @throws Error when there is another number */
export async function processOf(host: Host, program = CAPTURE_PROCESS): Promise<number> {
  const [pid, ...others] = await processesOf(host, program);
  if (pid === undefined || others.length > 0) throw new Error(`not one process "${program}" on ${host.namespace}`);
  return pid;
}
