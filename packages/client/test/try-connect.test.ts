// Real sockets on loopback.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import test from 'ava';
import { tryConnect } from '#src/try-connect.js';

const look = test.macro({
  title: (_, address: string) => `open and refused on ${address}`,
  async exec(t, address: string) {
    const server = createServer((socket) => socket.resume());
    server.listen(0, address);
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    t.is(await tryConnect(address, port, 2000), 'open');
    server.close();
    await once(server, 'close');
    t.is(await tryConnect(address, port, 2000), 'refused');
  },
});

test(look, '127.0.0.1');
test(look, '::1');

test('silent: a listener that is stopped and whose queue is full', async (t) => {
  // Linux drops further SYNs then, as a firewall would.
  const script = `
require('node:net').createServer().listen({ host: '127.0.0.1', port: 0, backlog: 1 }, function () {
  process.stdout.write(String(this.address().port), () => process.kill(process.pid, 'SIGSTOP'));
});`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.teardown(() => child.kill('SIGKILL'));
  const [port] = await once(child.stdout, 'data');
  const looks: string[] = [];
  // A connection that is closed at once keeps its place in the queue.
  while (looks.at(-1) !== 'silent' && looks.length < 20) looks.push(await tryConnect('127.0.0.1', Number(port), 250));
  t.is(looks.at(-1), 'silent');
});

test('unreachable: an address that no connection can have', async (t) => {
  t.is(await tryConnect('255.255.255.255', 9, 500), 'unreachable');
});
