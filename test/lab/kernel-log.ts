// The kernel's log of packets, brought into a file as rsyslog does: opened once, reopened on SIGHUP. A namespace that is not
// the first one may write to the kernel's log only where net.netfilter.nf_log_all_netns says so; it is put back in the end.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Host, Lab } from './lab.ts';
import { type Background, mustRun } from './run.ts';
import { until } from './until.ts';

const SYSCTL = '/proc/sys/net/netfilter/nf_log_all_netns';
/** Reads from the end on; lines without the tag are other namespaces'. Ends after two minutes. */
const RELAY = `
const fs = require('node:fs');
const [file, tag] = process.argv.slice(1);
const { O_RDONLY, O_NONBLOCK, O_APPEND, O_CREAT, O_WRONLY } = fs.constants;
const kmsg = fs.openSync('/dev/kmsg', O_RDONLY | O_NONBLOCK);
const reopen = () => fs.openSync(file, O_WRONLY | O_APPEND | O_CREAT, 0o640);
let out = reopen();
process.on('SIGHUP', () => { fs.closeSync(out); out = reopen(); console.log('reopened'); });
const record = Buffer.alloc(8192);
function next() {
  for (;;) {
    try {
      return record.toString('utf8', 0, fs.readSync(kmsg, record));
    } catch (error) {
      if (error.code === 'EAGAIN') return undefined;
      if (error.code !== 'EPIPE') throw error;
    }
  }
}
while (next() !== undefined);
console.log('ready');
setInterval(() => {
  for (let text = next(); text !== undefined; text = next()) {
    const line = text.slice(text.indexOf(';') + 1).split('\\n')[0];
    if (line.startsWith(tag)) fs.writeSync(out, 'Nov 21 11:37:40 gw kernel: [24001.393443] ' + line + '\\n');
  }
}, 5);
setTimeout(() => process.exit(1), 120000);
`;

/** A log file that the kernel's lines with one tag come to. */
export class KernelLog {
  readonly file: string;
  /** What the rules' prefixes have to begin with. */
  readonly tag: string;
  readonly #lab: Lab;
  readonly #relay: Background;

  private constructor(lab: Lab, file: string, tag: string, relay: Background) {
    this.#lab = lab;
    this.file = file;
    this.tag = tag;
    this.#relay = relay;
  }

  /** Lets namespaces write to the kernel's log while the lab is open. */
  static allow(lab: Lab): void {
    const before = readFileSync(SYSCTL, 'utf8');
    writeFileSync(SYSCTL, '1');
    lab.defer(async () => writeFileSync(SYSCTL, before));
  }

  /** Begins to write the file. */
  static async start(lab: Lab, host: Host, name = 'kern.log'): Promise<KernelLog> {
    KernelLog.allow(lab);
    const file = join(lab.folder, name);
    // 29 characters is what iptables takes for a prefix.
    const tag = `ek-${lab.prefix.replace(/\D+/g, '-')}`;
    const relay = host.start(process.execPath, ['-e', RELAY, file, tag]);
    await until('the relay is ready', () => relay.stdout.includes('ready'));
    return new KernelLog(lab, file, tag, relay);
  }

  /** Rotates it with logrotate. @param how `create` for renaming, or `copytruncate` */
  async rotate(how: 'create' | 'copytruncate'): Promise<void> {
    const [config, state] = [join(this.#lab.folder, 'logrotate.conf'), join(this.#lab.folder, 'logrotate.state')];
    const hup = how === 'create' ? `postrotate\n kill -HUP ${this.#relay.child.pid}\nendscript` : '';
    const reopened = this.#relay.stdout.split('reopened').length;
    writeFileSync(config, `${this.file} {\n rotate 3\n ${how}\n ${hup}\n}\n`, { mode: 0o600 });
    await mustRun('/usr/sbin/logrotate', ['--force', '--state', state, config]);
    if (how === 'copytruncate') return;
    await until('the new file is written', () => this.#relay.stdout.split('reopened').length > reopened);
  }
}

/** Logs knocks by nft, as docs/sources.md has it. @param how what follows "log" */
export function logKnocks(host: Host, how: string): Promise<string> {
  return host.nft(`
table inet knocklog {
  chain prerouting {
    type filter hook prerouting priority raw;
    fib daddr type local tcp dport 745-1000 tcp flags & (fin|syn|rst|ack) == syn log ${how}
    fib daddr type local udp dport 745-1000 log ${how}
  }
}
`);
}

/** Logs knocks by iptables, as docs/sources.md has it. */
export async function logKnocksByIptables(host: Host, prefix: string): Promise<void> {
  for (const command of ['/usr/sbin/iptables', '/usr/sbin/ip6tables']) {
    const local = ['-m', 'addrtype', '--dst-type', 'LOCAL', '--dport', '745:1000'];
    const log = ['-j', 'LOG', '--log-prefix', prefix];
    await host.mustRun(command, [
      ...['-t', 'raw', '-A', 'PREROUTING', '-p', 'tcp', '--syn'],
      ...local,
      ...log,
      '--log-tcp-sequence',
    ]);
    await host.mustRun(command, ['-t', 'raw', '-A', 'PREROUTING', '-p', 'udp', ...local, ...log]);
  }
}
