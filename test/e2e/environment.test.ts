// What the machine lacks is said with what to install or grant; nothing is touched before it is there.

import { KNOCKDAEMON, labSecret, startDaemon, writeConfig } from '../lab/daemon-process.ts';
import { knock, sequence } from '../lab/knocking.ts';
import type { Host } from '../lab/lab.ts';
import { labTest } from '../lab/lab-test.ts';
import { listen } from '../lab/listen.ts';
import { isOpen } from '../lab/probes.ts';
import type { Finished } from '../lab/run.ts';
import { until } from '../lab/until.ts';

/** Runs the daemon where a library is an empty file, in a mount namespace of its own. */
async function withoutLibrary(server: Host, library: string, args: readonly string[]): Promise<Finished> {
  const find = `$(/usr/sbin/ldconfig -p | awk '/${library}/ { print $NF; exit }')`;
  const hide = `mount --bind /dev/null "$(readlink -f ${find})"`;
  const script = `${hide} && exec "$@"`;
  return server.run('/usr/bin/unshare', [
    '-m',
    '/bin/bash',
    '-c',
    script,
    'sh',
    process.execPath,
    KNOCKDAEMON,
    ...args,
  ]);
}

async function rulesOf(server: Host): Promise<string> {
  return server.mustRun('/usr/sbin/nft', ['list', 'ruleset']);
}

const libraries = [
  ['libpcap\\.so\\.0\\.8', 'libpcap', 'apt-get install libpcap0.8'],
  ['libnftables\\.so\\.1', 'nftables', 'apt-get install nftables'],
] as const;
for (const [library, name, hint] of libraries) {
  for (const command of ['run', 'check']) {
    labTest(`${command} without ${name}: an error that says what to install`, async (t, { lab, server }) => {
      const file = await writeConfig(lab);
      const { code, stderr } = await withoutLibrary(server, library, [command, '--config', file]);
      t.is(code, command === 'check' ? 2 : 1);
      t.regex(stderr, new RegExp(`^knockdaemon: error: ${name}: `, 'm'));
      t.regex(stderr, new RegExp(`^knockdaemon: hint: .*${hint}`, 'm'));
      t.is(await rulesOf(server), '');
    });
  }
}

for (const [capability, option] of [
  ['CAP_NET_RAW', '-net_raw'],
  ['CAP_NET_ADMIN', '-net_admin'],
] as const) {
  labTest(`without ${capability}: an error that says what to grant`, async (t, { lab, server }) => {
    const file = await writeConfig(lab);
    const drop = ['--bounding-set', option, '--inh-caps', option];
    const { code, stderr } = await server.run('/usr/bin/setpriv', [
      ...drop,
      process.execPath,
      KNOCKDAEMON,
      '--config',
      file,
    ]);
    t.is(code, 1);
    t.regex(stderr, new RegExp(`^knockdaemon: error: privileges: expected the capability ${capability}$`, 'm'));
    t.regex(stderr, /^knockdaemon: hint: run it as root, or grant it/m);
    t.is(await rulesOf(server), '');
  });
}

labTest('check names a missing interface', async (t, { lab, server }) => {
  const file = await writeConfig(lab, { top: 'interface = ["eth0", "nope0"]' });
  const { code, stderr } = await server.run(process.execPath, [KNOCKDAEMON, 'check', '--config', file]);
  t.is(code, 2);
  t.regex(stderr, /^knockdaemon: error: interface: "nope0"/m);
});

labTest('check of a good configuration on a good machine says so', async (t, { lab, server }) => {
  const file = await writeConfig(lab);
  const { code, stdout, stderr } = await server.run(process.execPath, [KNOCKDAEMON, 'check', '--config', file]);
  t.is(stderr, '');
  t.is(code, 0);
  t.regex(stdout, /1 client/);
  t.is(await rulesOf(server), '', 'checking changes nothing');
});

labTest(
  'several mistakes in a configuration are told at once, before anything is touched',
  async (t, { lab, server }) => {
    const file = await writeConfig(lab, {
      top: 'base_port = 65281',
      firewall: 'mode = "gaurd"',
      clients: [{ name: 'alice', secret: labSecret(1), toml: 'ports = ["tcp/70000"]\nmax_time = 256' }],
    });
    const { code, stderr } = await server.run(process.execPath, [KNOCKDAEMON, 'run', '--config', file]);
    t.is(code, 2);
    for (const path of ['base_port', 'firewall.mode', 'client[0].ports[0]', 'client[0].max_time']) {
      t.true(stderr.includes(`${file}: ${path}: `), `${path} in\n${stderr}`);
    }
    t.is(await rulesOf(server), '');
  },
);

labTest('--test does everything but act', async (t, { lab, server, client }) => {
  const daemon = await startDaemon(lab, server, { args: ['--test'] });
  await knock(client, server.ipv4, sequence());
  await daemon.line({ event: 'opened', client: 'alice', address: client.ipv4 });
  t.is(await rulesOf(server), '');
  t.like(daemon.lines()[0], { event: 'started', test: true });
});

for (const [title, redirection] of [
  ['standard output is full', '>/dev/full'],
  ['nobody reads its log any more', '| head -n 1 >/dev/null'],
] as const) {
  labTest(`the daemon goes on when ${title}`, async (t, { lab, server, client }) => {
    await listen(server, 'tcp', 22, 'service');
    const file = await writeConfig(lab);
    const command = `exec "$0" "$1" run --config "$2" ${redirection}`;
    const shell = server.start('/bin/bash', ['-c', command, process.execPath, KNOCKDAEMON, file]);
    // Its log cannot say when it listens: the kernel does.
    await until('it captures', async () => {
      const sockets = await server.mustRun('/usr/bin/cat', ['/proc/net/packet']);
      return sockets.trimEnd().split('\n').length > 1;
    });
    for (const time of [1, 2]) await knock(client, server.ipv4, sequence({ time }));
    t.true(await isOpen(client, server.ipv4, 22));
    t.is(shell.stderr, '');
    t.is(shell.child.exitCode, null);
  });
}
