// What nmap makes of a host.

import type { Host } from './lab.ts';

/** Port → what nmap says of it, its reason included, for instance `filtered no-response`. */
export type ScanResult = ReadonlyMap<number, string>;

/**
 * Scans ports of a host.
 * @param args for instance `['-sS', '-p-']`
 */
export async function nmap(from: Host, address: string, args: readonly string[]): Promise<string> {
  const family = address.includes(':') ? ['-6'] : [];
  return from.mustRun('/usr/bin/nmap', [...family, '-n', '-Pn', '--reason', ...args, address], { seconds: 120 });
}

/** The table of an nmap report: one entry for each port line. */
export function portLines(report: string): ScanResult {
  const lines = report.matchAll(/^(\d+)\/(?:tcp|udp)\s+(\S+)\s+\S+\s+(.*?)\s*$/gm);
  return new Map([...lines].map(([, port, state, reason]) => [Number(port), `${state} ${reason}`]));
}
