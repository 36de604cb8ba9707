// What stands in the way of doors that forward: a kernel that routes nothing. Looks, changes nothing.

import { readFileSync } from 'node:fs';
import type { Config } from '../config/config.ts';
import type { Problem } from '../config/problem.ts';

/** By family; ip-sysctl.rst of the kernel. */
const SWITCHES = {
  ipv4: 'net.ipv4.ip_forward',
  ipv6: 'net.ipv6.conf.all.forwarding',
} as const;

/**
 * One problem for each family that a door forwards in and the kernel does not.
 * @param read for tests: gives the text of a file below /proc/sys
 */
export function forwardingProblems({ doors }: Pick<Config, 'doors'>, read = readSwitch): Problem[] {
  const addresses = doors.flatMap(({ action }) =>
    'targets' in action ? action.targets.map(({ address }) => address) : [],
  );
  const families = new Set(addresses.map((address) => (address.includes(':') ? 'ipv6' : 'ipv4')));
  return [...families].sort().flatMap((family) => {
    const name = SWITCHES[family];
    const value = read(`/proc/sys/${name.replaceAll('.', '/')}`);
    if (value === undefined || value === '1') return [];
    const hint = `sysctl -w ${name}=1, and a file in /etc/sysctl.d to keep it`;
    return [{ path: name, value, expected: '1: a door forwards', hint }];
  });
}

/** @returns undefined where there is none, for instance without IPv6 */
function readSwitch(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return undefined;
  }
}
