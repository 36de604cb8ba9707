// ssh that knocks by itself: the recipes of docs/ssh.md with OpenSSH's own programs.

import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { chmod, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodeEnrolmentLink } from '@eightknock/codec';
import { ALICE, ask, type DaemonProcess, KNOCKCLIENT, SERVER_ID, startDaemon } from '../lab/daemon-process.ts';
import { fastClock } from '../lab/fast-clock.ts';
import type { Host, Lab } from '../lab/lab.ts';
import { type Bench, labTest } from '../lab/lab-test.ts';
import { lookAt } from '../lab/probes.ts';
import { defaultDrop } from '../lab/rulesets.ts';
import { type Background, type Finished, SYSTEM_PATH } from '../lab/run.ts';
import { Sshd } from '../lab/sshd.ts';
import { until } from '../lab/until.ts';

const PAGE = readFileSync(fileURLToPath(new URL('../../../docs/ssh.md', import.meta.url)), 'utf8');

/** The texts of all blocks of the page with this info string. */
function blocks(info: string): string[] {
  return [...PAGE.matchAll(new RegExp(`^\`\`\`${info}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(([, text = '']) => text);
}

/** What the user of the client has: a saved server "gw" at gw.example.net, ssh's configuration, knockclient in PATH. */
class User {
  readonly home: string;
  readonly #host: Host;
  readonly #env: Readonly<Record<string, string>>;
  readonly #binds: string;

  private constructor(lab: Lab, host: Host, env: Readonly<Record<string, string>>) {
    this.home = join(lab.folder, 'home');
    this.#host = host;
    this.#env = {
      ...env,
      HOME: this.home,
      XDG_CONFIG_HOME: '',
      PATH: `${this.home}/bin:${SYSTEM_PATH}`,
      SHELL: '/bin/sh',
    };
    const bind = (from: string, to: string) => `mount --bind ${join(lab.folder, from)} ${to}`;
    this.#binds = `${bind('hosts', '/etc/hosts')} && ${bind('ssh_config', '/etc/ssh/ssh_config')} && cd ${this.home}`;
  }

  /** @param addresses of gw.example.net @param config of ssh, besides what the lab needs */
  static async create(
    { lab, client }: Bench,
    sshd: Sshd,
    addresses: readonly string[],
    config = '',
    env: Readonly<Record<string, string>> = {},
  ): Promise<User> {
    const user = new User(lab, client, env);
    await mkdir(join(user.home, 'bin'), { recursive: true });
    await symlink(KNOCKCLIENT, join(user.home, 'bin/knockclient'));
    await writeFile(join(lab.folder, 'hosts'), addresses.map((address) => `${address} gw.example.net\n`).join(''));
    await writeFile(join(lab.folder, 'ssh_config'), `${config}\nMatch all\n  ConnectTimeout 20\n${sshd.config()}`);
    const { name, secret } = ALICE;
    const ports = [{ protocol: 'tcp', port: 22 }] as const;
    const link = encodeEnrolmentLink({
      host: 'gw.example.net',
      basePort: 745,
      serverId: SERVER_ID,
      client: name,
      secret,
      ports,
    });
    await client.mustRun(process.execPath, [KNOCKCLIENT, 'add', 'gw', link], { env: user.#env });
    return user;
  }

  /** Types a command into a shell. */
  type(command: string): Promise<Finished> {
    return this.#host.run('/usr/bin/unshare', ['-m', '/bin/bash', '-c', `${this.#binds} && ${command}`], {
      env: this.#env,
    });
  }

  /** The same for a command that goes on; `exec` in it makes the signals its own. */
  start(command: string, stdin: 'ignore' | 'pipe' = 'ignore'): Background {
    const args = ['-m', '/bin/bash', '-c', `${this.#binds} && exec ${command}`];
    return this.#host.start('/usr/bin/unshare', args, this.#env, stdin);
  }
}

interface Running {
  readonly sshd: Sshd;
  readonly daemon: DaemonProcess;
}

async function startServer({ lab, server }: Bench): Promise<Running> {
  await defaultDrop(server, ['tcp dport 22 accept']);
  const sshd = await Sshd.start(lab, server);
  return { sshd, daemon: await startDaemon(lab, server) };
}

/** Takes all grants back, so that what follows has to knock. */
async function closeAll({ server }: Bench, daemon: DaemonProcess): Promise<void> {
  await ask(server, daemon, 'revoke', '--all').catch(() => undefined);
}

labTest('every recipe of docs/ssh.md logs in through a closed door', async (t, bench) => {
  const { lab, server, client } = bench;
  const { sshd, daemon } = await startServer(bench);
  const user = await User.create(bench, sshd, [server.ipv4], blocks('ssh-config').join('\n'));
  await mkdir(join(lab.folder, 'backup'));
  await writeFile(join(user.home, 'photo.jpg'), randomBytes(10_000));
  const commands = blocks('sh client').flatMap((text) => text.trimEnd().split('\n'));
  t.is(commands.length, 9);
  for (const command of commands) {
    await closeAll(bench, daemon);
    t.is(await lookAt(client, server.ipv4, 22), 'silent');
    const knocks = daemon.count('opened');
    const { code, stdout, stderr } = await user.type(command.replaceAll(':backup', `:${lab.folder}/backup`));
    t.is(code, 0, `${command}\n${stderr}`);
    if (command.includes('uptime')) t.regex(stdout, /load average/, command);
    t.true(daemon.count('opened') > knocks, command);
  }
  const checksum = async (file: string) =>
    createHash('sha256')
      .update(await readFile(file))
      .digest('hex');
  t.is(await checksum(join(user.home, 'again.jpg')), await checksum(join(user.home, 'photo.jpg')));
});

for (const [title, families] of [
  ['IPv4 alone', ['ipv4']],
  ['IPv6 alone', ['ipv6']],
  ['both, of which the first is refused', ['ipv6', 'ipv4']],
] as const) {
  labTest(`the proxy carries ssh over ${title}`, async (t, bench) => {
    const { server } = bench;
    const { sshd, daemon } = await startServer(bench);
    const addresses = families.map((family) => server[family]);
    const user = await User.create(bench, sshd, addresses, blocks('ssh-config')[0]);
    const { code, stdout, stderr } = await user.type('printf x | ssh root@gw.example.net cat');
    t.deepEqual([code, stdout, stderr], [0, 'x', ''], 'the end of standard input reaches the other side');
    const opened = await daemon.line({ event: 'opened' });
    t.true(addresses.some((address) => address.includes(':') === String(opened.address).includes(':')));
  });
}

labTest('50 MB arrive whole, in both directions', async (t, bench) => {
  const { lab, server } = bench;
  const { sshd } = await startServer(bench);
  const user = await User.create(bench, sshd, [server.ipv4], blocks('ssh-config')[0]);
  const bytes = randomBytes(50 * 1024 * 1024);
  await writeFile(join(user.home, 'big'), bytes);
  const remote = `root@gw.example.net:${lab.folder}/big-there`;
  const { code, stderr } = await user.type(`scp -q big ${remote} && scp -q ${remote} big-again`);
  t.is(code, 0, stderr);
  for (const file of [join(lab.folder, 'big-there'), join(user.home, 'big-again')]) {
    t.true(bytes.equals(await readFile(file)), file);
  }
});

labTest('knockclient ssh: arguments, exit status, and paths that a shell would take apart', async (t, bench) => {
  const { lab, server } = bench;
  const { sshd, daemon } = await startServer(bench);
  const user = await User.create(bench, sshd, [server.ipv4]);
  const { code, stdout, stderr } = await user.type(`knockclient ssh gw -l root 'echo "$0 a  b"; exit 7'`);
  t.deepEqual([code, stdout.split(' ').slice(1).join(' '), stderr], [7, 'a  b\n', '']);
  const onTerminal = `script -qec 'knockclient ssh root@gw -t "tty && stty size"' /dev/null`;
  t.regex((await user.type(onTerminal)).stdout, /\/dev\/pts\/\d+\r\n\d+ \d+\r\n/);
  const wrong = await user.type('knockclient ssh nosuch true');
  t.is(wrong.code, 2);
  t.regex(wrong.stderr, /"nosuch" is not a saved server/);

  await closeAll(bench, daemon);
  const strange = join(lab.folder, `it's 100%h $HOME; "so"`);
  await mkdir(strange);
  await symlink(KNOCKCLIENT, join(strange, 'knock client'));
  await writeFile(
    join(user.home, 'bin/strange'),
    `#!/bin/sh\nexec ${process.execPath} '${strange.replace("'", "'\\''")}/knock client' "$@"\n`,
  );
  await chmod(join(user.home, 'bin/strange'), 0o755);
  const again = await user.type('strange ssh root@gw echo in');
  t.deepEqual([again.code, again.stdout, again.stderr], [0, 'in\n', '']);

  const failed = await user.type('knockclient ssh --wait 1 root@gw -p 23 true');
  t.is(failed.code, 255);
  t.regex(failed.stderr, /^knockclient: error: port 23 did not open within/m);
});

labTest('knockclient run --renew knocks again until the command ends', async (t, bench) => {
  const { lab, server } = bench;
  const { sshd, daemon } = await startServer(bench);
  const user = await User.create(bench, sshd, [server.ipv4], '', await fastClock(lab, 20));
  const command = user.start(
    'knockclient run gw --port 22 --wait 600 --renew --close -- sh -c "echo begun; read line; exit 3"',
    'pipe',
  );
  await until('the command runs', () => command.stdout.includes('begun'));
  // After 24, 48, 72 and 96 seconds of its clock: the second minute is begun.
  await until('four renewals', () => daemon.count('opened') >= 5);
  t.is(daemon.count('closed'), 0);
  command.child.stdin?.end('\n');
  t.is(await command.ended, 3);
  await daemon.line({ event: 'closed', client: 'alice' });
  t.is(await lookAt(bench.client, server.ipv4, 22), 'silent');
  t.is(command.stderr, '');

  const session = user.start('knockclient ssh --wait 600 --renew root@gw "echo begun; read line"', 'pipe');
  await until('the session has begun', () => session.stdout.includes('begun'));
  const opened = daemon.count('opened');
  await until('two renewals', () => daemon.count('opened') >= opened + 2);
  session.child.stdin?.end('\n');
  t.is(await session.ended, 0);
});

labTest('run --close closes after a signal, which the command gets first', async (t, bench) => {
  const { server, client } = bench;
  const { sshd, daemon } = await startServer(bench);
  const user = await User.create(bench, sshd, [server.ipv4]);
  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT'] as const) {
    const closes = daemon.count('closed');
    const script = `trap 'echo told; exit 5' ${signal.slice(3)}; echo begun; while :; do sleep 0.05; done`;
    await writeFile(join(user.home, 'bin/script'), `#!/bin/bash\n${script}\n`, { mode: 0o755 });
    const command = user.start('knockclient run gw --port 22 --close -- script');
    await until('the command runs', () => command.stdout.includes('begun'));
    t.is(await lookAt(client, server.ipv4, 22), 'open', signal);
    t.is(await command.stop(signal), 5, signal);
    t.is(command.stdout, 'begun\ntold\n', signal);
    await until('the close', () => daemon.count('closed') > closes);
    t.is(await lookAt(client, server.ipv4, 22), 'silent', signal);
  }
});

