// Takes every capability from the threads of Node that no script runs on: V8's workers, the inspector's, the thread pool.
// When root becomes nobody the C library sees to them; what an ordinary user inherits as ambient (systemd's
// AmbientCapabilities=) they would keep. A thread can only change itself, so each is sent a signal whose handler is one
// call of capset(2) in machine code. libpsx does the same; it cannot be used because it must be linked into the program.

import { capabilityHeader, threadsWithCapabilities } from './capabilities.ts';
import type { Libc } from './libc.ts';

/**
 * The signal by which the C library makes all threads change their user (SIGSETXID, nptl(7)): the only one that no thread
 * can block. Its handler is put back afterwards.
 */
const SIGNAL = 33n;
const SA_RESTORER = 0x04000000;
const SA_RESTART = 0x10000000;
const RT_SIGACTION = 13;
const TGKILL = 234;
/** A thread that runs does this in microseconds; a machine that is busy may let it wait. */
const ROUNDS = 200;
const ROUND_MS = 5;

/** x86-64: mov eax, 126 (capset); lea rdi, [header]; lea rsi, [data]; syscall; ret */
const HANDLER = Buffer.from('b87e000000488d3d13000000488d35140000000f05c3', 'hex');
/** x86-64: mov eax, 15 (rt_sigreturn); syscall, where a handler returns to */
const RESTORER = Buffer.from('b80f0000000f05', 'hex');
const RESTORER_AT = 24;
const HEADER_AT = 31;

/**
 * Takes all capabilities from all threads but the calling one.
 * @returns the threads that still have some: never any on x86-64; on others they are left as they are
 */
export function clearOtherThreads(libc: Libc): number[] {
  const left = () => threadsWithCapabilities().filter((thread) => thread !== process.pid);
  if (left().length === 0 || process.arch !== 'x64') return left();
  const before = libc.place(Buffer.alloc(ACTION_BYTES), false);
  libc.syscall(RT_SIGACTION, SIGNAL, libc.place(action(libc.place(machineCode(), true)), false), before);
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const threads = left();
      if (threads.length === 0) return [];
      for (const thread of threads) libc.syscall(TGKILL, BigInt(process.pid), BigInt(thread), SIGNAL);
      pause();
    }
    return left();
  } finally {
    libc.syscall(RT_SIGACTION, SIGNAL, before, 0n);
  }
}

const ACTION_BYTES = 32;

/** struct sigaction of the kernel: handler, flags, restorer, mask. */
function action(code: bigint): Buffer {
  const bytes = Buffer.alloc(ACTION_BYTES);
  bytes.writeBigUInt64LE(code, 0);
  bytes.writeBigUInt64LE(BigInt(SA_RESTORER | SA_RESTART), 8);
  bytes.writeBigUInt64LE(code + BigInt(RESTORER_AT), 16);
  return bytes;
}

function machineCode(): Buffer {
  const code = Buffer.alloc(HEADER_AT + 8 + 24);
  HANDLER.copy(code);
  RESTORER.copy(code, RESTORER_AT);
  capabilityHeader().copy(code, HEADER_AT);
  return code;
}

function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ROUND_MS);
}
