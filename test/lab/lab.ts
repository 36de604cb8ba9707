// Several hosts on one machine: network namespaces joined by veth pairs to one bridge. Everything a lab makes is named
// after the process that made it, and goes when the lab is closed; what a killed run left behind goes at the next start.

import { readdirSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Background, type Finished, mustRun, type RunOptions, run } from './run.ts';
import { filesWithSecrets, findSecret } from './secrets.ts';

const PREFIX = 'eightknock';
let labs = 0;

/** A host of the lab. */
export class Host {
  readonly name: string;
  readonly namespace: string;
  /** In 10.77.0.0/24; an inner host's in 10.88.0.0/24. */
  readonly ipv4: string;
  /** In fd77::/64; an inner host's in fd88::/64. */
  readonly ipv6: string;
  readonly #lab: Lab;

  constructor(lab: Lab, name: string, number: number, net = '77') {
    this.#lab = lab;
    this.name = name;
    this.namespace = `${lab.prefix}-${name}`;
    this.ipv4 = `10.${net}.0.${number}`;
    this.ipv6 = `fd${net}::${number}`;
  }

  /** Runs a program on this host to its end. */
  async run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
    const finished = await run('/usr/sbin/ip', ['netns', 'exec', this.namespace, command, ...args], options);
    this.#lab.heard(`${command} ${args.join(' ')}`, () => finished.stdout + finished.stderr);
    return finished;
  }

  /** Runs a program that must succeed on this host. @returns its standard output */
  async mustRun(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
    const { code, stdout, stderr } = await this.run(command, args, options);
    if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}\n${stdout}${stderr}`);
    return stdout;
  }

  /** Starts a program on this host; it ends with the lab at the latest. */
  start(
    command: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
    stdin: 'ignore' | 'pipe' = 'ignore',
  ): Background {
    const background = new Background('/usr/sbin/ip', ['netns', 'exec', this.namespace, command, ...args], env, stdin);
    this.#lab.defer(async () => void (await background.stop('SIGKILL')));
    this.#lab.heard(`${command} ${args.join(' ')}`, () => background.stdout + background.stderr);
    return background;
  }

  /** From now on programs on this host find a name in its /etc/hosts. */
  async knows(name: string, addresses: readonly string[]): Promise<void> {
    const folder = join('/etc/netns', this.namespace);
    await mkdir(folder, { recursive: true });
    this.#lab.defer(() => rm(folder, { recursive: true, force: true }));
    const lines = addresses.map((address) => `${address} ${name}\n`);
    await writeFile(join(folder, 'hosts'), `127.0.0.1 localhost\n${lines.join('')}`);
  }

  /** Feeds nft commands to this host's kernel. */
  nft(commands: string): Promise<string> {
    return this.mustRun('/usr/sbin/nft', ['-f', '-'], { input: commands });
  }
}

/** The hosts, a folder for their files, and how to be rid of it all. */
export class Lab {
  readonly prefix: string;
  readonly folder: string;
  readonly #cleanups: (() => Promise<unknown>)[] = [];
  readonly #heard: (readonly [program: string, said: () => string])[] = [];

  private constructor(prefix: string, folder: string) {
    this.prefix = prefix;
    this.folder = folder;
    this.defer(() => rm(folder, { recursive: true, force: true }));
  }

  /** Makes an empty lab: the bridge, and a folder that only root can read. */
  static async open(): Promise<Lab> {
    await sweep();
    const folder = await mkdtemp(join(tmpdir(), `${PREFIX}-`));
    const lab = new Lab(`${PREFIX}-${process.pid}-${++labs}`, folder);
    await lab.#namespace(`${lab.prefix}-bridge`);
    await ipBatch(`${lab.prefix}-bridge`, ['link add br0 type bridge', 'link set br0 up']);
    return lab;
  }

  /** Adds a host; its interface is eth0, its addresses end in `number`. */
  async addHost(name: string, number: number): Promise<Host> {
    const host = new Host(this, name, number);
    const bridge = `${this.prefix}-bridge`;
    await this.#namespace(host.namespace);
    await ipBatch(bridge, [
      `link add port${number} type veth peer name eth0 netns ${host.namespace}`,
      `link set port${number} master br0 up`,
    ]);
    await ipBatch(host.namespace, [
      'link set lo up',
      `addr add ${host.ipv4}/24 dev eth0`,
      `addr add ${host.ipv6}/64 dev eth0 nodad`,
      'link set eth0 up',
    ]);
    return host;
  }

  /** A second network, 10.88.0.0/24 and fd88::/64: `router` is .1 on eth1 there, a new inner host .2. */
  async addInnerHost(router: Host): Promise<Host> {
    const inner = new Host(this, 'inner', 2, '88');
    await this.#namespace(inner.namespace);
    await ipBatch(router.namespace, [
      `link add eth1 type veth peer name eth0 netns ${inner.namespace}`,
      'addr add 10.88.0.1/24 dev eth1',
      'addr add fd88::1/64 dev eth1 nodad',
      'link set eth1 up',
    ]);
    await ipBatch(inner.namespace, [
      'link set lo up',
      `addr add ${inner.ipv4}/24 dev eth0`,
      `addr add ${inner.ipv6}/64 dev eth0 nodad`,
      'link set eth0 up',
      'route add default via 10.88.0.1',
      'route add default via fd88::1',
    ]);
    await router.mustRun('/usr/sbin/sysctl', ['-q', '-w', 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1']);
    return inner;
  }

  /** From now on so many of a hundred packets between the hosts are lost, by chance. */
  async lose(percent: number): Promise<void> {
    const rule = `numgen random mod 100 < ${percent} drop`;
    const ruleset = `table bridge lossy {\n chain loss {\n type filter hook forward priority 0;\n ${rule}\n }\n}\n`;
    const nft = ['/usr/sbin/nft', '-f', '-'];
    await mustRun('/usr/sbin/ip', ['netns', 'exec', `${this.prefix}-bridge`, ...nft], { input: ruleset });
  }

  /** Something to be done when the lab is closed; the last is done first. */
  defer(cleanup: () => Promise<unknown>): void {
    this.#cleanups.push(cleanup);
  }

  /** What a program prints, to be searched for secrets at the end. */
  heard(program: string, said: () => string): void {
    this.#heard.push([program, said]);
  }

  /** Ends what runs in the lab and removes it. @throws Error when any of it has printed or written a secret */
  async close(): Promise<void> {
    const leaks = this.#heard.filter(([, said]) => findSecret(Buffer.from(said()))).map(([program]) => program);
    leaks.push(...filesWithSecrets(this.folder));
    for (const cleanup of this.#cleanups.reverse()) await cleanup();
    if (leaks.length > 0) throw new Error(`a secret was written by or to: ${leaks.join(', ')}`);
  }

  async #namespace(name: string): Promise<void> {
    await mustRun('/usr/sbin/ip', ['netns', 'add', name]);
    this.defer(() => removeNamespace(name));
  }
}

/** Runs `ip` commands in a namespace, all in one process. */
export async function ipBatch(namespace: string, commands: readonly string[]): Promise<void> {
  await mustRun('/usr/sbin/ip', ['-n', namespace, '-batch', '-'], { input: `${commands.join('\n')}\n` });
}

async function removeNamespace(name: string): Promise<void> {
  const { stdout } = await run('/usr/sbin/ip', ['netns', 'pids', name]);
  for (const pid of stdout.split('\n').filter(Boolean)) {
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      // it ended by itself
    }
  }
  await run('/usr/sbin/ip', ['netns', 'del', name]);
}

/** Removes the namespaces of runs that were killed. */
async function sweep(): Promise<void> {
  let names: string[] = [];
  try {
    names = readdirSync('/run/netns');
  } catch {
    return;
  }
  for (const name of names) {
    const pid = new RegExp(`^${PREFIX}-(\\d+)-`).exec(name)?.[1];
    if (pid && !isAlive(Number(pid))) await removeNamespace(name);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