labTest('ssh --close closes when the session has ended, however it ends', async (t, bench) => {
  const { server, client } = bench;
  const { sshd, daemon } = await startServer(bench);
  const user = await User.create(bench, sshd, [server.ipv4]);
  const closed = async () => (await lookAt(client, server.ipv4, 22)) === 'silent';
  t.is((await user.type('knockclient ssh --close root@gw true')).code, 0);
  await until('the door is closed', closed);
  t.true(daemon.count('closed') > 0);

  /** knockclient itself: everything before it was replaced by it. Its children are ssh, and the witness of signals. */
  const sshOf = async ({ child: { pid } }: Background) => {
    const children = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim().split(' ');
    const names = await Promise.all(children.map((child) => readFile(`/proc/${child}/comm`, 'utf8')));
    return Number(children[names.indexOf('ssh\n')]);
  };
  const endings: readonly ((session: Background) => Promise<unknown>)[] = [
    (session) => session.stop('SIGTERM'),
    async (session) => process.kill(await sshOf(session), 'SIGKILL'),
  ];
  for (const end of endings) {
    const session = user.start(`knockclient ssh --close root@gw 'echo begun; sleep 60'`);
    await until('the session has begun', () => session.stdout.includes('begun'));
    t.false(await closed());
    await end(session);
    t.not(await session.ended, 0);
    await until('the door is closed again', closed);
  }
});

labTest('--if-closed goes through an open door without a knock', async (t, bench) => {
  const { server } = bench;
  const { sshd } = await startServer(bench);
  const recipe = blocks('ssh-config')[0]?.replace('proxy', 'proxy --if-closed --debug');
  const user = await User.create(bench, sshd, [server.ipv4], recipe);
  const knocks = async () => {
    const { code, stderr } = await user.type('ssh root@gw.example.net true');
    t.is(code, 0, stderr);
    return stderr.includes('nonce');
  };
  t.true(await knocks());
  t.false(await knocks());
});
