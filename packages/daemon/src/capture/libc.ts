// The few calls of the C library by which the capture process gives up what it could do. Each acts on the calling thread
// alone unless it says otherwise. Signatures from prctl(2), capget(2), syscall(2), fcntl(2), getsockopt(2), socket(2),
// bind(2), getsockname(2), setrlimit(2), mmap(2), mprotect(2), memcpy(3); pointers that we only pass on are declared as
// 64-bit numbers.

import { getSystemErrorName } from 'node:util';
import { lastErrno, loadLibrary } from '../native/library.ts';

/** The calls; those that fail throw an Error with the name of the call and of the errno. */
export interface Libc {
  prctl(option: number, argument2: number, argument3?: number): void;
  /** Capabilities of the calling thread, as in capabilities.ts. */
  capset(header: Buffer, data: Buffer): void;
  /** A system call by its number; pointers as addresses, see `place`. */
  syscall(number: number, a: bigint, b: bigint, c: bigint): number;
  setrlimit(resource: number, limits: Buffer): void;
  fcntl(fd: number, command: number, argument: number): void;
  /** @returns undefined when the descriptor is no socket, or has no such option */
  getsockopt(fd: number, level: number, option: number, bytes: number): Buffer | undefined;
  setsockopt(fd: number, level: number, option: number, value: Buffer): void;
  /** @returns its descriptor */
  socket(domain: number, type: number, protocol: number): number;
  bind(fd: number, address: Buffer): void;
  /** What a socket is bound to. */
  getsockname(fd: number, bytes: number): Buffer;
  /** Bytes in memory of their own, that may be executed or not; never freed. @returns their address */
  place(content: Buffer, executable: boolean): bigint;
  /** Writes over bytes that were placed, and may not be executed. They must not be more than before. */
  replace(at: bigint, content: Buffer): void;
}

const PROT_READ = 1;
const PROT_WRITE = 2;
const PROT_EXEC = 4;
const MAP_PRIVATE_ANONYMOUS = 0x22;

/** Binds the calls. @throws Error when the C library lacks one */
export function loadLibc(): Libc {
  const library = loadLibrary(null);
  const prctl = library.func('int prctl(int op, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5)');
  const capset = library.func('int capset(void *header, const void *data)');
  const syscall = library.func('long syscall(long number, uint64_t a, uint64_t b, uint64_t c, uint64_t d)');
  const setrlimit = library.func('int setrlimit(int resource, const void *limits)');
  const fcntl = library.func('int fcntl(int fd, int op, ...)');
  const getsockopt = library.func('int getsockopt(int fd, int level, int name, _Out_ void *value, void *length)');
  const setsockopt = library.func('int setsockopt(int fd, int level, int name, const void *value, uint32_t length)');
  const socket = library.func('int socket(int domain, int type, int protocol)');
  const bind = library.func('int bind(int fd, const void *address, uint32_t length)');
  const getsockname = library.func('int getsockname(int fd, _Out_ void *address, void *length)');
  const mmap = library.func(
    'uint64_t mmap(uint64_t at, size_t bytes, int protection, int flags, int fd, int64_t offset)',
  );
  const mprotect = library.func('int mprotect(uint64_t at, size_t bytes, int protection)');
  const memcpy = library.func('uint64_t memcpy(uint64_t to, const void *from, size_t bytes)');
  return {
    prctl: (option, argument2, argument3 = 0) => void check('prctl', prctl(option, argument2, argument3, 0, 0)),
    capset: (header, data) => void check('capset', capset(header, data)),
    // The fourth argument is the size of a signal set where there is one, and looked at nowhere else.
    syscall: (number, a, b, c) => check(`system call ${number}`, Number(syscall(number, a, b, c, 8))),
    setrlimit: (resource, limits) => void check('setrlimit', setrlimit(resource, limits)),
    fcntl: (fd, command, argument) => void check('fcntl', fcntl(fd, command, 'int', argument)),
    getsockopt(fd, level, option, bytes) {
      const value = Buffer.alloc(bytes);
      const length = Buffer.alloc(4);
      length.writeUInt32LE(bytes);
      return getsockopt(fd, level, option, value, length) === 0 ? value : undefined;
    },
    setsockopt: (fd, level, option, value) => {
      check('setsockopt', setsockopt(fd, level, option, value, value.length));
    },
    socket: (domain, type, protocol) => check('socket', socket(domain, type, protocol)),
    bind: (fd, address) => void check('bind', bind(fd, address, address.length)),
    getsockname(fd, bytes) {
      const address = Buffer.alloc(bytes);
      const length = Buffer.alloc(4);
      length.writeUInt32LE(bytes);
      check('getsockname', getsockname(fd, address, length));
      return address;
    },
    replace: (at, content) => void memcpy(at, content, content.length),
    place(content, executable) {
      const at = BigInt(mmap(0, content.length, PROT_READ | PROT_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0));
      if (at === 0xffff_ffff_ffff_ffffn) throw failure('mmap');
      memcpy(at, content, content.length);
      if (executable) check('mprotect', mprotect(at, content.length, PROT_READ | PROT_EXEC));
      return at;
    },
  };
}

function check(call: string, result: number): number {
  if (result < 0) throw failure(call);
  return result;
}

function failure(call: string): Error {
  return new Error(`${call}: ${getSystemErrorName(-lastErrno())}`);
}
