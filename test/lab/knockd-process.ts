// A knockd.conf obeyed on a host of the lab: by the real knockd, or by knockdaemon. And knocks on it: by the real knock, or by
// knockclient. What knockd's log says is read alike from both.

import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KNOCKCLIENT, launchDaemon, writeConfig } from './daemon-process.ts';
import type { Host, Lab } from './lab.ts';
import type { Background } from './run.ts';
import { until } from './until.ts';

/** Who obeys. */
export const KNOCK_SERVERS = ['knockd', 'knockdaemon'] as const;
/** Who knocks. */
export const KNOCK_CLIENTS = ['knock', 'knockclient'] as const;

/** One of them. */
export type KnockServer = (typeof KNOCK_SERVERS)[number];
/** One of them. */
export type KnockClient = (typeof KNOCK_CLIENTS)[number];

/** What stands for a folder of the test in the text of a knockd.conf. */
export const FOLDER = '/FOLDER';

/** A running one. */
export class ObeyedConf {
  readonly background: Background;
  readonly folder: string;

  constructor(background: Background, folder: string) {
    this.background = background;
    this.folder = folder;
  }

  /** The phrases of the log so far, without their times. */
  phrases(): string[] {
    return this.read('knockd.log')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.replace(/^\[\d{4}-\d\d-\d\d \d\d:\d\d\] /, ''));
  }

  /** The content of a file in the folder; nothing when it is not there. */
  read(name: string): string {
    const file = join(this.folder, name);
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  }

  /** Waits until the log has a phrase so often. */
  async said(phrase: string, times = 1): Promise<void> {
    await until(`"${phrase}" is logged`, () => {
      if (this.background.child.exitCode !== null) throw new Error('it has ended');
      return this.phrases().filter((one) => one === phrase).length >= times;
    }).catch((error: Error) => {
      throw new Error(`${error.message}\n${this.read('knockd.log')}${this.background.stdout}${this.background.stderr}`);
    });
  }
}

let started = 0;

/**
 * Starts one with this text, in which {@link FOLDER} stands for a folder of its own; its log is `knockd.log` there.
 * @param files more files in the folder: name → text
 */
export async function obeyConf(
  lab: Lab,
  host: Host,
  server: KnockServer,
  text: string,
  files: Readonly<Record<string, string>> = {},
  device = 'eth0',
): Promise<ObeyedConf> {
  const folder = join(lab.folder, `knockd-${++started}`);
  await mkdir(folder);
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content, { mode: 0o600 });
  const file = join(folder, 'knockd.conf');
  await writeFile(file, text.replaceAll(FOLDER, folder), { mode: 0o600 });
  if (server === 'knockd') {
    const obeyed = new ObeyedConf(host.start('/usr/sbin/knockd', ['-i', device, '-c', file]), folder);
    await obeyed.said(`starting up, listening on ${device}`);
    return obeyed;
  }
  const main = await writeConfig(lab, { clients: [], top: `interface = "${device}"`, firewall: 'mode = "mark"' });
  const daemon = launchDaemon(host, main, ['--knockd-conf', file]);
  await daemon.line({ event: 'capture', state: 'capturing' });
  return new ObeyedConf(daemon.background, folder);
}

/** Knocks. @param words options and ports, as both take them */
export async function knockWith(client: KnockClient, from: Host, to: Host, words: readonly string[]): Promise<void> {
  const options = words.filter((word) => word.startsWith('-'));
  const ports = words.filter((word) => !word.startsWith('-'));
  const address = options.includes('-6') ? to.ipv6 : to.ipv4;
  const all = ['-d', '20', ...options, address, ...ports];
  if (client === 'knock') await from.mustRun('/usr/bin/knock', all);
  else await from.mustRun(process.execPath, [KNOCKCLIENT, 'knock', ...all]);
}
