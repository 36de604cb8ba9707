// `npm run demo`: the main job on this machine, with nothing changed outside of three network namespaces: a server whose
// sshd nobody sees, a client who knocks, a stranger. Real packets, the real nftables, sshd, ssh and nmap.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { styleText } from 'node:util';
import { KNOCKCLIENT, KNOCKDAEMON, launchDaemon } from '../lab/daemon-process.ts';
import { type Host, Lab } from '../lab/lab.ts';
import { defaultDrop } from '../lab/rulesets.ts';
import type { Finished } from '../lab/run.ts';
import { Sshd } from '../lab/sshd.ts';

const colour = process.stdout.isTTY && !process.env.NO_COLOR;
const paint = (style: Parameters<typeof styleText>[0], text: string) =>
  colour ? styleText(style, text, { validateStream: false }) : text;

const PROGRAMS: Readonly<Record<string, readonly string[]>> = {
  knockdaemon: [process.execPath, KNOCKDAEMON],
  knockclient: [process.execPath, KNOCKCLIENT],
  nmap: ['/usr/bin/nmap'],
};

/** Says what is done next. */
function step(text: string): void {
  console.log(`\n${paint('bold', text)}`);
}

/** Shows a command as a person would type it, and what it printed. */
function show(host: Host, typed: string, printed: string): void {
  console.log(`${paint('cyan', `${host.name} $`)} ${typed}`);
  for (const line of printed.split('\n').filter((text) => text !== '')) console.log(`  ${line}`);
}

/** Runs a command on a host, shows it and what it prints. */
async function type(
  host: Host,
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Finished> {
  const [program = '', ...args] = words;
  const [command = '', ...first] = PROGRAMS[program] ?? [];
  const finished = await host.run(command, [...first, ...args], { env });
  show(host, words.join(' '), `${finished.stdout}${finished.stderr}`);
  return finished;
}

/** The demo goes on only while everything is as it should be. */
function expect(what: string, holds: boolean): void {
  if (!holds) throw new Error(`expected: ${what}`);
  console.log(paint('green', `  ✔ ${what}`));
}

async function demo(lab: Lab): Promise<void> {
  const [server, client, stranger] = [
    await lab.addHost('server', 1),
    await lab.addHost('client', 2),
    await lab.addHost('stranger', 3),
  ];
  const scan = ['nmap', '-n', '-Pn', '-p', '1-1000', '--min-rate', '2000', server.ipv4];

  step('A server: its firewall drops everything but ssh; the daemon guards ssh.');
  await defaultDrop(server, ['tcp dport 22 accept']);
  const sshd = await Sshd.start(lab, server);
  const configFile = join(lab.folder, 'knockdaemon.toml');
  const folders = `state_dir = "${lab.folder}/state"\ncontrol_socket = "${lab.folder}/control.sock"\n`;
  await writeFile(configFile, `server_id = "demo"\n${folders}`);
  const enroll = ['enroll', 'alice', '--ports', 'tcp/22', '--host', server.ipv4];
  const { stdout } = await server.run(process.execPath, [KNOCKDAEMON, ...enroll, '--config', configFile]);
  const link = stdout.split('\n').find((line) => line.startsWith('eightknock://')) ?? '';
  show(server, `knockdaemon ${enroll.join(' ')}`, link.replace(/secret=[^&]+/, 'secret=…'));
  const daemon = launchDaemon(server, configFile);
  const listening = await daemon.line({ event: 'capture', state: 'capturing' });
  show(server, 'knockdaemon', `${daemon.lines()[0]?.msg}\n${listening.msg}`);

  step('From outside there is nothing.');
  const before = await type(client, scan);
  expect('nmap sees no port', before.stdout.includes('All 1000 scanned ports'));

  step('The client saves the server, knocks, and waits for the door.');
  const env = { XDG_CONFIG_HOME: join(lab.folder, 'config') };
  await mkdir(env.XDG_CONFIG_HOME);
  await client.mustRun(process.execPath, [KNOCKCLIENT, 'add', 'demo', link], { env });
  const knock = await type(client, ['knockclient', '--port', '22', '--time', '1', '--wait'], env);
  expect('the port is open', knock.code === 0);
  show(server, '# its log', (await daemon.line({ event: 'opened' })).msg);

  step('ssh logs in, from that address alone.');
  const login = await sshd.login(client, server.ipv4, 'echo "hello from $(hostname), I am $(id -un)"');
  show(client, `ssh root@${server.ipv4}`, login.stdout);
  expect('ssh has logged in', login.stdout.includes('I am root'));
  const others = await type(stranger, scan);
  expect('the stranger still sees no port', others.stdout.includes('All 1000 scanned ports'));

  step('A knock with time 255 closes it at once; otherwise the kernel does after a minute.');
  await type(client, ['knockclient', '--port', '22', '--time', '255'], env);
  show(server, '# its log', (await daemon.line({ event: 'closed' })).msg);
  expect('ssh is refused', (await sshd.login(client, server.ipv4, 'true')).code !== 0);
}

if (process.getuid?.() !== 0) {
  console.error('demo: error: network namespaces need root');
  console.error('demo: hint: sudo npm run demo; it changes nothing outside of the namespaces it makes');
  process.exit(1);
}
const lab = await Lab.open();
try {
  await demo(lab);
  console.log(`\n${paint('bold', 'Done. The namespaces are removed again.')}`);
} catch (error) {
  console.error(`demo: error: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
} finally {
  await lab.close();
}
