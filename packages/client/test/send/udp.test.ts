// Real sockets on loopback.

import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import test from 'ava';
import { createUdpSender } from '#src/send/udp.js';

const KNOCKS = 8;

const heard = test.macro({
  title: (_, address: string) => `eight knocks have eight source ports and one address, on ${address}`,
  async exec(t, address: string) {
    const receiver = createSocket(address.includes(':') ? 'udp6' : 'udp4');
    receiver.bind(0, address);
    await once(receiver, 'listening');
    t.teardown(() => receiver.close());
    const sources: RemoteInfo[] = [];
    const all = new Promise<void>((resolve) => {
      receiver.on('message', (payload, source) => {
        t.true(payload.length <= 1);
        if (sources.push(source) === KNOCKS) resolve();
      });
    });
    const sender = createUdpSender();
    for (let i = 0; i < KNOCKS; i++) await sender.send(address, receiver.address().port);
    sender.finish();
    await all;
    t.is(new Set(sources.map(({ port }) => port)).size, KNOCKS);
    t.deepEqual([...new Set(sources.map((source) => source.address))], [address]);
  },
});

test(heard, '127.0.0.1');
test(heard, '::1');

test('a closed port is no failure, and a sender serves again after finish', async (t) => {
  const closed = createSocket('udp4').bind(0, '127.0.0.1');
  await once(closed, 'listening');
  const { port } = closed.address();
  closed.close();
  const sender = createUdpSender();
  for (let round = 0; round < 2; round++) {
    for (let i = 0; i < KNOCKS; i++) await t.notThrowsAsync(sender.send('127.0.0.1', port));
    sender.finish();
  }
});

test('what this machine cannot send is a failure with a code', async (t) => {
  const sender = createUdpSender();
  const error = await t.throwsAsync<NodeJS.ErrnoException>(sender.send('255.255.255.255', 745));
  t.regex(error?.code ?? '', /^(ENETUNREACH|EACCES|EHOSTUNREACH)$/);
  sender.finish();
});
