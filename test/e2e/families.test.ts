// A host with an IPv4 and an IPv6 address: the connection that follows a knock may take either.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeSecret } from '@eightknock/codec';
import { ALICE, KNOCKCLIENT, SERVER_ID, startDaemon } from '../lab/daemon-process.ts';
import type { Host, Lab } from '../lab/lab.ts';
import { labTest } from '../lab/lab-test.ts';
import { listen } from '../lab/listen.ts';
import { isOpen, lookAt } from '../lab/probes.ts';
import { until } from '../lab/until.ts';

const NAME = 'gw.example.net';

async function knock(lab: Lab, client: Host, ...args: string[]) {
  const keyFile = join(lab.folder, 'key-alice');
  await writeFile(keyFile, `${encodeSecret(ALICE.secret)}\n`, { mode: 0o600 });
  const options = ['--key-file', keyFile, '--server-id', SERVER_ID, '--port', '22'];
  return client.run(process.execPath, [KNOCKCLIENT, NAME, ...options, ...args], {
    env: { XDG_CONFIG_HOME: lab.folder },
  });
}

labTest('one command opens for both addresses of the client', async (t, { lab, server, client }) => {
  await client.knows(NAME, [server.ipv6, server.ipv4]);
  await listen(server, 'tcp', 22, 'service');
  const daemon = await startDaemon(lab, server);
  const { code, stdout, stderr } = await knock(lab, client, '--wait');
  t.deepEqual([code, stderr], [0, '']);
  t.true(stdout.includes(server.ipv4) && stdout.includes(server.ipv6), stdout);
  t.true(await isOpen(client, server.ipv4, 22));
  t.true(await isOpen(client, server.ipv6, 22));
  await until('two grants', () => daemon.count('opened') >= 2);
});

labTest('"source" opens for both', async (t, { lab, server, client }) => {
  await client.knows(NAME, [server.ipv6, server.ipv4]);
  await listen(server, 'tcp', 22, 'service');
  const daemon = await startDaemon(lab, server);
  t.is((await knock(lab, client, '--ip', 'source')).code, 0);
  await until('two grants', () => daemon.count('opened') === 2);
  t.true(await isOpen(client, server.ipv4, 22));
  t.true(await isOpen(client, server.ipv6, 22));
});

for (const [flag, other] of [
  ['-4', 'ipv6'],
  ['-6', 'ipv4'],
] as const) {
  labTest(`${flag} leaves the other family closed`, async (t, { lab, server, client }) => {
    await client.knows(NAME, [server.ipv6, server.ipv4]);
    await listen(server, 'tcp', 22, 'service');
    await startDaemon(lab, server);
    t.is((await knock(lab, client, '--wait', flag)).code, 0);
    t.is(await lookAt(client, server[other], 22), 'silent');
  });
}

labTest('a server with IPv4 only, of which a name says otherwise', async (t, { lab, server, client }) => {
  await client.knows(NAME, ['fd77::99', server.ipv4]);
  await listen(server, 'tcp', 22, 'service');
  await startDaemon(lab, server);
  const { code, stdout, stderr } = await knock(lab, client, '--wait');
  t.is(code, 0, stderr);
  t.regex(stdout, /port 22 is open after/);
  t.regex(stderr, /^knockclient: hint: port 22 is not open over IPv6 \((?:no answer|unreachable)\); -4 leaves/);
});

labTest('a client without IPv6 knocks over IPv4', async (t, { lab, server, client }) => {
  await client.knows(NAME, [server.ipv6, server.ipv4]);
  await client.mustRun('/usr/sbin/sysctl', ['-q', '-w', 'net.ipv6.conf.all.disable_ipv6=1']);
  await listen(server, 'tcp', 22, 'service');
  await startDaemon(lab, server);
  const { code, stderr } = await knock(lab, client, '--wait');
  t.deepEqual([code, stderr], [0, '']);
});
