// The filters for system calls, seccomp(2): programs for the kernel's classic BPF machine. Pure: numbers in, bytes out.
// The one for a process that captures lets everything pass but what is named in system-calls.ts; that is refused with EPERM, so
// that a library that tries such a call goes on without it. The other one stands while the device is opened.

import {
  encodeProgram,
  type Instruction,
  JUMP_ANY_BIT,
  JUMP_EQUAL,
  JUMP_GREATER,
  JUMP_NOT_LESS,
  LOAD,
  RETURN,
} from './bpf.ts';
import { PACKET_FANOUT_DATA, SOL_PACKET } from './packet-sockets.ts';
import { FIRST_NEW_CALL, LIMITED, NEW_CALLS_ALLOWED, REFUSED } from './system-calls.ts';

/** Architectures whose numbers we know, as in `process.arch`. */
export type FilterArchitecture = 'x64' | 'arm64';

/** What the filter must know of the process. */
export interface FilterOptions {
  readonly architecture: FilterArchitecture;
  /** Its own id, in its own namespace of ids: it may send signals to itself (abort(3) does). */
  readonly processId: number;
  /** Sockets on which nothing may be written: packets would go out. */
  readonly readOnlySockets: readonly number[];
  /** The socket whose program sheds load, see shed-socket.ts; absent: there is none. */
  readonly shedSocket?: number;
}

/** linux/audit.h: AUDIT_ARCH_X86_64, AUDIT_ARCH_AARCH64 */
const AUDIT_ARCHITECTURE = { x64: 0xc000003e, arm64: 0xc00000b7 } as const;
const COLUMN = { x64: 0, arm64: 1 } as const;

/** linux/seccomp.h: SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO with EPERM, ENOSYS and EOPNOTSUPP */
export const ALLOW = 0x7fff0000;
export const EPERM = 0x00050001;
export const ENOSYS = 0x00050026;
export const EOPNOTSUPP = 0x0005005f;

/** struct seccomp_data: offsets of the number, the architecture, and the low half of an argument (little endian). */
const NUMBER_AT = 0;
const ARCHITECTURE_AT = 4;
const argumentAt = (index: number) => 16 + 8 * index;

const CLONE_THREAD = 0x10000;
/** CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET */
const CLONE_NEW = 0x7e020000;
/** F_GETFD, F_SETFD, F_GETFL, F_SETFL. Not F_DUPFD; not F_SETOWN, which sends signals to others. */
const FCNTL_ALLOWED = [1, 2, 3, 4];
/** TCGETS, FIONREAD, FIONBIO, FIONCLEX, FIOCLEX, SIOCGIFFLAGS. Not FIOSETOWN. */
const IOCTL_ALLOWED = [0x5401, 0x541b, 0x5421, 0x5450, 0x5451, 0x8913];
/** linux/sockios.h: what a driver can do. */
const SIOCETHTOOL = 0x8946;

/**
 * Makes the program that answers every question about a driver's abilities as a driver without any does: that it does not
 * know the question.
 * @returns an array of struct sock_filter
 */
export function plainDriverFilter(architecture: FilterArchitecture): Buffer {
  return encodeProgram([
    [LOAD, 0, 0, ARCHITECTURE_AT],
    [JUMP_EQUAL, 0, 5, AUDIT_ARCHITECTURE[architecture]],
    [LOAD, 0, 0, NUMBER_AT],
    [JUMP_EQUAL, 0, 3, LIMITED.ioctl[COLUMN[architecture]]],
    [LOAD, 0, 0, argumentAt(1)],
    [JUMP_EQUAL, 0, 1, SIOCETHTOOL],
    [RETURN, 0, 0, EOPNOTSUPP],
    [RETURN, 0, 0, ALLOW],
  ]);
}

