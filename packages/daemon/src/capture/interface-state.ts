// Does a network interface exist, is it up, and is it still the same one? Asked of sysfs: no privilege, no process, some
// microseconds.

import { readFileSync } from 'node:fs';

const IFF_UP = 1;

/**
 * @param device a name that was checked: no slash in it
 * @returns `missing`, or whether the administrator has it up (linux/if.h, IFF_UP)
 */
export function interfaceState(device: string): 'up' | 'down' | 'missing' {
  try {
    return Number(readFileSync(`/sys/class/net/${device}/flags`, 'utf8')) & IFF_UP ? 'up' : 'down';
  } catch {
    return 'missing';
  }
}

/**
 * The kernel's number of an interface that is up: another one under the same name has another number.
 * @param device as for {@link interfaceState}
 * @returns undefined when it is missing or down
 */
export function upInterfaceIndex(device: string): number | undefined {
  if (interfaceState(device) !== 'up') return undefined;
  try {
    return Number(readFileSync(`/sys/class/net/${device}/ifindex`, 'utf8'));
  } catch {
    return undefined;
  }
}
