// A running daemon is asked, told and reloaded: what is wrong changes nothing, what is right loses nothing.

import { readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { encodeSecret } from '@eightknock/codec';
import { ALICE, ask, type DaemonProcess, KNOCKDAEMON, labSecret, startDaemon } from '../lab/daemon-process.ts';
import { knock, sequence } from '../lab/knocking.ts';
import type { Host } from '../lab/lab.ts';
import { labTest } from '../lab/lab-test.ts';
import { listen } from '../lab/listen.ts';
import { isOpen, lookAt, openElements } from '../lab/probes.ts';
import type { Finished } from '../lab/run.ts';
import { until } from '../lab/until.ts';

const BOB = { name: 'bob', secret: labSecret(2), toml: 'ports = ["tcp/22", "tcp/23"]' };

/** Runs a command of a person at the server. */
function command(server: Host, { configFile }: DaemonProcess, ...args: string[]): Promise<Finished> {
  const [name = '', ...rest] = args;
  return server.run(process.execPath, [KNOCKDAEMON, name, '--config', configFile, ...rest]);
}

/** Changes the configuration. */
async function edit({ configFile }: DaemonProcess, change: (text: string) => string): Promise<void> {
  await writeFile(configFile, change(await readFile(configFile, 'utf8')));
}

labTest('status, grants, revoke and audit tell and do what they say', async (t, { lab, server, client, third }) => {
  await listen(server, 'tcp', 22, 'service');
  const daemon = await startDaemon(lab, server, { clients: [ALICE, BOB] });
  await knock(client, server.ipv4, sequence({ time: 0 }));
  await daemon.line({ event: 'opened', client: 'alice' });
  await knock(third, server.ipv4, sequence({ time: 5 }, { client: BOB }));
  await daemon.line({ event: 'opened', client: 'bob' });

  const socket = await stat(join(dirname(daemon.configFile), 'control.sock'));
  t.is(socket.mode & 0o777, 0o600);
  t.like(await ask(server, daemon, 'status'), { clients: 2, grants: 2, store: { writable: true } });
  const said = await command(server, daemon, 'grants');
  t.is(said.code, 0);
  for (const word of ['alice', 'bob', client.ipv4, third.ipv4, 'tcp/22']) t.true(said.stdout.includes(word), word);
  t.like(await ask(server, daemon, 'grants', '--client', 'bob'), { total: 1 });
  t.is((await command(server, daemon, 'grants', '--client', 'carol')).stdout, 'no grants\n');

  t.is((await command(server, daemon, 'revoke', client.ipv4, '22')).code, 0);
  t.is(await lookAt(client, server.ipv4, 22), 'silent');
  t.true(await isOpen(third, server.ipv4, 22), 'the other is not touched');
  t.is((await command(server, daemon, 'revoke', '--client', 'bob')).code, 0);
  t.is(await lookAt(third, server.ipv4, 22), 'silent');
  t.is((await command(server, daemon, 'revoke', '--all')).code, 1, 'there is nothing left');
  t.is((await command(server, daemon, 'revoke')).code, 2, 'what?');
  const { entries: trail } = (await ask(server, daemon, 'audit')) as { entries: { event: string }[] };
  t.deepEqual(
    trail.map(({ event }) => event),
    ['revoked', 'revoked', 'opened', 'opened'],
  );
});

labTest('reload: a removed client’s grants end, the others’ stay, a new client can knock', async (t, bench) => {
  const { lab, server, client, third } = bench;
  await listen(server, 'tcp', 22, 'service');
  const daemon = await startDaemon(lab, server, { clients: [ALICE, BOB] });
  const recorded = sequence({ time: 0 });
  await knock(client, server.ipv4, recorded);
  await daemon.line({ event: 'opened', client: 'alice' });
  await knock(third, server.ipv4, sequence({ time: 0 }, { client: BOB }));
  await daemon.line({ event: 'opened', client: 'bob' });
  const carol = { name: 'carol', secret: labSecret(3), toml: 'ports = ["tcp/24"]' };

  await edit(daemon, (text) =>
    text.replace('name = "bob"', 'name = "carol"').replace(encodeSecret(BOB.secret), encodeSecret(carol.secret)),
  );
  t.is((await command(server, daemon, 'reload')).code, 0);
  await daemon.line({ event: 'revoked', client: 'bob', address: third.ipv4 });
  t.is(await lookAt(third, server.ipv4, 22), 'silent');
  t.true(await isOpen(client, server.ipv4, 22));
  await knock(third, server.ipv4, sequence({ port: 23 }, { client: carol }));
  await daemon.line({ event: 'opened', client: 'carol', ports: ['tcp/23'] });
  await knock(client, server.ipv4, recorded);
  await daemon.line({ event: 'denied', reason: 'replay' });
  t.like(await ask(server, daemon, 'status'), { firewall: { guarded: ['tcp/22', 'tcp/23'] } });
});

labTest('reload: what may no longer be so long ends earlier, in the kernel too', async (t, bench) => {
  const { lab, server, client, third } = bench;
  const daemon = await startDaemon(lab, server, { clients: [ALICE, BOB] });
  await knock(client, server.ipv4, sequence({ time: 0 }));
  await daemon.line({ event: 'opened', client: 'alice' });
  await knock(third, server.ipv4, sequence({ time: 5 }, { client: BOB }));
  await daemon.line({ event: 'opened', client: 'bob' });

  await edit(daemon, (text) => text.replaceAll('[[client]]', '[[client]]\nmax_time = 10'));
  t.is((await command(server, daemon, 'reload')).code, 0);
  await daemon.line({ event: 'shortened', client: 'alice', address: client.ipv4 });
  t.is(daemon.lines().filter(({ event }) => event === 'shortened' || event === 'revoked').length, 1);
  const elements = await openElements(server);
  t.regex(elements, new RegExp(`${client.ipv4}[^,]* expires [5-9]m`));
  t.regex(elements, new RegExp(`${third.ipv4}[^,]* expires [0-4]m`));
});

labTest('SIGHUP reloads in the middle of a sequence, which goes on', async (t, { lab, server, client }) => {
  const daemon = await startDaemon(lab, server, { args: ['--debug'] });
  const ports = sequence();
  await knock(client, server.ipv4, ports.slice(0, 4));
  await until('four knocks were seen', async () => {
    const { counts } = (await ask(server, daemon, 'status')) as { counts: { knocks?: number } };
    return counts.knocks === 4;
  });
  await edit(
    daemon,
    (text) => `${text}\n[[client]]\nname = "bob"\nsecret = "${encodeSecret(BOB.secret)}"\n${BOB.toml}\n`,
  );
  daemon.background.child.kill('SIGHUP');
  await daemon.line({ event: 'reloaded', clients: 2 });
  await knock(client, server.ipv4, ports.slice(4));
  await daemon.line({ event: 'opened', client: 'alice' });
  t.is(daemon.lines().filter((line) => line.state === 'capturing').length, 1, 'capturing was not disturbed');
});

labTest('a wrong or half-written configuration changes nothing and is reported whole', async (t, bench) => {
  const { lab, server, client } = bench;
  const daemon = await startDaemon(lab, server);
  const before = await readFile(daemon.configFile, 'utf8');
  await edit(daemon, (text) => text.slice(0, text.indexOf('secret') + 20));
  daemon.background.child.kill('SIGHUP');
  await daemon.line({ event: 'reload-refused' });
  await writeFile(daemon.configFile, `base_port = 0\n${before.replace('tcp/22', 'tcp/70000')}`);
  const { code, stderr } = await command(server, daemon, 'reload');
  t.is(code, 2);
  for (const path of ['base_port', 'ports[0]']) t.true(stderr.includes(path), `${path} in\n${stderr}`);
  await knock(client, server.ipv4, sequence());
  await daemon.line({ event: 'opened', client: 'alice' });
  t.like(await ask(server, daemon, 'status'), { clients: 1 });
  await writeFile(daemon.configFile, before);
  t.is((await command(server, daemon, 'reload')).code, 0);
});

labTest('what needs a restart is refused by a reload, by name', async (t, { lab, server }) => {
  const daemon = await startDaemon(lab, server);
  await edit(daemon, (text) => text.replace('/state"', '/elsewhere"'));
  daemon.background.child.kill('SIGHUP');
  const line = await daemon.line({ event: 'reload-refused' });
  t.is(line.path, 'state_dir');
});

labTest('reload listens on other interfaces and ports', async (t, { lab, server, client }) => {
  const daemon = await startDaemon(lab, server, { top: 'interface = "eth0"\nbase_port = 745' });
  await edit(daemon, (text) => text.replace('"eth0"', '["eth0", "lo"]'));
  daemon.background.child.kill('SIGHUP');
  await daemon.line({ event: 'capture', interface: 'lo', state: 'capturing' });
  t.is(daemon.lines().filter((line) => line.interface === 'eth0' && line.state === 'capturing').length, 1);
  await edit(daemon, (text) =>
    text.replace('base_port = 745', 'base_port = 20000').replace('["eth0", "lo"]', '"eth0"'),
  );
  daemon.background.child.kill('SIGHUP');
  await until('it listens anew', () => {
    return daemon.lines().filter((line) => line.interface === 'eth0' && line.state === 'capturing').length === 2;
  });
  await knock(
    client,
    server.ipv4,
    sequence().map((port) => port - 745 + 20_000),
  );
  await daemon.line({ event: 'opened' });
});

labTest('rescue: confirmed, the guard stays', async (t, { lab, server, client, third }) => {
  await listen(server, 'tcp', 22, 'service');
  const daemon = await startDaemon(lab, server, { args: ['--rescue', '60'] });
  t.regex(await server.mustRun('/usr/sbin/nft', ['list', 'set', 'inet', 'knockdaemon', 'guarded']), /expires 59m/);
  const { firewall } = (await ask(server, daemon, 'status')) as { firewall: { rescueEndMs: number } };
  t.true(firewall.rescueEndMs > Date.now() + 3_500_000 && firewall.rescueEndMs < Date.now() + 3_600_000);
  t.is((await command(server, daemon, 'confirm')).code, 0);
  await daemon.line({ event: 'confirmed' });
  t.notRegex(await server.mustRun('/usr/sbin/nft', ['list', 'set', 'inet', 'knockdaemon', 'guarded']), /expires/);
  t.is(await lookAt(third, server.ipv4, 22), 'silent');
  t.is((await command(server, daemon, 'confirm')).code, 1, 'once is enough');
  await knock(client, server.ipv4, sequence());
  await daemon.line({ event: 'opened' });
});

labTest('rescue: nobody confirms, and after a minute the port is as before', async (t, { lab, server, third }) => {
  await listen(server, 'tcp', 22, 'service');
  const daemon = await startDaemon(lab, server, { args: ['--rescue', '1'] });
  t.is(await lookAt(third, server.ipv4, 22), 'silent');
  await daemon.line({ event: 'rescue-lapsed' }, 75);
  await until('it has ended', () => daemon.background.child.exitCode !== null);
  t.is(daemon.background.child.exitCode, 1);
  t.true(await isOpen(third, server.ipv4, 22));
});

labTest('debug follows one source stage by stage, and no other', async (t, { lab, server, client, third }) => {
  const daemon = await startDaemon(lab, server, { args: ['--debug', client.ipv4] });
  await knock(third, server.ipv4, sequence());
  await daemon.line({ event: 'opened', address: third.ipv4 });
  await knock(client, server.ipv4, sequence());
  await daemon.line({ event: 'opened', address: client.ipv4 });
  const traced = daemon.lines().filter((line) => line.event === 'trace');
  t.deepEqual([...new Set(traced.map((line) => line.source))], [client.ipv4]);
  for (const stage of ['knock', 'recognised', 'authorised', 'claim']) {
    t.true(
      traced.some((line) => line.stage === stage),
      `${stage} in ${traced.map((line) => line.stage)}`,
    );
  }
  t.true((await openElements(server)).includes(client.ipv4));
});