/** Makes the program for a process that captures: an array of struct sock_filter. */
export function seccompFilter({ architecture, processId, readOnlySockets, shedSocket }: FilterOptions): Buffer {
  const numberOf = (name: keyof typeof LIMITED) => LIMITED[name][COLUMN[architecture]];
  const refused = Object.values(REFUSED).map((numbers) => numbers[COLUMN[architecture]]);
  return encodeProgram([
    [LOAD, 0, 0, ARCHITECTURE_AT],
    // The 32-bit calls of the same processor have other numbers.
    [JUMP_EQUAL, 1, 0, AUDIT_ARCHITECTURE[architecture]],
    [RETURN, 0, 0, EPERM],
    [LOAD, 0, 0, NUMBER_AT],
    [JUMP_NOT_LESS, 0, 1 + NEW_CALLS_ALLOWED.length, FIRST_NEW_CALL],
    ...NEW_CALLS_ALLOWED.map((call, i): Instruction => [JUMP_EQUAL, NEW_CALLS_ALLOWED.length - i, 0, call]),
    [RETURN, 0, 0, ENOSYS],
    ...ranges(refused.filter((number) => number !== undefined)).flatMap(refuseRange),
    ...limit(numberOf('write'), refuseArgument(0, readOnlySockets)),
    ...limit(numberOf('writev'), refuseArgument(0, readOnlySockets)),
    ...limit(numberOf('setsockopt'), allowOption(shedSocket)),
    ...limit(numberOf('ioctl'), allowArgument(1, IOCTL_ALLOWED)),
    ...limit(numberOf('fcntl'), allowArgument(1, FCNTL_ALLOWED)),
    ...limit(numberOf('tgkill'), allowArgument(0, [processId])),
    ...limit(numberOf('prlimit64'), allowArgument(0, [0])),
    ...limit(numberOf('clone'), [
      [LOAD, 0, 0, argumentAt(0)],
      [JUMP_ANY_BIT, 1, 0, CLONE_THREAD],
      [RETURN, 0, 0, EPERM],
      [JUMP_ANY_BIT, 0, 1, CLONE_NEW],
      [RETURN, 0, 0, EPERM],
    ]),
    [RETURN, 0, 0, ALLOW],
  ]);
}

/** Numbers as ranges without gaps, in order. */
function ranges(numbers: readonly number[]): [first: number, last: number][] {
  const result: [number, number][] = [];
  for (const number of [...numbers].sort((a, b) => a - b)) {
    const current = result.at(-1);
    if (current && current[1] + 1 === number) current[1] = number;
    else result.push([number, number]);
  }
  return result;
}

function refuseRange([first, last]: readonly [number, number]): Instruction[] {
  return [
    [JUMP_NOT_LESS, 0, 2, first],
    [JUMP_GREATER, 1, 0, last],
    [RETURN, 0, 0, EPERM],
  ];
}

/** Those instructions for that call alone; what falls through them is allowed. */
function limit(number: number, instructions: readonly Instruction[]): Instruction[] {
  return [[JUMP_EQUAL, 0, instructions.length + 1, number], ...instructions, [RETURN, 0, 0, ALLOW]];
}

function refuseArgument(index: number, values: readonly number[]): Instruction[] {
  return [
    [LOAD, 0, 0, argumentAt(index)],
    ...values.flatMap((value): Instruction[] => [
      [JUMP_EQUAL, 0, 1, value],
      [RETURN, 0, 0, EPERM],
    ]),
  ];
}

/** The one option of the one socket: whoever could attach a filter anywhere else would see other people's packets. */
function allowOption(shedSocket: number | undefined): Instruction[] {
  if (shedSocket === undefined) return [[RETURN, 0, 0, EPERM]];
  return [
    ...allowArgument(0, [shedSocket]),
    ...allowArgument(1, [SOL_PACKET]),
    ...allowArgument(2, [PACKET_FANOUT_DATA]),
  ];
}

function allowArgument(index: number, values: readonly number[]): Instruction[] {
  return [
    [LOAD, 0, 0, argumentAt(index)],
    ...values.map((value, i): Instruction => [JUMP_EQUAL, values.length - i, 0, value]),
    [RETURN, 0, 0, EPERM],
  ];
}
