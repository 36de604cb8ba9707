// What a program does with the exported names: plan, send over real sockets on loopback, and what comes is decoded.

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { parseSource, SequenceDecoder } from '@eightknock/codec';
import test, { type ExecutionContext } from 'ava';
import {
  createConnectSender,
  createUdpSender,
  type KnockPlan,
  ownAddressTowards,
  planKnocks,
  portsOf,
  sendPlan,
  systemClock,
  tryConnect,
} from '#src/index.js';
import { KEY, SERVER_ID, VECTOR_SECONDS } from './sample.ts';

type Heard = (port: number) => void;

/** Listens on a port until the test ends. */
type Listen = (t: ExecutionContext, address: string, port: number, heard: Heard) => Promise<void>;

const listenTcp: Listen = async (t, address, port, heard) => {
  const server = createServer((socket) => {
    heard(port);
    socket.on('error', () => {}).resume();
  });
  server.listen(port, address);
  await once(server, 'listening');
  t.teardown(() => server.close());
};

const listenUdp: Listen = async (t, address, port, heard) => {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  socket.on('message', () => heard(port)).bind(port, address);
  await once(socket, 'listening');
  t.teardown(() => socket.close());
};

/** Listens on all ports of a plan; looks for a base port where all of them are free. */
async function listenOnPlan(t: ExecutionContext, address: string, listen: Listen, heard: Heard) {
  const claimedAddress = await ownAddressTowards(address);
  for (let basePort = 10_000; ; basePort += 256) {
    const order = { key: KEY, claimedAddress, port: 22, time: 1, basePort, delayMs: 5 };
    const plan: KnockPlan = planKnocks(order, VECTOR_SECONDS, 3);
    try {
      for (const port of new Set(portsOf(plan))) await listen(t, address, port, heard);
      return { plan, basePort };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || basePort > 30_000) throw error;
    }
  }
}

const sent = test.macro({
  title: (_, name: string, address: string) => `${name} knocks on ${address} are heard in order and decoded`,
  async exec(t, name: 'tcp' | 'udp', address: string) {
    const ports: number[] = [];
    let finish = () => {};
    const all = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const heard = (port: number) => {
      if (ports.push(port) === 8) finish();
    };
    const { plan, basePort } = await listenOnPlan(t, address, name === 'tcp' ? listenTcp : listenUdp, heard);
    await sendPlan(plan, address, name === 'tcp' ? createConnectSender() : createUdpSender(), systemClock);
    await all;
    t.deepEqual(ports, portsOf(plan));
    const alice = { name: 'alice', secret: KEY.secret, trustSource: false, openForOther: false, ports: new Set([22]) };
    const request = new SequenceDecoder(SERVER_ID, [alice], basePort).decode(
      ports,
      parseSource(address),
      VECTOR_SECONDS,
    );
    t.like(request, { ok: true, client: 'alice', claimedAddress: address, port: 22, time: 1 });
    if (name === 'tcp') t.is(await tryConnect(address, ports[0] as number, 1000), 'open');
  },
});

// One after the other: they look for free ports in the same range.
test.serial(sent, 'tcp', '127.0.0.1');
test.serial(sent, 'tcp', '::1');
test.serial(sent, 'udp', '127.0.0.1');
test.serial(sent, 'udp', '::1');
