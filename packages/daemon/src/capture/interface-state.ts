// Does a network interface exist, is it up, and is it still the same one? Asked of sysfs: no privilege, no process, some
// microseconds.

import { readFileSync } from 'node:fs';
import { ethernetModel, IFF_UP, readLinks } from './ethernet-model.ts';

/** What is configured where every interface is to be heard. */
export const ANY = 'any';
/** What {@link captureIndex} says of it. */
export const ANY_WITHOUT_ETHERNET = 0;
const ANY_WITH_ETHERNET = 1;

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
 * What tells one thing to be captured from another under the same name.
 * @param device as for {@link interfaceState}, or `any`
 * @returns the kernel's number of an interface, undefined when it is missing or down; of `any`, whether it can be opened as
 *   Ethernet is
 *   (packet-rings.ts)
 */
export function captureIndex(device: string): number | undefined {
  if (device !== ANY) return upInterfaceIndex(device);
  return ethernetModel(readLinks()) === undefined ? ANY_WITHOUT_ETHERNET : ANY_WITH_ETHERNET;
}

function upInterfaceIndex(device: string): number | undefined {
  if (interfaceState(device) !== 'up') return undefined;
  try {
    return Number(readFileSync(`/sys/class/net/${device}/ifindex`, 'utf8'));
  } catch {
    return undefined;
  }
}
