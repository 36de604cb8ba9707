// Capabilities of the threads of this process, capabilities(7): keeping one alone, then none, and looking what is
// really left. A thread can only change its own, and Node has threads of its own; see other-threads.ts for those.

import { readdirSync, readFileSync } from 'node:fs';
import type { Libc } from './libc.ts';

/** linux/capability.h */
export const CAP_NET_ADMIN = 12;
export const CAP_NET_RAW = 13;
/** Numbers beyond the last capability of the kernel are refused, which ends the search. */
const MAX_CAPABILITIES = 64;
const VERSION_3 = 0x20080522;

/** linux/prctl.h */
const PR_CAPBSET_DROP = 24;
const PR_CAP_AMBIENT = 47;
const PR_CAP_AMBIENT_CLEAR_ALL = 4;

/** The first argument of capset(2): the calling thread. */
export function capabilityHeader(): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt32LE(VERSION_3);
  return header;
}

/** The second argument of capset(2): these capabilities permitted and effective, none inheritable. */
export function capabilityData(capabilities: readonly number[]): Buffer {
  const data = Buffer.alloc(24);
  const bits = capabilities.reduce((sum, capability) => sum | (1n << BigInt(capability)), 0n);
  for (const [half, at] of [
    [bits & 0xffffffffn, 0],
    [bits >> 32n, 12],
  ] as const) {
    data.writeUInt32LE(Number(half), at);
    data.writeUInt32LE(Number(half), at + 4);
  }
  return data;
}

/** Leaves the calling thread with these capabilities. @throws Error when it does not have them */
export function keepOnly(libc: Libc, capabilities: readonly number[]): void {
  libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL);
  libc.capset(capabilityHeader(), capabilityData(capabilities));
}

/** Empties the bounding set of the calling thread. @throws Error without CAP_SETPCAP */
export function emptyBoundingSet(libc: Libc): void {
  for (let capability = 0; capability < MAX_CAPABILITIES; capability++) {
    try {
      libc.prctl(PR_CAPBSET_DROP, capability);
    } catch (error) {
      if (String(error).includes('EINVAL')) return;
      throw error;
    }
  }
}

/** The ids of the threads of this process that have any capability, permitted, inheritable or ambient; proc(5). */
export function threadsWithCapabilities(): number[] {
  return readdirSync('/proc/self/task')
    .filter((thread) => {
      try {
        const status = readFileSync(`/proc/self/task/${thread}/status`, 'utf8');
        return /^Cap(Inh|Prm|Eff|Amb):\s*0*[1-9a-f]/m.test(status);
      } catch {
        return false; // it has ended
      }
    })
    .map(Number);
}
