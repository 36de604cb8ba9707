// The commands of the README, of docs/five-minutes.md and of docs/from-knockd.md, run as they stand there: the server's by
// root on one host, the client's on another. One file, as all write to the same folders.

import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { knockWith } from '../lab/knockd-process.ts';
import { labTest } from '../lab/lab-test.ts';
import { commandsOf, ROOT } from '../lab/page-commands.ts';
import { isOpen, lookAt } from '../lab/probes.ts';
import { iptablesDefaultDrop } from '../lab/rulesets.ts';
import { run } from '../lab/run.ts';
import { openReaders } from '../lab/shell.ts';
import { Sshd } from '../lab/sshd.ts';
import { until } from '../lab/until.ts';

const README = readFileSync(join(ROOT, 'README.md'), 'utf8');

/** The lines of the README's blocks with this info string. */
const commands = (info: string) => commandsOf(README, info);

labTest('every command of the quick start does what it says', async (t, { lab, server, client }) => {
  const sshd = await Sshd.start(lab, server);
  const { onServer: serverShell, onClient: clientShell } = await openReaders(lab, server, client, sshd);
  const onServer = commands('sh server');
  const start = onServer.indexOf('knockdaemon run --rescue 5');
  t.true(start > 0);
  t.is(onServer[start + 1], 'knockdaemon confirm');
  let link = '';
  for (const command of onServer.slice(0, start)) {
    const output = await serverShell.type(command);
    link = /^eightknock:\/\/\S+$/m.exec(output)?.[0] ?? link;
  }
  t.truthy(link);
  serverShell.send(`${onServer[start]} &`);
  await until('it listens', () => serverShell.output.includes('"capturing"'));
  t.not((await sshd.login(client, server.ipv4, 'true')).code, 0, 'ssh is refused before the knock');

  const onClient = commands('sh client');
  const printed = new Map<string, string>();
  for (const command of onClient) {
    const typed = command.replace('LINK', link).replace(/^ssh .*/, '$& echo in </dev/null');
    printed.set(command, await clientShell.type(typed));
  }
  t.is(printed.get('ssh root@gw.example.net'), 'in\n');
  t.regex(printed.get('knockclient --port 22 --print') ?? '', /^(?:\d{3,4} ){7}\d{3,4}\n$/);
  await until('the close', () => serverShell.output.includes('"event":"closed"'));
  const opened = serverShell.output.split('\n').filter((line) => line.includes('"event":"opened"'));
  t.true(opened.length >= 3, 'on a busy machine --wait may need a second try');
  t.true(opened.at(-1)?.includes('"shortened":true'), 'no limit is shortened to 60 minutes');
  t.not((await sshd.login(client, server.ipv4, 'true')).code, 0, 'ssh is refused after the close');

  const after = onServer.slice(start + 1);
  t.is(after.at(-1), 'knockdaemon flush');
  const said = [];
  for (const command of after.slice(0, -1)) said.push(await serverShell.type(command));
  t.regex(said[0] ?? '', /confirmed: the guard stays/);
  await serverShell.type('kill %1; wait');
  await serverShell.type('knockdaemon flush');
  t.is((await sshd.login(client, server.ipv4, 'echo open')).stdout, 'open\n', 'without the table ssh is open to all');
});

