// Does a network interface exist, and is it up? Asked of sysfs: no privilege, no process, a few microseconds.

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
