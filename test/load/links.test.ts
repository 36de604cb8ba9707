// Whatever happens to a link, capturing goes on within two seconds of its being back.

import type { ExecutionContext } from 'ava';
import { Capturing } from '../lab/capturing.ts';
import { knock } from '../lab/knocking.ts';
import { type Host, ipBatch } from '../lab/lab.ts';
import { labTest } from '../lab/lab-test.ts';
import { until } from '../lab/until.ts';

const MAX_MS = 2000;

/** One knock on that port, sent by Debian's knock, until it is heard: a switch may still be learning. */
async function hears(capturing: Capturing, device: string, client: Host, to: string, port: number): Promise<void> {
  const before = capturing.knocks(device).filter((heard) => heard === port).length;
  await until(`a knock is heard on "${device}"`, async () => {
    await client.run('/usr/bin/knock', ['-u', to, String(port)]);
    return capturing.knocks(device).filter((heard) => heard === port).length > before;
  });
}

/** Does that with the link, and waits until it is captured for the n-th time. */
async function back(
  t: ExecutionContext,
  capturing: Capturing,
  device: string,
  times: number,
  act: () => Promise<void>,
): Promise<void> {
  await act();
  const since = Date.now();
  const { at } = await capturing.reached(device, 'capturing', times);
  t.log(`${t.title}: ${at - since} ms`);
  t.true(at - since <= MAX_MS, `${at - since} ms`);
}

/** A second pair of interfaces to the client, by that name on the server, with the address 10.99.0.1. */
async function addLink(server: Host, client: Host, name: string, peer = 'peer0'): Promise<void> {
  await ipBatch(server.namespace, [
    `link add ${name} type veth peer name ${peer} netns ${client.namespace}`,
    `addr add 10.99.0.1/24 dev ${name}`,
    `link set ${name} up`,
  ]);
  await ipBatch(client.namespace, [`addr add 10.99.0.2/24 dev ${peer}`, `link set ${peer} up`]);
}

labTest('missing at the start', async (t, { server, client }) => {
  const capturing = Capturing.start(server, ['late0']);
  await capturing.reached('late0', 'waiting');
  await back(t, capturing, 'late0', 1, () => addLink(server, client, 'late0'));
  await hears(capturing, 'late0', client, '10.99.0.1', 800);
  t.is(capturing.states('late0').length, 2);
});

labTest('down and up, again and again', async (t, { server, client }) => {
  const capturing = Capturing.start(server, ['eth0']);
  await capturing.reached('eth0', 'capturing');
  for (let round = 1; round <= 4; round++) {
    await ipBatch(server.namespace, ['link set eth0 down']);
    await capturing.reached('eth0', 'waiting', round);
    await back(t, capturing, 'eth0', round + 1, () => ipBatch(server.namespace, ['link set eth0 up']));
    await hears(capturing, 'eth0', client, server.ipv4, 800 + round);
  }
  t.deepEqual(
    capturing.states('eth0').map(({ state }) => state),
    ['capturing', ...Array.from({ length: 4 }, () => ['waiting', 'capturing']).flat()],
    'each is said once',
  );
});

labTest('down and up before anybody could look', async (t, { server, client }) => {
  const capturing = Capturing.start(server, ['eth0']);
  await capturing.reached('eth0', 'capturing');
  for (let round = 1; round <= 5; round++) {
    await back(t, capturing, 'eth0', round + 1, () =>
      ipBatch(server.namespace, ['link set eth0 down', 'link set eth0 up']),
    );
    await hears(capturing, 'eth0', client, server.ipv4, 800 + round);
  }
});

labTest('removed and made anew', async (t, { server, client }) => {
  await addLink(server, client, 'link0');
  const capturing = Capturing.start(server, ['link0']);
  await capturing.reached('link0', 'capturing');
  await ipBatch(server.namespace, ['link del link0']);
  await capturing.reached('link0', 'waiting');
  await back(t, capturing, 'link0', 2, () => addLink(server, client, 'link0'));
  await hears(capturing, 'link0', client, '10.99.0.1', 800);
});

labTest('removed and made anew before anybody could look', async (t, { server, client }) => {
  await addLink(server, client, 'link0');
  const capturing = Capturing.start(server, ['link0']);
  await capturing.reached('link0', 'capturing');
  await back(t, capturing, 'link0', 2, async () => {
    await ipBatch(server.namespace, [
      'link del link0',
      `link add link0 type veth peer name peer0 netns ${client.namespace}`,
      'addr add 10.99.0.1/24 dev link0',
      'link set link0 up',
    ]);
    await ipBatch(client.namespace, ['addr add 10.99.0.2/24 dev peer0', 'link set peer0 up']);
  });
  await hears(capturing, 'link0', client, '10.99.0.1', 800);
});

