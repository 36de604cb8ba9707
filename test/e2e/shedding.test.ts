// The program that sheds load, in a real kernel with real packets: by the source, on an interface and on `any`, IPv4 and IPv6.

import { fileURLToPath } from 'node:url';
import { parseAddress } from '@eightknock/codec';
import { startDaemon } from '../lab/daemon-process.ts';
import { startFlood } from '../lab/flood.ts';
import { knock, sequence } from '../lab/knocking.ts';
import type { Host } from '../lab/lab.ts';
import { labTest } from '../lab/lab-test.ts';
import { processOf } from '../lab/processes.ts';
import type { Background } from '../lab/run.ts';
import { until } from '../lab/until.ts';

const PROGRAM = fileURLToPath(new URL('../../../packages/daemon/test/build/capture/shed-program.js', import.meta.url));
const NOBODY = { start: 0, width: 0, seeds: [1, 2] };
const EVERYBODY = { start: 0, width: 2 ** 32 - 1, seeds: [1, 2] };

/** An address as the words of what counts as one source. */
function prefix(address: string): number[] {
  const bytes = Buffer.from(parseAddress(address));
  return bytes.length === 4 ? [bytes.readUInt32BE(0)] : [bytes.readUInt32BE(0), bytes.readUInt32BE(4)];
}

async function startShedding(server: Host, device: string, shedding: object, rings = 'one'): Promise<Background> {
  const program = server.start(process.execPath, [PROGRAM, device, JSON.stringify(shedding), rings], {}, 'pipe');
  await until('the program is ready', () => program.stdout.includes('ready'));
  return program;
}

/** @returns the sources that are heard of these hosts */
async function heardOf(program: Background, to: string, hosts: readonly Host[], last: Host): Promise<Set<string>> {
  const heard = () => new Set(program.stdout.split('\n').filter((line) => /^(known )?[0-9a-f.:]+$/.test(line)));
  for (const host of hosts)
    await host.mustRun('/usr/bin/knock', [...(to.includes(':') ? ['-6'] : []), '-u', to, '750']);
  // One that is known to pass comes last: what was not heard until then was shed.
  const passes = to.includes(':') ? last.ipv6 : last.ipv4;
  await until(`${passes} is heard`, async () => {
    await last.mustRun('/usr/bin/knock', [...(to.includes(':') ? ['-6'] : []), '-u', to, '750']);
    return heard().has(passes);
  });
  return heard();
}

for (const device of ['eth0', 'any']) {
  labTest(`${device}: blocked sources are not heard, known ones are`, async (t, { server, client, third }) => {
    const blocked = { blocked: [prefix(client.ipv4)], known: [prefix(client.ipv4)], window: EVERYBODY };
    const first = await startShedding(server, device, blocked);
    t.deepEqual([...(await heardOf(first, server.ipv4, [client], third))], [third.ipv4]);
    await first.stop();
    const known = { blocked: [], known: [prefix(client.ipv4)], window: NOBODY };
    const second = await startShedding(server, device, known);
    t.deepEqual([...(await heardOf(second, server.ipv4, [third], client))], [client.ipv4]);
  });

  labTest(`${device}: an IPv6 source is its /64`, async (t, { server, client }) => {
    const known = { blocked: [], known: [prefix(client.ipv6)], window: NOBODY };
    const program = await startShedding(server, device, known);
    t.true((await heardOf(program, server.ipv6, [], client)).has(client.ipv6));
    await program.stop();
    const others = { blocked: [[0x20010db8, 0xffff]], known: [prefix(client.ipv4)], window: NOBODY };
    const other = await startShedding(server, device, others);
    await client.mustRun('/usr/bin/knock', ['-6', '-u', server.ipv6, '750']);
    t.deepEqual([...(await heardOf(other, server.ipv4, [], client))], [client.ipv4]);
  });
}

for (const device of ['eth0', 'any']) {
  labTest(`${device}: known sources have a ring of their own`, async (t, { server, client, third }) => {
    const known = { blocked: [], known: [prefix(client.ipv4)], window: EVERYBODY };
    const program = await startShedding(server, device, known, 'two');
    const lines = () => new Set(program.stdout.split('\n').slice(program.stdout.split('\n').indexOf('ready') + 1));
    await until('both are heard', async () => {
      for (const host of [client, third]) await host.mustRun('/usr/bin/knock', ['-u', server.ipv4, '750']);
      return lines().has(`known ${client.ipv4}`) && lines().has(third.ipv4);
    });
    t.false(lines().has(client.ipv4));
    t.false(lines().has(`known ${third.ipv4}`));
  });
}

labTest('nobody can take the filter off a captured socket', async (t, { server }) => {
  const program = await startShedding(server, 'eth0', { blocked: [], known: [] }, 'two');
  t.is(program.stdout.match(/^locked: setsockopt: EPERM$/gm)?.length, 2);
});

labTest(
  'on Ethernet the ring outlasts a pause of a second: 3000 packets wait, and a knock behind them opens',
  async (t, bench) => {
    const { lab, server, client, third } = bench;
    const daemon = await startDaemon(lab, server, { top: 'interface = "eth0"' });
    const child = await processOf(server);
    process.kill(child, 'SIGSTOP');
    const flood = await startFlood(third, server, 'spread', 1, 3000);
    await flood.ended;
    t.true(Number(flood.stdout) >= 2500);
    await knock(client, server.ipv4, sequence());
    process.kill(child, 'SIGCONT');
    await daemon.line({ event: 'opened' });
  },
);
