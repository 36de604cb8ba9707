// A host with a real systemd as process 1, and knockdaemon installed on it as an administrator would.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decodeEnrolmentLink } from '@eightknock/codec';
import type { LabClient } from './daemon-process.ts';
import type { Host, Lab } from './lab.ts';
import { type Finished, mustRun, type RunOptions, run } from './run.ts';
import { until } from './until.ts';

/** From test/build/lab/ to the repository. */
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const SCRIPT = join(ROOT, 'test/lab/boot-systemd.sh');
const KNOCKDAEMON = '/opt/eightknock/packages/daemon/bin/knockdaemon.js';
let boots = 0;

/** A booted host. */
export class SystemdHost {
  readonly #pid: number;
  readonly #folder: string;

  private constructor(pid: number, folder: string) {
    this.#pid = pid;
    this.#folder = folder;
  }

  /** Boots a host of a lab. */
  static async boot(lab: Lab, host: Host): Promise<SystemdHost> {
    const cgroup = `${lab.prefix}-${++boots}`;
    lab.defer(() => removeCgroup(cgroup, lab.folder));
    const namespaces = ['--fork', '--kill-child', '--mount', '--pid', '--uts', '--ipc'];
    const boot = host.start('/usr/bin/unshare', [...namespaces, '/bin/bash', SCRIPT, cgroup, lab.folder, ROOT]);
    const pid = await until('systemd has been started', async () => {
      if (boot.child.exitCode !== null) throw new Error(`no boot\n${boot.stdout}${boot.stderr}`);
      const pids = await mustRun('/usr/sbin/ip', ['netns', 'pids', host.namespace]);
      return pids.split('\n').filter(Boolean).map(Number).find(isFirst);
    });
    const booted = new SystemdHost(pid, lab.folder);
    await until(
      'systemd answers',
      async () => (await booted.run('/bin/systemctl', ['is-active', 'lab.target'])).code === 0,
    );
    return booted;
  }

  /** Runs a program on the booted host, as root. */
  run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
    const namespaces = ['--mount', '--pid', '--uts', '--ipc', '--net', '--cgroup'];
    return run('/usr/bin/nsenter', ['--target', String(this.#pid), ...namespaces, '--', command, ...args], options);
  }

  /** Runs a program that must succeed. @returns its standard output */
  async mustRun(command: string, args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(command, args);
    if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}\n${stdout}${stderr}${this.log()}`);
    return stdout;
  }

  /** Runs knockdaemon as root. */
  knockdaemon(...args: string[]): Promise<Finished> {
    return this.run(process.execPath, [KNOCKDAEMON, ...args]);
  }

  /** Types a command, as root, in the clone. */
  type(command: string): Promise<Finished> {
    return this.run('/bin/bash', ['-c', `cd /opt/eightknock && ${command}`]);
  }

  /** What the administrator types to have it installed, and where its log goes. */
  async install(): Promise<string> {
    const { stdout, stderr, code } = await this.knockdaemon('install');
    if (code !== 0) throw new Error(stderr);
    await this.mustRun('/bin/systemd-sysusers', ['knockdaemon.conf']);
    await this.mustRun('/bin/systemd-tmpfiles', ['--create', 'knockdaemon.conf']);
    await this.keepLog();
    return stdout;
  }

  /** Has the unit write its log where {@link SystemdHost.log} reads it. */
  keepLog(): Promise<void> {
    return this.dropIn('log', 'StandardOutput=append:/run/lab/daemon.log\nStandardError=append:/run/lab/daemon.log');
  }

  /** Enrols a client. */
  async enroll(name: string): Promise<LabClient> {
    const { stdout, stderr, code } = await this.knockdaemon(
      'enroll',
      name,
      '--ports',
      'tcp/22',
      '--host',
      'lab.example.net',
    );
    if (code !== 0) throw new Error(stderr);
    return { name, secret: decodeEnrolmentLink(stdout).secret, toml: '' };
  }

  /** `systemctl`. */
  systemctl(...args: string[]): Promise<Finished> {
    return this.run('/bin/systemctl', [...args, 'knockdaemon']);
  }

  /** Starts the unit, and waits as `systemctl start` does. */
  async start(): Promise<void> {
    await this.mustRun('/bin/systemctl', ['start', 'knockdaemon']);
  }

  /** One property of the unit. */
  async property(name: string): Promise<string> {
    return (await this.mustRun('/bin/systemctl', ['show', '--value', '--property', name, 'knockdaemon'])).trim();
  }

  /** Adds lines to `[Service]` of the unit. */
  async dropIn(name: string, lines: string): Promise<void> {
    const folder = '/run/systemd/system/knockdaemon.service.d';
    const script = 'mkdir -p "$1" && printf "[Service]\\n%s\\n" "$3" >"$1/$2.conf" && systemctl daemon-reload';
    await this.mustRun('/bin/bash', ['-c', script, 'sh', folder, name, lines]);
  }

  /** What the daemon has written. */
  log(): string {
    try {
      return readFileSync(join(this.#folder, 'daemon.log'), 'utf8');
    } catch {
      return '';
    }
  }

  /** Waits for a text in the log. */
  async logged(text: string, seconds = 15): Promise<void> {
    await until(`log says ${text}`, () => this.log().includes(text), seconds).catch((error: Error) => {
      throw new Error(`${error.message}\n${this.log()}`);
    });
  }
}

/** Is it systemd, and process 1 of its namespace? */
function isFirst(pid: number): boolean {
  try {
    return /^Name:\tsystemd\n[\s\S]*\nNSpid:\t.*\t1\n/.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** Ends what is still in it, and waits until it is gone. */
async function removeCgroup(name: string, folder: string): Promise<void> {
  const script = `
mount -t cgroup2 cgroup2 "$1" && cd "$1" || exit
for i in {1..200}; do
  [ -d "$2" ] || exit 0
  echo 1 >"$2/cgroup.kill"
  find "$2" -depth -type d -exec rmdir {} + 2>/dev/null || sleep 0.05
done`;
  await run('/usr/bin/unshare', ['--mount', '/bin/bash', '-c', script, 'sh', join(folder, 'cgroup'), name]);
}