labTest('from nothing to ssh in five minutes: every command, and the door as the page tells', async (t, bench) => {
  const { lab, server, client } = bench;
  const sshd = await Sshd.start(lab, server);
  const { onServer, onClient } = await openReaders(lab, server, client, sshd);
  const page = readFileSync(join(ROOT, 'docs/five-minutes.md'), 'utf8');
  const commands = (info: string) => commandsOf(page, info);

  let link = '';
  for (const command of commands('sh server')) {
    const printed = await onServer.type(command);
    link = /^eightknock:\/\/\S+$/m.exec(printed)?.[0] ?? link;
  }
  t.truthy(link);
  const [start = ''] = commands('sh server first');
  t.is(start, 'knockdaemon run --rescue 5');
  onServer.send(`${start} &`);
  await until('it listens', () => onServer.output.includes('"capturing"'));
  t.not((await sshd.login(client, server.ipv4, 'true')).code, 0, 'ssh is refused before the knock');

  for (const command of commands('sh client')) {
    const typed = command.replace('LINK', link).replace(/^ssh .*/, '$& echo in </dev/null');
    const printed = await onClient.type(typed);
    if (command.startsWith('ssh ')) t.is(printed, 'in\n');
    if (command.startsWith('man ')) t.regex(printed, /^KNOCKCLIENT\(1\)/m);
  }
  const confirmed = commands('sh server second');
  t.is(confirmed[0], 'knockdaemon confirm');
  const said = [];
  for (const command of confirmed) said.push(await onServer.type(command));
  t.regex(said.join(''), /confirmed: the guard stays/);
  t.true(said.join('').includes(client.ipv4), 'grants shows who may come in');

  const all = [...page.matchAll(/^```(.*)\n/gm)].map(([, info]) => info).filter((info) => info !== '');
  const run = ['sh server', 'sh server first', 'sh server second', 'sh client'];
  t.deepEqual([...new Set(all)].sort(), run.sort(), 'no block of commands is left out');
  await onServer.type('kill %1; wait');
});

const SECTION = (name: string, sequence: string, action: string) =>
  `[${name}]\n  sequence = ${sequence}\n  command = /sbin/iptables ${action} INPUT -s %IP% -p tcp --dport 22 -j ACCEPT\n  tcpflags = syn\n`;
const KNOCKD_CONF = SECTION('openSSH', '7000,8000,9000', '-A') + SECTION('closeSSH', '9000,8000,7000', '-D');

labTest('from knockd: each of the three steps opens as the page says', async (t, { lab, server, client }) => {
  const { onServer, onClient } = await openReaders(lab, server, client, await Sshd.start(lab, server));
  await writeFile(join(lab.folder, 'knockd.conf'), KNOCKD_CONF);
  await onServer.type(`mount --bind ${lab.folder}/knockd.conf /etc/knockd.conf`);
  await onServer.type('ln -s "$PWD/packages/daemon/bundle/knockdaemon.js" /usr/local/sbin/knockdaemon');
  await iptablesDefaultDrop(server, []);
  const knocksOpenAndClose = async () => {
    t.is(await lookAt(client, server.ipv4, 22), 'silent');
    await knockWith('knock', client, server, ['7000', '8000', '9000']);
    await until('it opens', () => isOpen(client, server.ipv4, 22));
    await knockWith('knock', client, server, ['9000', '8000', '7000']);
    await until('it closes', async () => (await lookAt(client, server.ipv4, 22)) === 'silent');
  };

  const page = readFileSync(join(ROOT, 'docs/from-knockd.md'), 'utf8');
  let link = '';
  let running = 0;
  for (const command of commandsOf(page, 'sh server')) {
    // No systemd here: nothing else listens.
    if (command.startsWith('systemctl ')) continue;
    if (!command.startsWith('knockdaemon run')) {
      const printed = await onServer.type(command);
      link = /^eightknock:\/\/\S+$/m.exec(printed)?.[0] ?? link;
      continue;
    }
    if (running > 0) {
      await onServer.type(`kill %%; wait`);
      const rule = /^#\s+(iptables .* -j ACCEPT)\b/m.exec(await onServer.type('cat /etc/knockdaemon/knockdaemon.toml'));
      await onServer.type(rule?.[1] ?? 'false');
    }
    running++;
    const before = onServer.output.length;
    onServer.send(`${command.replace(/ +#.*/, '')} &`);
    await until('it listens', () => onServer.output.slice(before).includes('"capturing"'));
    await knocksOpenAndClose();
  }
  t.is(running, 2);
  await onClient.type(
    'mkdir -p ~/.local/bin && ln -s "$PWD/packages/client/bundle/knockclient.cjs" ~/.local/bin/knockclient',
  );
  await onClient.type(`knockclient add gw '${link}' && knockclient gw --port 22 --wait`);
  t.true(await isOpen(client, server.ipv4, 22));
  await onServer.type(`kill %%; wait`);
});

test('the example of the library prints what it says', async (t) => {
  const [code = ''] = [commands('js').join('\n')];
  const expected = /console\.log\(.*\); \/\/ (.*)$/m.exec(code)?.[1];
  t.truthy(expected);
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', code], {});
  t.is(stdout, `${expected}\n`);
});

test('the first commands of the README are the two that do their own set-up', (t) => {
  const scripts = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).scripts;
  const first = commands('sh')
    .slice(0, 2)
    .map((line) => line.split('#')[0]?.trim());
  t.deepEqual(first, ['npm run demo', 'npm test']);
  t.regex(scripts.demo, /^node tools\/setup\.mjs demo && /);
  t.is(scripts.test, 'node tools/test.mjs');
  t.regex(readFileSync(join(ROOT, '.ci/run'), 'utf8'), /npm test/);
});

labTest('the demo does the main job, and shows what the README shows of it', async (t) => {
  const { code, stdout, stderr } = await run(process.execPath, [join(ROOT, 'test/build/demo/demo.js')], {
    seconds: 120,
  });
  t.is(stderr, '');
  t.is(code, 0);
  const shown = stdout.split('\n');
  const lines = commands('text').filter((line) => line !== '');
  t.true(lines.length > 10);
  for (const line of lines) t.true(shown.includes(line), line);
});
