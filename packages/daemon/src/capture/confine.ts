// What the capture process gives up, in two steps: before its source is opened, everything but the right to open it; after
// that, this right too, and every system call that leads out of the process. Whoever takes it over through a packet has
// then no file, no socket to send on, no program and no other process, whatever user it runs as. Nothing here throws: what
// could not be done is told, and capturing goes on.

import { messageOf } from '../message-of.ts';
import { INSTRUCTION_BYTES } from './bpf.ts';
import { emptyBoundingSet, keepOnly, threadsWithCapabilities } from './capabilities.ts';
import type { Libc } from './libc.ts';
import { clearOtherThreads } from './other-threads.ts';
import { type FilterArchitecture, plainDriverFilter, seccompFilter } from './seccomp-filter.ts';
import { SECCOMP } from './system-calls.ts';

const NOBODY = 65534;
/** asm-generic/resource.h */
const RLIMIT_CORE = 4;
/** linux/prctl.h */
const PR_SET_DUMPABLE = 4;
const PR_SET_KEEPCAPS = 8;
const PR_SET_NO_NEW_PRIVS = 38;
/** linux/seccomp.h */
const SECCOMP_SET_MODE_FILTER = 1n;
const SECCOMP_FILTER_FLAG_TSYNC = 1n;

/**
 * The first step: root becomes nobody, and of all capabilities those are left that its source needs, on this thread alone.
 * @param needed see capabilities.ts
 * @returns what could not be done
 */
export function keepOnlyNeeded(libc: Libc, needed: readonly number[]): string[] {
  return [
    attempt('core dumps are possible', () => libc.setrlimit(RLIMIT_CORE, Buffer.alloc(16))),
    attempt('programs may gain privileges', () => libc.prctl(PR_SET_NO_NEW_PRIVS, 1)),
    ...(process.geteuid?.() === 0 ? becomeNobody(libc) : []),
    attempt('more capabilities than needed are left', () => keepOnly(libc, needed)),
    attempt('threads keep their capabilities', () => mustBeEmpty(clearOtherThreads(libc))),
  ].filter((problem) => problem !== undefined);
}

/** The C library changes the user of all threads; the others lose their capabilities by it, this one asked to keep them. */
function becomeNobody(libc: Libc): (string | undefined)[] {
  return [
    attempt('the bounding set is not empty', () => emptyBoundingSet(libc)),
    attempt('it is still root', () => {
      libc.prctl(PR_SET_KEEPCAPS, 1);
      process.setgroups?.([]);
      process.setgid?.(NOBODY);
      process.setuid?.(NOBODY);
    }),
  ];
}

/**
 * Before a device is opened: makes libpcap believe that no link joins packets to larger ones (offloading). It then makes
 * the places of its ring as long as a packet of the link instead of 64 KiB, so that twenty times as many have room. What is
 * longer is cut, and no knock is. Needs PR_SET_NO_NEW_PRIVS, which the first step sets.
 * @returns what could not be done
 */
export function wishForSmallPlaces(libc: Libc): string[] {
  return [attempt('the ring has few places', () => putFilter(libc, plainDriverFilter(knownArchitecture()), 0n))].filter(
    (problem) => problem !== undefined,
  );
}

/**
 * The second step, once its source is open: no capability in any thread, and the filter for system calls on all of them.
 * @param sockets descriptors on which nothing may be sent
 * @param shedSocket the one whose program may be changed, see shed-socket.ts
 * @returns what could not be done
 */
export function confine(libc: Libc, sockets: readonly number[], shedSocket?: number): string[] {
  return [
    attempt('memory may be dumped', () => libc.prctl(PR_SET_DUMPABLE, 0)),
    attempt('capabilities are left', () => keepOnly(libc, [])),
    attempt('threads keep their capabilities', () => {
      clearOtherThreads(libc);
      mustBeEmpty(threadsWithCapabilities());
    }),
    attempt('system calls are not filtered', () => filterSystemCalls(libc, sockets, shedSocket)),
  ].filter((problem) => problem !== undefined);
}

function filterSystemCalls(libc: Libc, readOnlySockets: readonly number[], shedSocket?: number): void {
  const options = { architecture: knownArchitecture(), processId: process.pid, readOnlySockets };
  const filter = seccompFilter(shedSocket === undefined ? options : { ...options, shedSocket });
  putFilter(libc, filter, SECCOMP_FILTER_FLAG_TSYNC);
}

/** Puts one more program before all system calls: of this thread, or as the flag says. */
function putFilter(libc: Libc, filter: Buffer, flags: bigint): void {
  // struct sock_fprog: how many instructions, where they are
  const program = Buffer.alloc(16);
  program.writeUInt16LE(filter.length / INSTRUCTION_BYTES, 0);
  program.writeBigUInt64LE(libc.place(filter, false), 8);
  const at = libc.place(program, false);
  const notReached = libc.syscall(SECCOMP[knownArchitecture()], SECCOMP_SET_MODE_FILTER, flags, at);
  if (notReached !== 0) throw new Error(`thread ${notReached} has a filter of its own`);
}

function knownArchitecture(): FilterArchitecture {
  const { arch } = process;
  if (arch !== 'x64' && arch !== 'arm64') throw new Error(`no table for the architecture ${arch}`);
  return arch;
}

function mustBeEmpty(threads: readonly number[]): void {
  if (threads.length > 0) throw new Error(`${threads.length} of them`);
}

/** @returns undefined, or what the failure means and what the kernel said */
function attempt(otherwise: string, action: () => void): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    return `${otherwise} (${messageOf(error)})`;
  }
}
