// The datagram as it arrives: at a real socket, which a process of another language holds.

import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import test, { type ExecutionContext } from 'ava';
import { encodeSocketAddress, openNotifySocket } from '#src/service/notify-socket.js';
import { ServiceManager } from '#src/service/service-manager.js';
import { temporaryFolder } from '../config/sample.ts';

const RECEIVER = `
import socket, sys, json
server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
server.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
name = sys.argv[1]
server.bind('\\0' + name[1:] if name[0] == '@' else name)
print('"bound"', flush=True)
while True:
    data, ancillary, _, _ = server.recvmsg(4096, 128)
    pid = int.from_bytes(ancillary[0][2][:4], sys.byteorder)
    print(json.dumps([data.decode(), pid]), flush=True)
`;

/** A service manager in Python. */
async function receive(t: ExecutionContext, name: string): Promise<() => Promise<unknown>> {
  const child: ChildProcessByStdio<null, Readable, null> = spawn('python3', ['-c', RECEIVER, name], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  let text = '';
  const line = async (): Promise<unknown> => {
    for (;;) {
      const end = text.indexOf('\n');
      if (end >= 0) {
        const first = text.slice(0, end);
        text = text.slice(end + 1);
        return JSON.parse(first);
      }
      text += (await once(child.stdout, 'data'))[0];
    }
  };
  t.is(await line(), 'bound');
  return line;
}

const kinds = [
  ['a path', async (t: ExecutionContext) => join(await temporaryFolder(t), 'notify')],
  ['an abstract name', async () => `@eightknock-test-${process.pid}`],
  ['a path as long as can be', async (t: ExecutionContext) => join(await temporaryFolder(t), 'n').padEnd(107, 'n')],
  ['an abstract name as long as can be', async () => `@eightknock-test-${process.pid}-`.padEnd(107, 'n')],
] as const;
for (const [title, makeName] of kinds) {
  test(`${title}: everything that is told arrives, from this process`, async (t) => {
    const name = await makeName(t);
    const line = await receive(t, name);
    const service = new ServiceManager({ NOTIFY_SOCKET: name, WATCHDOG_USEC: '1000000' });
    service.ready('guarding tcp/22');
    t.deepEqual(await line(), ['READY=1\nSTATUS=guarding tcp/22\n', process.pid]);
    service.status('capturing on "eth0"');
    t.deepEqual(await line(), ['STATUS=capturing on "eth0"\n', process.pid]);
    service.feedWatchdog(
      () => undefined,
      () => () => {},
    );
    t.deepEqual(await line(), ['WATCHDOG=1\n', process.pid]);
    service.stopping();
    t.deepEqual(await line(), ['STOPPING=1\nSTATUS=stopping; the guard stays in place\n', process.pid]);
  });
}

test('nobody at the socket: false, no error', async (t) => {
  const send = openNotifySocket(join(await temporaryFolder(t), 'nobody'));
  t.is(send?.('READY=1\n', true), false);
  t.is(openNotifySocket('@eightknock-nobody')?.('READY=1\n', false), false);
});

test('a service manager that reads nothing does not hold up the one who need not wait', async (t) => {
  const name = join(await temporaryFolder(t), 'notify');
  const child = spawn('python3', ['-c', `${RECEIVER.replace('while True:', 'sys.stdin.read()\nwhile True:')}`, name], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  const send = openNotifySocket(name)!;
  let sent = 0;
  while (send('WATCHDOG=1\n', false)) sent++;
  t.true(sent > 0 && sent < 100_000, `${sent} until its queue was full`);
});

const names: readonly (readonly [name: string, fits: boolean])[] = [
  ['', false],
  ['/', false],
  ['@', false],
  ['relative', false],
  ['vsock:2:1234', false],
  ['/a\0b', false],
  ['/run/systemd/notify', true],
  [`/${'n'.repeat(106)}`, true],
  [`/${'n'.repeat(107)}`, false],
  [`@${'ü'.repeat(54)}`, false],
];
for (const [name, fits] of names) {
  test(`${JSON.stringify(name)} is ${fits ? 'a' : 'no'} socket`, (t) => {
    t.is(encodeSocketAddress(name) !== undefined, fits);
  });
}
