// Doors that lead on to an inner host, which is reachable no other way.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodeSecret } from '@eightknock/codec';
import {
  ALICE,
  ask,
  type DaemonProcess,
  KNOCKCLIENT,
  restartDaemon,
  SERVER_ID,
  startDaemon,
} from '../lab/daemon-process.ts';
import { knock, sequence } from '../lab/knocking.ts';
import type { Host } from '../lab/lab.ts';
import { type Bench, labTest } from '../lab/lab-test.ts';
import { listen } from '../lab/listen.ts';
import { isOpen, lookAt } from '../lab/probes.ts';
import { until } from '../lab/until.ts';

const VERSIONS = ['ipv4', 'ipv6'] as const;

/** A sequence, and a number in alice's knocks, both lead to the inner web server. */
function doors(inner: Host, more = ''): string {
  const forward = `forward = { port = "tcp/8080", to = ["${inner.ipv4}:80", "[${inner.ipv6}]:80"], time = 5${more} }`;
  return `
[[door]]
name = "web"
kind = "sequence"
knocks = ["tcp/7000", "tcp/9000", "tcp/8000"]
${forward}
[[door]]
name = "alices-web"
kind = "encrypted"
port = 8080
${forward}
`;
}

async function behind({ lab, server }: Bench, more?: string): Promise<readonly [Host, DaemonProcess]> {
  const inner = await lab.addInnerHost(server);
  await listen(inner, 'tcp', 80, 'inner web server');
  const clients = [{ ...ALICE, toml: 'ports = ["tcp/8080"]' }];
  return [inner, await startDaemon(lab, server, { clients, tables: doors(inner, more) })];
}

/** What answers at a port; empty when nothing does. */
async function read(from: Host, address: string, port: number): Promise<string> {
  const script = `exec 3<>/dev/tcp/${address}/${port}; cat <&3`;
  return (await from.run('/usr/bin/timeout', ['2', '/bin/bash', '-c', script])).stdout;
}

