// The client's whole way: from its command line to the port that opens, or the reason why not.

import { chmod, cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeSecret } from '@eightknock/codec';
import { ALICE, labSecret, SERVER_ID, startDaemon } from '../lab/daemon-process.ts';
import { clientOf } from '../lab/knockclient.ts';
import { labTest } from '../lab/lab-test.ts';
import { askUdp, listen } from '../lab/listen.ts';
import { isOpen, lookAt } from '../lab/probes.ts';
import { defaultDrop } from '../lab/rulesets.ts';
import { until } from '../lab/until.ts';

const ways: readonly (readonly [title: string, version: 'ipv4' | 'ipv6', args: readonly string[]])[] = [
  ['IPv4, TCP', 'ipv4', []],
  ['IPv6, TCP', 'ipv6', []],
  ['IPv4, UDP', 'ipv4', ['--transport', 'udp']],
  ['IPv6, UDP', 'ipv6', ['--transport', 'udp']],
  ['the address it comes from', 'ipv4', ['--ip', 'source']],
];
for (const [title, version, args] of ways) {
  labTest(`--wait says that the port is open: ${title}`, async (t, { lab, server, client, third }) => {
    await listen(server, 'tcp', 22, 'service');
    const daemon = await startDaemon(lab, server);
    const knockclient = await clientOf(lab, client);
    const { code, stdout, stderr } = await knockclient(server[version], '--wait', ...args);
    t.is(stderr, '');
    t.is(code, 0);
    t.regex(stdout, /port 22 is open after \d+(?:\.\d+)? s \(\d+ knocks/);
    t.like(await daemon.line({ event: 'opened' }), { address: client[version], client: 'alice', requestedTime: 1 });
    t.is(await lookAt(third, server[version], 22), 'silent');
  });
}

labTest('--wait knocks again, with another nonce, until the daemon is there', async (t, { lab, server, client }) => {
  await listen(server, 'tcp', 22, 'service');
  await defaultDrop(server, ['meta mark 0x745 accept']);
  const knockclient = await clientOf(lab, client);
  const waiting = knockclient(server.ipv4, '--wait', '30', '--json');
  const filter = 'tcp[tcpflags] == tcp-syn and dst portrange 745-1000';
  const dump = server.start('/usr/bin/tcpdump', ['-ni', 'eth0', '-l', filter]);
  await until('some knocks are lost', () => dump.stdout.split('\n').length > 8);
  const daemon = await startDaemon(lab, server, { firewall: 'mode = "mark"' });
  const { code, stdout } = await waiting;
  t.is(code, 0);
  t.like(JSON.parse(stdout), { ok: true });
  await daemon.line({ event: 'opened' });
});

labTest(
  'a knock sends exactly one SYN a port, in order, also when nobody answers',
  async (t, { lab, server, client }) => {
    await defaultDrop(server, []);
    const knockclient = await clientOf(lab, client);
    const dump = server.start('/usr/bin/tcpdump', ['-ni', 'eth0', '-l', '-tt', 'tcp and dst portrange 745-1000']);
    await until('tcpdump listens', () => dump.stderr.includes('listening on'));
    const { code, stdout } = await knockclient(server.ipv4, '--json', '--delay', '5');
    t.is(code, 0);
    const { ports } = JSON.parse(stdout) as { ports: number[] };
    const seen = () =>
      [...dump.stdout.matchAll(/> \d+\.\d+\.\d+\.\d+\.(\d+): Flags \[S\]/g)].map(([, port]) => Number(port));
    await until('eight SYNs', () => seen().length >= 8);
    t.deepEqual(seen(), ports);
    t.is(dump.stdout.trimEnd().split('\n').length, 8, 'and nothing else');
  },
);

labTest('it needs no privileges', async (t, { lab, server, client }) => {
  await listen(server, 'tcp', 22, 'service');
  await startDaemon(lab, server);
  await chmod(lab.folder, 0o711);
  // The commands as another user would have them: in a folder that he can read.
  const folder = join(lab.folder, 'installed');
  const from = new URL('../../../', import.meta.url).pathname;
  for (const name of ['codec', 'cli', 'client']) {
    for (const part of ['dist', 'bin', 'package.json']) {
      await cp(join(from, 'packages', name, part), join(folder, 'packages', name, part), { recursive: true }).catch(
        () => {},
      );
    }
  }
  await cp(join(from, 'node_modules'), join(folder, 'node_modules'), {
    recursive: true,
    verbatimSymlinks: true,
    filter: (path) =>
      /node_modules(?:\/(?:@eightknock|@noble|blowfish-node|commander|ipaddr\.js|smol-toml|zod)\b|$)/.test(path),
  });
  await mkdir(join(lab.folder, 'nobody'), { mode: 0o777 });
  const key = join(lab.folder, 'nobody', 'key');
  await writeFile(key, encodeSecret(ALICE.secret), { mode: 0o600 });
  await client.mustRun('/usr/bin/chown', ['-R', 'nobody', join(lab.folder, 'nobody')]);
  const as = ['--reuid', 'nobody', '--clear-groups', '--inh-caps=-all', '--no-new-privs'];
  const command = [join(folder, 'packages/client/bin/knockclient.js'), server.ipv4, '--key-file', key];
  const options = ['--server-id', SERVER_ID, '--port', '22', '--wait'];
  const { code, stderr } = await client.run('/usr/bin/setpriv', [...as, process.execPath, ...command, ...options], {
    env: { HOME: join(lab.folder, 'nobody') },
  });
  t.is(stderr, '');
  t.is(code, 0);
});

labTest('a UDP port is opened with the same command', async (t, { lab, server, client }) => {
  await listen(server, 'udp', 5353, 'udp service');
  await startDaemon(lab, server, { clients: [{ ...ALICE, toml: 'ports = ["udp/5353"]' }] });
  const knockclient = await clientOf(lab, client);
  t.is((await knockclient(server.ipv4, '--port', '5353')).code, 0);
  await until('it answers', async () => (await askUdp(client, server.ipv4, 5353)) === 'udp service');
  t.pass();
});

labTest('--wait says that it did not open, and why that may be', async (t, { lab, server, client }) => {
  await listen(server, 'tcp', 22, 'service');
  await startDaemon(lab, server);
  const wrongKey = await clientOf(lab, client, labSecret(99));
  const silent = await wrongKey(server.ipv4, '--wait', '2');
  t.is(silent.code, 1);
  t.regex(silent.stderr, /^knockclient: error: .*22/m);
  t.regex(silent.stderr, /^knockclient: hint: .*(?:clock|key)/m);

  const unreachable = await (await clientOf(lab, client))('10.77.0.99', '--wait', '2');
  t.is(unreachable.code, 1);
  t.regex(unreachable.stderr, /^knockclient: error: /m);
});

labTest('what it printed with --print opens when Debian’s knock sends it', async (t, { lab, server, client }) => {
  await listen(server, 'tcp', 22, 'service');
  await startDaemon(lab, server);
  const knockclient = await clientOf(lab, client);
  const { stdout } = await knockclient(server.ipv4, '--print');
  t.is(await lookAt(client, server.ipv4, 22), 'silent', 'nothing was sent');
  await client.mustRun('/usr/bin/knock', ['-d', '10', server.ipv4, ...stdout.trim().split(' ')]);
  t.true(await isOpen(client, server.ipv4, 22));
});
