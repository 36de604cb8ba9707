// Those who are measured, started alike: each as its package or its page tells, on eth0 where nothing else is said.

import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeSpaKey, type SpaKey } from '@eightknock/codec/spa';
import {
  ask,
  BUNDLED_KNOCKDAEMON,
  type DaemonOptions,
  type DaemonProcess,
  type LabClient,
  startDaemon,
} from '../../lab/daemon-process.ts';
import type { Host, Lab } from '../../lab/lab.ts';
import type { Background } from '../../lab/run.ts';
import { until } from '../../lab/until.ts';

/** A daemon under test. */
export interface Subject {
  readonly background: Background;
  /** How often it has opened a door until now. */
  readonly opened: () => number;
}

/** A sequence of knockd's within the ports that are flooded; its first is the one that `first` floods. */
export const KNOCKD_PORTS: readonly number[] = [745, 802, 903, 774, 845, 906, 777, 888];
/** What knockd runs to open a port, as its manual has it. */
export const KNOCKD_OPENS = '/usr/sbin/iptables -I INPUT -s %IP% -p tcp --dport 22 -j ACCEPT';
/** The keys of the single packets. */
export const SPA_KEY: SpaKey = {
  encryptionKey: Buffer.from('benchmark-key'),
  hmacKey: Buffer.from('benchmark-hmac-key'),
  hmacHash: 'sha256',
};
/** Doors of single packets: so many ports from the first on, so that each request can ask for another one. */
export const SPA_PORTS = { first: 1000, count: 200 } as const;

/** Clients with secrets of their own, all for tcp/22. */
export function manyClients(count: number): LabClient[] {
  return Array.from({ length: count }, (_, i) => ({
    name: `client-${i}`,
    secret: new Uint8Array(createHash('sha256').update(`benchmark ${i}`).digest()),
    toml: 'ports = ["tcp/22"]',
  }));
}

/** Knockdaemon. */
export interface EightknockSubject extends Subject {
  readonly daemon: DaemonProcess;
  /** What `knockdaemon status` says. */
  readonly status: (server: Host) => Promise<EightknockStatus>;
}

/** A part of `knockdaemon status`. */
export interface EightknockStatus {
  readonly counts: Readonly<Record<string, number>>;
  readonly grants: number;
}

/** Starts knockdaemon from its bundle. @param device `eth0` or `any` */
export async function startEightknock(
  lab: Lab,
  server: Host,
  options: DaemonOptions = {},
  device = 'eth0',
): Promise<EightknockSubject> {
  const daemon = await startDaemon(lab, server, {
    top: `interface = "${device}"`,
    program: BUNDLED_KNOCKDAEMON,
    ...options,
  });
  return {
    background: daemon.background,
    opened: () => daemon.count('opened'),
    daemon,
    status: async (host) => (await ask(host, daemon, 'status')) as EightknockStatus,
  };
}

/** The `[[door]]` for {@link SPA_KEY} and {@link SPA_PORTS}. */
export function spaDoor(): string {
  const ports = Array.from({ length: SPA_PORTS.count }, (_, i) => `"tcp/${SPA_PORTS.first + i}"`).join(', ');
  const keys = `key = "${Buffer.from(SPA_KEY.encryptionKey)}"\nhmac_key = "${Buffer.from(SPA_KEY.hmacKey)}"`;
  return `[[door]]\nname = "carol"\nkind = "spa"\n${keys}\nask = { ports = [${ports}], seconds = 60 }\n`;
}

/** The knockd.conf of the measurements. @returns its path */
export async function writeKnockdConf(lab: Lab, command: string): Promise<string> {
  const file = join(lab.folder, 'knockd.conf');
  const lines = [
    '[options]',
    `  LogFile = ${join(lab.folder, 'knockd.log')}`,
    '[open]',
    `  sequence = ${KNOCKD_PORTS.join(',')}`,
    '  seq_timeout = 10',
    `  command = ${command}`,
    '  tcpflags = syn',
  ];
  await writeFile(file, `${lines.join('\n')}\n`);
  return file;
}

/** What knockd says when it is ready. */
export const KNOCKD_READY = 'listening on';

/** The command line of knockd. */
export function knockdCommand(file: string): [string, ...string[]] {
  return ['/usr/sbin/knockd', '-i', 'eth0', '-c', file, '-v'];
}

/** Starts knockd. */
export async function startKnockd(lab: Lab, server: Host, command = KNOCKD_OPENS): Promise<Subject> {
  const [program, ...args] = knockdCommand(await writeKnockdConf(lab, command));
  const background = server.start(program, args);
  await until('knockd listens', () => background.stdout.includes(KNOCKD_READY));
  return { background, opened: () => background.stdout.match(/OPEN SESAME/g)?.length ?? 0 };
}

/** What fwknopd says when it is ready. */
export const FWKNOPD_READY = 'Starting fwknopd main event loop';

/** Writes fwknopd's files: its own defaults but for the interface. @returns its command line */
export async function writeFwknopdFiles(lab: Lab): Promise<[string, ...string[]]> {
  const file = (name: string) => join(lab.folder, `fwknopd-${name}`);
  const config = ['PCAP_INTF eth0;', 'PCAP_FILTER udp port 62201;', 'ENABLE_PCAP_PROMISC N;'];
  await writeFile(file('config'), `${config.join('\n')}\n`, { mode: 0o600 });
  const keys = [
    `KEY_BASE64 ${encodeSpaKey(SPA_KEY.encryptionKey)}`,
    `HMAC_KEY_BASE64 ${encodeSpaKey(SPA_KEY.hmacKey)}`,
  ];
  const access = ['SOURCE ANY', ...keys, 'FW_ACCESS_TIMEOUT 60'];
  await writeFile(file('access'), `${access.join('\n')}\n`, { mode: 0o600 });
  const paths = { c: 'config', a: 'access', p: 'pid', d: 'digests' };
  const files = Object.entries(paths).flatMap(([option, name]) => [`-${option}`, file(name)]);
  return ['/usr/sbin/fwknopd', '--foreground', ...files, '-r', lab.folder];
}

/** Starts fwknopd. Not verbose: it would print every packet. */
export async function startFwknopd(lab: Lab, server: Host): Promise<Subject> {
  const [program, ...args] = await writeFwknopdFiles(lab);
  const background = server.start(program, args);
  const said = () => background.stdout + background.stderr;
  await until('fwknopd captures', () => said().includes(FWKNOPD_READY));
  return { background, opened: () => said().match(/Added (?:access )?rule/gi)?.length ?? 0 };
}

/** Arguments of fwknop that ask for the port of a round: another one each time, so that no rule is there already. */
export function spaWish(round: number, client: Host): string[] {
  return ['-A', `tcp/${SPA_PORTS.first + (round % SPA_PORTS.count)}`, '-a', client.ipv4];
}

/** What the monitor prints when knockdaemon has opened a door. */
export const ELEMENT_ADDED = /add element inet knockdaemon open4 .*timeout/;

/** What the monitor prints when a peer has put in a rule for a host. */
export function acceptRule(client: Host, chain: 'INPUT' | 'FWKNOP_INPUT'): RegExp {
  return new RegExp(`(?:add|insert) rule .*${chain} .*ip saddr ${client.ipv4.replaceAll('.', '\\.')} .*accept`);
}