for (const version of VERSIONS) {
  labTest(`a sequence leads to the inner host, for the one who knocked: ${version}`, async (t, bench) => {
    const { server, client, third } = bench;
    const [, daemon] = await behind(bench);
    const address = server[version];
    t.is(await lookAt(client, address, 8080), 'silent');
    await client.mustRun('/usr/bin/knock', [
      ...(version === 'ipv6' ? ['-6'] : []),
      '-d',
      '20',
      address,
      '7000',
      '9000',
      '8000',
    ]);
    await daemon.line({ event: 'forwarded', client: 'door:web', address: client[version] });
    t.is(await read(client, address, 8080), 'inner web server');
    t.is(await lookAt(third, address, 8080), 'silent');

    const map = await server.mustRun('/usr/sbin/nft', ['list', 'table', 'inet', 'knockdaemon']);
    t.regex(map, /map forward[46] \{[^}]*elements = \{ \S+ \. tcp \. 8080 timeout 5m expires 4m/, 'the kernel ends it');
    await ask(server, daemon, 'revoke', '--all');
    t.is(await lookAt(client, address, 8080), 'silent');
    t.false(
      (
        await server.mustRun('/usr/sbin/nft', [
          'list',
          'map',
          'inet',
          'knockdaemon',
          `forward${version === 'ipv4' ? 4 : 6}`,
        ])
      ).includes('elements'),
    );
  });

  labTest(`a number in the eight knocks leads there, and closes it: ${version}`, async (t, bench) => {
    const { server, client } = bench;
    const [inner, daemon] = await behind(bench);
    const address = server[version];
    await knock(client, address, sequence({ port: 8080 }));
    await daemon.line({
      event: 'forwarded',
      client: 'alice',
      address: client[version],
      to: version === 'ipv4' ? `${inner.ipv4}:80` : `[${inner.ipv6}]:80`,
    });
    t.is(await read(client, address, 8080), 'inner web server');
    await knock(client, address, sequence({ port: 8080, time: 255 }));
    await daemon.line({ event: 'closed' });
    t.is(await lookAt(client, address, 8080), 'silent');
  });
}

labTest('an inner host without a way back sees this one when it masquerades', async (t, bench) => {
  const { server, client } = bench;
  const [inner, daemon] = await behind(bench, ', masquerade = true');
  await inner.mustRun('/usr/sbin/ip', ['route', 'del', 'default']);
  await inner.mustRun('/usr/sbin/ip', ['-6', 'route', 'del', 'default']);
  for (const version of VERSIONS) {
    await knock(client, server[version], sequence({ port: 8080 }));
    await until('it forwards', () => daemon.count('forwarded') === (version === 'ipv4' ? 1 : 2));
    t.is(await read(client, server[version], 8080), 'inner web server');
  }
});

labTest('it is back after a restart, and when another tool has flushed all rules', async (t, bench) => {
  const { server, client } = bench;
  const [, daemon] = await behind(bench);
  await knock(client, server.ipv4, sequence({ port: 8080 }));
  await daemon.line({ event: 'forwarded' });
  await server.nft('flush ruleset\n');
  await daemon.line({ event: 'restored' });
  t.is(await read(client, server.ipv4, 8080), 'inner web server');

  await daemon.background.stop('SIGKILL');
  await server.nft('flush ruleset\n');
  await restartDaemon(server, daemon);
  t.is(await read(client, server.ipv4, 8080), 'inner web server');
});

labTest('a door without a target of the family is denied; the port stays guarded', async (t, bench) => {
  const { lab, server, client } = bench;
  const tables = `
[[door]]
name = "old"
kind = "sequence"
knocks = ["tcp/7000", "tcp/9000"]
forward = { port = "tcp/8080", to = "10.88.0.2:80", time = 0 }
`;
  const daemon = await startDaemon(lab, server, { tables });
  await client.mustRun('/usr/bin/knock', ['-6', '-d', '20', server.ipv6, '7000', '9000']);
  await daemon.line({ event: 'denied', reason: 'no-target' });
  t.is(await lookAt(client, server.ipv6, 8080), 'silent');
});

/** Two and a half times the shortest grant. */
const WATCHED_SECONDS = 150;

// Real minutes: the kernel ends what has a time, and whoever renews does not notice it.
if (process.env.SLOW !== undefined) {
  labTest(
    'a door that is renewed stays open over two ends of its time, and one that is not closes',
    async (t, bench) => {
      t.timeout(400_000);
      const { lab, server, client, third } = bench;
      await listen(server, 'tcp', 22, 'service');
      const inner = await lab.addInnerHost(server);
      await listen(inner, 'tcp', 80, 'inner web server');
      const forward = `forward = { port = "tcp/8080", to = ["${inner.ipv4}:80", "[${inner.ipv6}]:80"], time = 1 }`;
      const tables = `[[door]]\nname = "web"\nkind = "encrypted"\nport = 8080\n${forward}\n`;
      const clients = [{ ...ALICE, toml: 'ports = ["tcp/22", "tcp/8080"]' }];
      const daemon = await startDaemon(lab, server, { clients, tables });
      for (const version of VERSIONS) await knock(third, server[version], sequence({ port: 8080, time: 1 }));
      await until('it forwards', () => daemon.count('forwarded') === 2);
      for (const version of VERSIONS) t.true(await isOpen(third, server[version], 8080));

      const keyFile = join(lab.folder, 'key-alice');
      await writeFile(keyFile, `${encodeSecret(ALICE.secret)}\n`, { mode: 0o600 });
      const own = ['--key-file', keyFile, '--server-id', SERVER_ID, '--port', '22', '--time', '1', '--renew'];
      const args = [KNOCKCLIENT, 'run', ...own, server.ipv4, '--', '/bin/sh', '-c', 'echo begun; read line'];
      const renewing = client.start(process.execPath, args, { XDG_CONFIG_HOME: lab.folder }, 'pipe');
      await until('the command runs', () => renewing.stdout.includes('begun'));
      for (let second = 0; second < WATCHED_SECONDS; second += 3) {
        t.true(await isOpen(client, server.ipv4, 22), `after ${second} s`);
        await sleep(3000);
      }
      for (const version of VERSIONS) t.is(await lookAt(third, server[version], 8080), 'silent', 'its time is over');
      renewing.child.stdin?.end('\n');
      t.is(await renewing.ended, 0);
      t.true(daemon.count('opened') >= 5, `${daemon.count('opened')} grants`);
      await sleep(61_000);
      t.is(await lookAt(client, server.ipv4, 22), 'silent', 'nobody renews it any more');
    },
  );
}
