// A real sshd and a real ssh, with keys of their own.

import { mkdirSync } from 'node:fs';
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Host, Lab } from './lab.ts';
import { type Background, type Finished, mustRun } from './run.ts';
import { until } from './until.ts';

const OPTIONS = [
  'BatchMode=yes',
  'StrictHostKeyChecking=no',
  'UserKnownHostsFile=/dev/null',
  'ConnectTimeout=3',
  'LogLevel=ERROR',
];

/** An sshd on a host, and how to log in. */
export class Sshd {
  readonly background: Background;
  readonly #folder: string;

  private constructor(background: Background, folder: string) {
    this.background = background;
    this.#folder = folder;
  }

  /** Starts sshd on port 22 and waits until it listens. */
  static async start(lab: Lab, host: Host): Promise<Sshd> {
    const { folder } = lab;
    mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
    for (const name of ['host-key', 'user-key']) {
      await mustRun('/usr/bin/ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, name)]);
    }
    await copyFile(join(folder, 'user-key.pub'), join(folder, 'authorized'));
    const config = [
      `HostKey ${join(folder, 'host-key')}`,
      `AuthorizedKeysFile ${join(folder, 'authorized')}`,
      `PidFile ${join(folder, 'sshd.pid')}`,
      'Port 22',
      'ListenAddress 0.0.0.0',
      'ListenAddress ::',
      'PermitRootLogin prohibit-password',
      'StrictModes no',
      'UsePAM no',
      'Subsystem sftp internal-sftp',
    ];
    await writeFile(join(folder, 'sshd_config'), `${config.join('\n')}\n`);
    const background = host.start('/usr/sbin/sshd', ['-D', '-e', '-f', join(folder, 'sshd_config')]);
    await until('sshd listens', () => background.stderr.includes('Server listening on 0.0.0.0'));
    return new Sshd(background, folder);
  }

  /** Arguments of ssh that log in as root at an address. */
  arguments(address: string): string[] {
    return [
      '-F',
      'none',
      '-i',
      join(this.#folder, 'user-key'),
      ...OPTIONS.flatMap((option) => ['-o', option]),
      `root@${address}`,
    ];
  }

  /** The same as a configuration file of ssh, for every host. */
  config(): string {
    const options = [...OPTIONS, `IdentityFile=${join(this.#folder, 'user-key')}`];
    return `Host *\n${options.map((option) => `  ${option.replace('=', ' ')}\n`).join('')}`;
  }

  /** Logs in and runs a command. */
  login(from: Host, address: string, command: string): Promise<Finished> {
    return from.run('/usr/bin/ssh', [...this.arguments(address), command]);
  }
}
