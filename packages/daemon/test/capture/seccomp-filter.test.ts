// The filter, judged by a BPF machine of our own: which call of which architecture is let through? What the kernel makes of
// it is shown by confined.test.ts.

import test from 'ava';
import {
  ALLOW,
  ENOSYS,
  EOPNOTSUPP,
  EPERM,
  type FilterArchitecture,
  plainDriverFilter,
  seccompFilter,
} from '#src/capture/seccomp-filter.js';
import { FIRST_NEW_CALL, LIMITED, NEW_CALLS_ALLOWED, REFUSED } from '#src/capture/system-calls.js';
import { runFilter } from './bpf-machine.js';

const OWN = 4711;
const SOCKET = 21;
const SHED_SOCKET = 22;
const ARCHITECTURES = { x64: 0xc000003e, arm64: 0xc00000b7 } as const;
const column = { x64: 0, arm64: 1 } as const;
const CLONE_THREAD_FLAGS = 0x3d0f00;

const filterOf = (architecture: FilterArchitecture) =>
  seccompFilter({ architecture, processId: OWN, readOnlySockets: [SOCKET, SHED_SOCKET], shedSocket: SHED_SOCKET });

for (const architecture of ['x64', 'arm64'] as const) {
  const filter = filterOf(architecture);
  const ask = (number: number, args: readonly number[] = []) =>
    runFilter(filter, { architecture: ARCHITECTURES[architecture], number, arguments: args });
  const limited = (name: keyof typeof LIMITED, ...args: number[]) => ask(LIMITED[name][column[architecture]], args);

  test(`${architecture}: exactly the calls of the table are refused, and all new ones`, (t) => {
    const refused = new Set(Object.values(REFUSED).map((numbers) => numbers[column[architecture]]));
    const depends = new Set<number>(Object.values(LIMITED).map((numbers) => numbers[column[architecture]]));
    for (let number = 0; number < 1000; number++) {
      if (depends.has(number)) continue;
      const isNew = number >= FIRST_NEW_CALL && !NEW_CALLS_ALLOWED.includes(number);
      t.is(ask(number), isNew ? ENOSYS : refused.has(number) ? EPERM : ALLOW, `call ${number}`);
    }
  });

  test(`${architecture}: the calls of another architecture are refused`, (t) => {
    const other = ARCHITECTURES[architecture === 'x64' ? 'arm64' : 'x64'];
    t.is(runFilter(filter, { architecture: other, number: 0 }), EPERM);
    // 32-bit code, and the x32 calls, which have a bit of their own in the number
    t.is(runFilter(filter, { architecture: 0x40000003, number: 1 }), EPERM);
    t.is(ask(0x40000000 | 2), ENOSYS);
  });

  const rows: readonly (readonly [title: string, answer: number, expected: number])[] = [
    ['write to a pipe', limited('write', 3), ALLOW],
    ['write to the packet socket', limited('write', SOCKET), EPERM],
    ['writev to a pipe', limited('writev', 1), ALLOW],
    ['writev to the packet socket', limited('writev', SOCKET), EPERM],
    ['a signal to itself', limited('tgkill', OWN, OWN + 1, 6), ALLOW],
    ['a signal to another', limited('tgkill', OWN + 1, OWN + 1, 6), EPERM],
    ['a signal to all', limited('tgkill', -1, -1, 6), EPERM],
    ['its own limits', limited('prlimit64', 0, 3), ALLOW],
    ['the limits of another', limited('prlimit64', OWN + 1, 3), EPERM],
    ['a thread', limited('clone', CLONE_THREAD_FLAGS), ALLOW],
    ['a process', limited('clone', 17), EPERM],
    ['a process that shares memory', limited('clone', 0x4111), EPERM],
    ['a thread in a namespace of its own', limited('clone', CLONE_THREAD_FLAGS | 0x40000000), EPERM],
    ['fcntl F_GETFL', limited('fcntl', 3, 3), ALLOW],
    ['fcntl F_SETFL', limited('fcntl', 3, 4), ALLOW],
    ['fcntl F_DUPFD', limited('fcntl', SOCKET, 0), EPERM],
    ['fcntl F_DUPFD_CLOEXEC', limited('fcntl', SOCKET, 1030), EPERM],
    ['fcntl F_SETOWN', limited('fcntl', 3, 8), EPERM],
    ['setsockopt PACKET_FANOUT_DATA on the socket that sheds', limited('setsockopt', SHED_SOCKET, 263, 22), ALLOW],
    ['setsockopt PACKET_FANOUT_DATA on the captured socket', limited('setsockopt', SOCKET, 263, 22), EPERM],
    ['setsockopt SO_ATTACH_FILTER on the socket that sheds', limited('setsockopt', SHED_SOCKET, 1, 26), EPERM],
    ['setsockopt SO_DETACH_FILTER on the captured socket', limited('setsockopt', SOCKET, 1, 27), EPERM],
    ['setsockopt of number 22 on another level', limited('setsockopt', SHED_SOCKET, 1, 22), EPERM],
    ['setsockopt PACKET_FANOUT on the socket that sheds', limited('setsockopt', SHED_SOCKET, 263, 18), EPERM],
    ['write to the socket that sheds', limited('write', SHED_SOCKET), EPERM],
    ['ioctl FIONBIO', limited('ioctl', 3, 0x5421), ALLOW],
    ['ioctl SIOCGIFFLAGS', limited('ioctl', SOCKET, 0x8913), ALLOW],
    ['ioctl FIOSETOWN', limited('ioctl', 3, 0x8901), EPERM],
    ['ioctl SIOCSIFFLAGS', limited('ioctl', SOCKET, 0x8914), EPERM],
    ['ioctl TIOCSTI', limited('ioctl', 0, 0x5412), EPERM],
  ];
  for (const [title, answer, expected] of rows) test(`${architecture}: ${title}`, (t) => t.is(answer, expected));
}

test('the kernel takes programs of at most 4096 instructions', (t) => {
  t.true(filterOf('x64').length / 8 < 1000);
  t.true(filterOf('arm64').length / 8 < 1000);
});

test('without a socket that sheds nothing may be set on any', (t) => {
  const filter = seccompFilter({ architecture: 'x64', processId: OWN, readOnlySockets: [SOCKET] });
  const ask = (fd: number) =>
    runFilter(filter, { architecture: ARCHITECTURES.x64, number: LIMITED.setsockopt[0], arguments: [fd, 263, 22] });
  for (const fd of [0, 3, SOCKET, SHED_SOCKET]) t.is(ask(fd), EPERM);
});

for (const architecture of ['x64', 'arm64'] as const) {
  test(`${architecture}: a plain driver knows no question after its abilities, and all else goes on`, (t) => {
    const filter = plainDriverFilter(architecture);
    const SIOCETHTOOL = 0x8946;
    const ioctl = LIMITED.ioctl[column[architecture]];
    const ask = (of: number, number: number, command: number) =>
      runFilter(filter, { architecture: of, number, arguments: [3, command] });
    const own = ARCHITECTURES[architecture];
    t.is(ask(own, ioctl, SIOCETHTOOL), EOPNOTSUPP);
    t.is(ask(own, ioctl, 0x8921), ALLOW);
    t.is(ask(own, ioctl + 1, SIOCETHTOOL), ALLOW);
    t.is(ask(0x40000003, ioctl, SIOCETHTOOL), ALLOW);
  });
}
