// A person's shell on a host of a lab: commands are typed one after the other, and folders that they write to are the lab's.

import { mkdir, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Host, Lab } from './lab.ts';
import { ROOT } from './page-commands.ts';
import { type Background, SYSTEM_PATH } from './run.ts';
import type { Sshd } from './sshd.ts';
import { until } from './until.ts';

/** A shell that goes on between commands. */
export class Shell {
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

/** Where the commands of a page write. */
const WRITTEN = ['/etc/knockdaemon', '/var/lib/knockdaemon', '/run/knockdaemon'];

/**
 * Two who do what a page says: root on the server, somebody on the client who knows the server as gw.example.net. What they
 * write is the lab's, seen by them alone. One pair at a time: the folders that have to be there are the machine's.
 */
export async function openReaders(
  lab: Lab,
  server: Host,
  client: Host,
  sshd: Sshd,
): Promise<{ readonly onServer: Shell; readonly onClient: Shell }> {
  for (const folder of WRITTEN) {
    const made = await mkdir(folder, { recursive: true });
    if (made) lab.defer(() => rmdir(made));
  }
  const own = [...WRITTEN, '/usr/local/sbin'].map(
    (folder, i) => `mkdir -p ${lab.folder}/bind-${i} && mount --bind ${lab.folder}/bind-${i} ${folder}`,
  );
  const home = join(lab.folder, 'home');
  await mkdir(home);
  await writeFile(join(lab.folder, 'hosts'), `${server.ipv4} gw.example.net\n`);
  // What ssh would ask the user once, and how the lab's user logs in.
  await writeFile(join(lab.folder, 'ssh_config'), sshd.config());
  const binds = `mount --bind ${lab.folder}/hosts /etc/hosts && mount --bind ${lab.folder}/ssh_config /etc/ssh/ssh_config`;
  const env = { HOME: home, PATH: `${home}/.local/bin:${SYSTEM_PATH}`, XDG_CONFIG_HOME: '' };
  return {
    onServer: await Shell.open(server, {}, own.join(' && ')),
    onClient: await Shell.open(client, env, binds),
  };
}