labTest('renamed: the old name is missing; renamed back, it is captured', async (t, { server, client }) => {
  await addLink(server, client, 'link0');
  const capturing = Capturing.start(server, ['link0']);
  await capturing.reached('link0', 'capturing');
  await ipBatch(server.namespace, ['link set link0 down', 'link set link0 name other0', 'link set other0 up']);
  await capturing.reached('link0', 'waiting');
  await back(t, capturing, 'link0', 2, () =>
    ipBatch(server.namespace, ['link set other0 down', 'link set other0 name link0', 'link set link0 up']),
  );
  await hears(capturing, 'link0', client, '10.99.0.1', 800);
});

labTest('renamed while it is up: its process lives on, and is replaced all the same', async (t, bench) => {
  const { server, client } = bench;
  await addLink(server, client, 'link0');
  const capturing = Capturing.start(server, ['link0']);
  await capturing.reached('link0', 'capturing');
  await ipBatch(server.namespace, ['link set link0 name other0']);
  await capturing.reached('link0', 'waiting');
  await back(t, capturing, 'link0', 2, () => ipBatch(server.namespace, ['link set other0 name link0']));
  await hears(capturing, 'link0', client, '10.99.0.1', 800);
});

labTest('another interface takes its name between two looks: that one is captured', async (t, bench) => {
  const { server, client, third } = bench;
  await addLink(server, client, 'link0');
  await ipBatch(server.namespace, [
    `link add spare0 type veth peer name peer0 netns ${third.namespace}`,
    'addr add 10.98.0.1/24 dev spare0',
    'link set spare0 up',
  ]);
  await ipBatch(third.namespace, ['addr add 10.98.0.2/24 dev peer0', 'link set peer0 up']);
  const capturing = Capturing.start(server, ['link0']);
  await capturing.reached('link0', 'capturing');
  await back(t, capturing, 'link0', 2, () =>
    ipBatch(server.namespace, ['link set link0 name other0', 'link set spare0 name link0']),
  );
  await hears(capturing, 'link0', third, '10.98.0.1', 801);
  await client.run('/usr/bin/knock', ['-u', '10.99.0.1', '802']);
  await hears(capturing, 'link0', third, '10.98.0.1', 803);
  t.false(capturing.knocks('link0').includes(802), 'the one that had the name is not captured any more');
});

labTest('other addresses change nothing', async (t, { server, client }) => {
  const capturing = Capturing.start(server, ['eth0']);
  await capturing.reached('eth0', 'capturing');
  await ipBatch(server.namespace, ['addr flush dev eth0', 'addr add 10.77.0.91/24 dev eth0']);
  await hears(capturing, 'eth0', client, '10.77.0.91', 800);
  await ipBatch(server.namespace, ['addr add fd77::91/64 dev eth0 nodad']);
  await hears(capturing, 'eth0', client, 'fd77::91', 801);
  t.is(capturing.states('eth0').length, 1);
  t.is(capturing.snapshot()?.statuses[0]?.restarts, 0);
});

labTest('"any" hears every link, whatever comes and goes', async (t, { server, client }) => {
  const capturing = Capturing.start(server, ['any']);
  await capturing.reached('any', 'capturing');
  await knock(server, client.ipv4, [810, 811]);
  await addLink(server, client, 'link0');
  await hears(capturing, 'any', client, '10.99.0.1', 800);
  await ipBatch(server.namespace, ['link del link0', 'link set eth0 down']);
  await addLink(server, client, 'link1');
  await hears(capturing, 'any', client, '10.99.0.1', 801);
  await ipBatch(server.namespace, ['link set eth0 up']);
  await hears(capturing, 'any', client, server.ipv4, 802);
  t.deepEqual(
    capturing.knocks('any').filter((port) => port > 802),
    [],
    'what this host sends is no knock',
  );
  t.is(capturing.states('any').length, 1);
  t.is(capturing.snapshot()?.statuses[0]?.restarts, 0);
});

labTest('of several named ones each goes its own way', async (t, { server, client }) => {
  await addLink(server, client, 'link0');
  const capturing = Capturing.start(server, ['eth0', 'link0', 'late0']);
  await capturing.reached('eth0', 'capturing');
  await capturing.reached('link0', 'capturing');
  await capturing.reached('late0', 'waiting');
  await ipBatch(server.namespace, ['link del link0']);
  await capturing.reached('link0', 'waiting');
  await hears(capturing, 'eth0', client, server.ipv4, 800);
  await back(t, capturing, 'link0', 2, () => addLink(server, client, 'link0'));
  await hears(capturing, 'link0', client, '10.99.0.1', 801);
  t.is(capturing.states('eth0').length, 1);
  t.is(capturing.states('late0').length, 1);
});
