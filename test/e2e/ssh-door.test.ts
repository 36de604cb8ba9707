// The main job: an sshd behind the guard, on a host that drops everything else.

import { join } from 'node:path';
import { encodeEnrolmentLink } from '@eightknock/codec';
import { ALICE, KNOCKCLIENT, SERVER_ID, startDaemon } from '../lab/daemon-process.ts';
import type { Host, Lab } from '../lab/lab.ts';
import { labTest } from '../lab/lab-test.ts';
import { nmap, portLines } from '../lab/nmap.ts';
import { isOpen, lookAt, openElements } from '../lab/probes.ts';
import { defaultDrop } from '../lab/rulesets.ts';
import { Sshd } from '../lab/sshd.ts';
import { until } from '../lab/until.ts';

const ALL_PORTS = ['-sS', '-p-', '--min-rate', '15000', '--max-retries', '2'];

/** Adds the server to the client's saved servers, as its user would. @returns the environment of its commands */
async function enrol(lab: Lab, client: Host, host: string): Promise<Record<string, string>> {
  const env = { XDG_CONFIG_HOME: join(lab.folder, 'config') };
  const link = encodeEnrolmentLink({
    host,
    basePort: 745,
    serverId: SERVER_ID,
    client: ALICE.name,
    secret: ALICE.secret,
    ports: [{ protocol: 'tcp', port: 22 }],
  });
  await client.mustRun(process.execPath, [KNOCKCLIENT, 'add', 'gw', link], { env });
  return env;
}

labTest(
  'nmap finds nothing; a knock lets ssh in from that address alone',
  async (t, { lab, server, client, third }) => {
    await defaultDrop(server, ['tcp dport 22 accept']);
    const sshd = await Sshd.start(lab, server);
    await startDaemon(lab, server);

    const before = await nmap(client, server.ipv4, ALL_PORTS);
    t.regex(before, /All 65535 scanned ports on .* are in ignored states/);
    t.regex(before, /65535 filtered tcp ports \(no-response\)/);

    const env = await enrol(lab, client, server.ipv4);
    await client.mustRun(process.execPath, [KNOCKCLIENT, '--port', '22', '--ip', client.ipv4, '--time', '1'], { env });
    t.true(await isOpen(client, server.ipv4, 22));

    const login = await sshd.login(client, server.ipv4, 'echo logged in as $(id -un)');
    t.is(login.stdout, 'logged in as root\n');

    const after = await nmap(client, server.ipv4, ALL_PORTS);
    t.deepEqual([...portLines(after).keys()], [22], 'the one who knocked sees the open port alone');
    t.regex(after, /65534 filtered/);
    const stranger = await nmap(third, server.ipv4, ALL_PORTS);
    t.regex(stranger, /65535 filtered tcp ports \(no-response\)/);
  },
);

labTest('255 closes at once, 0 stays open', async (t, { lab, server, client }) => {
  await defaultDrop(server, ['tcp dport 22 accept']);
  await Sshd.start(lab, server);
  const daemon = await startDaemon(lab, server);
  const env = await enrol(lab, client, server.ipv4);
  const knockclient = (...args: string[]) =>
    client.mustRun(process.execPath, [KNOCKCLIENT, '--port', '22', '--ip', client.ipv4, ...args], { env });

  await knockclient('--time', '0');
  await daemon.line({ event: 'opened', client: 'alice', address: client.ipv4, ports: ['tcp/22'] });
  t.true(await isOpen(client, server.ipv4, 22));
  const elements = await openElements(server);
  t.true(elements.includes(`${client.ipv4} . tcp . 22`));
  t.false(elements.includes('timeout 1m'), 'no limit is an element without timeout');
  t.notRegex(elements, /elements = \{[^}]*(timeout|expires)/);

  await knockclient('--time', '255');
  await daemon.line({ event: 'closed', client: 'alice', address: client.ipv4, ports: ['tcp/22'] });
  t.is(await lookAt(client, server.ipv4, 22), 'silent');
  t.notRegex(await openElements(server), /elements/);
});

labTest(
  'after the time new connections are refused while the old session goes on',
  async (t, { lab, server, client }) => {
    await defaultDrop(server, ['tcp dport 22 accept']);
    const sshd = await Sshd.start(lab, server);
    const daemon = await startDaemon(lab, server);
    const env = await enrol(lab, client, server.ipv4);
    await client.mustRun(process.execPath, [KNOCKCLIENT, '--port', '22', '--time', '1', '--wait'], { env });

    const session = client.start('/usr/bin/ssh', [
      ...sshd.arguments(server.ipv4),
      'echo begun; while sleep 1; do echo tick; done',
    ]);
    await until('the session has begun', () => session.stdout.includes('begun'));
    await daemon.background.stop('SIGKILL');
    t.true(await isOpen(client, server.ipv4, 22), 'the kernel holds the door without the daemon');

    await until('the kernel has closed the door', async () => (await lookAt(client, server.ipv4, 22)) === 'silent', 90);
    t.notRegex(await openElements(server), /elements/);
    const heard = session.stdout.length;
    await until('the old session goes on', () => session.stdout.length > heard);
    t.not((await sshd.login(client, server.ipv4, 'true')).code, 0);
  },
);
