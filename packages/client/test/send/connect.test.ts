// Real sockets on loopback. That there is just one SYN is seen on a wire: see the end-to-end tests.

import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import test from 'ava';
import { createConnectSender } from '#src/send/connect.js';

async function listen(address: string): Promise<{ server: Server; port: number; connections: () => number }> {
  let count = 0;
  const server = createServer((socket) => {
    count++;
    socket.on('error', () => {}).resume();
  });
  server.listen(0, address);
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port, connections: () => count };
}

const heard = test.macro({
  title: (_, address: string) => `each knock is one connection, in order, on ${address}`,
  async exec(t, address: string) {
    const doors = await Promise.all([listen(address), listen(address), listen(address)]);
    t.teardown(() => {
      for (const { server } of doors) server.close();
    });
    const sender = createConnectSender();
    // A port may come twice.
    for (const [i, knock] of [0, 1, 0, 2].entries()) {
      const { server, port } = doors[knock]!;
      const connection = once(server, 'connection');
      await sender.send(address, port);
      await connection;
      t.is(
        doors.reduce((sum, { connections }) => sum + connections(), 0),
        i + 1,
      );
    }
    sender.finish();
    t.deepEqual(
      doors.map(({ connections }) => connections()),
      [2, 1, 1],
    );
  },
});

test(heard, '127.0.0.1');
test(heard, '::1');

for (const address of ['127.0.0.1', '::1']) {
  test(`a closed port is no failure, on ${address}`, async (t) => {
    const { server, port } = await listen(address);
    server.close();
    await once(server, 'close');
    await t.notThrowsAsync(createConnectSender().send(address, port));
  });
}

test('what this machine cannot send is a failure with a code', async (t) => {
  const error = await t.throwsAsync<NodeJS.ErrnoException>(createConnectSender().send('255.255.255.255', 745));
  t.regex(error?.code ?? '', /^(ENETUNREACH|EACCES|EHOSTUNREACH)$/);
});
