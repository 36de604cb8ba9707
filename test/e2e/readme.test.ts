// The README's commands, run as they stand there: the server's by root on one host, the client's on another.

import { readFileSync } from 'node:fs';
import { mkdir, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import type { Host, Lab } from '../lab/lab.ts';
import { labTest } from '../lab/lab-test.ts';
import { type Background, run, SYSTEM_PATH } from '../lab/run.ts';
import { Sshd } from '../lab/sshd.ts';
import { until } from '../lab/until.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const README = readFileSync(join(ROOT, 'README.md'), 'utf8');

/** The lines of all blocks with this info string, in their order. */
function commands(info: string): string[] {
  const blocks = README.matchAll(new RegExp(`^\`\`\`${info}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'));
  return [...blocks].flatMap(([, text = '']) => text.trimEnd().split('\n'));
}

/** A shell on a host that goes on between commands, as a person's would. */
class Shell {
  readonly #process: Background;
  #commands = 0;

  private constructor(process: Background) {
    this.#process = process;
  }

  /** @param prepare runs first, in a mount namespace of its own */
  static async open(host: Host, env: Readonly<Record<string, string>>, prepare: string): Promise<Shell> {
    const shell = new Shell(host.start('/usr/bin/unshare', ['-m', '/bin/bash'], env, 'pipe'));
    await shell.type(`cd ${ROOT} && ${prepare}`);
    return shell;
  }

  /** Types a command and waits for it. @returns its output @throws Error when it fails */
  async type(command: string): Promise<string> {
    const { stdout, stderr } = this.#process;
    const mark = `--- ${++this.#commands} ended with `;
    this.send(`${command}\necho "${mark}$?"`);
    const said = () => this.#process.stdout.slice(stdout.length);
    const code = await until(command, () => new RegExp(`${mark}(\\d+)`).exec(said())?.[1], 60);
    if (code !== '0') throw new Error(`${command}\n${said()}${this.#process.stderr.slice(stderr.length)}`);
    return said().split(mark)[0] as string;
  }

  /** Types a command and does not wait. */
  send(command: string): void {
    this.#process.child.stdin?.write(`${command}\n`);
  }

  get output(): string {
    return this.#process.stdout;
  }
}

/** Folders that the commands write to are the lab's own, seen by this shell alone. */
function privateFolders(lab: Lab, folders: readonly string[]): string {
  const binds = folders.map(
    (folder, i) => `mkdir -p ${lab.folder}/bind-${i} && mount --bind ${lab.folder}/bind-${i} ${folder}`,
  );
  return binds.join(' && ');
}

labTest('every command of the quick start does what it says', async (t, { lab, server, client }) => {
  const sshd = await Sshd.start(lab, server);
  const own = ['/etc/knockdaemon', '/var/lib/knockdaemon', '/run/knockdaemon'];
  for (const folder of own) {
    const made = await mkdir(folder, { recursive: true });
    if (made) lab.defer(() => rmdir(made));
  }
  const serverShell = await Shell.open(server, {}, privateFolders(lab, [...own, '/usr/local/sbin']));
  const home = join(lab.folder, 'home');
  await mkdir(home);
  await writeFile(join(lab.folder, 'hosts'), `${server.ipv4} gw.example.net\n`);
  // What ssh would ask the user once, and how the lab's user logs in.
  await writeFile(join(lab.folder, 'ssh_config'), sshd.config());
  const binds = `mount --bind ${lab.folder}/hosts /etc/hosts && mount --bind ${lab.folder}/ssh_config /etc/ssh/ssh_config`;
  const env = { HOME: home, PATH: `${home}/.local/bin:${SYSTEM_PATH}`, XDG_CONFIG_HOME: '' };
  const clientShell = await Shell.open(client, env, binds);

  const onServer = commands('sh server');
  const start = onServer.indexOf('knockdaemon');
  t.true(start > 0);
  let link = '';
  for (const command of onServer.slice(0, start)) {
    const output = await serverShell.type(command);
    link = /^eightknock:\/\/\S+$/m.exec(output)?.[0] ?? link;
  }
  t.truthy(link);
  serverShell.send('knockdaemon &');
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
  t.is(opened.length, 3);
  t.true(opened[2]?.includes('"shortened":true'), 'no limit is shortened to 60 minutes');
  t.not((await sshd.login(client, server.ipv4, 'true')).code, 0, 'ssh is refused after the close');

  await serverShell.type('kill %1; wait');
  for (const command of onServer.slice(start + 1)) await serverShell.type(command);
  t.is((await sshd.login(client, server.ipv4, 'echo open')).stdout, 'open\n', 'without the table ssh is open to all');
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
