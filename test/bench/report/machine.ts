// Where it was measured: processor, memory, kernel, and the versions of all who take part.

import { readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { run } from '../../lab/run.ts';
import type { Table } from './findings.ts';

/** A machine. */
export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly kernel: string;
  readonly system: string;
  readonly node: string;
  /** Debian package → version; absent where it is not installed. */
  readonly packages: Readonly<Record<string, string>>;
}

const PACKAGES = ['knockd', 'fwknop-server', 'fwknop-client', 'nftables', 'iptables', 'libpcap0.8'];

/** Describes this machine. */
export async function describeMachine(): Promise<Machine> {
  const [first] = cpus();
  return {
    processor: first?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    system: /^PRETTY_NAME="(.*)"$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'unknown',
    node: process.versions.node,
    packages: await packageVersions(),
  };
}

async function packageVersions(): Promise<Record<string, string>> {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own placeholders
  const format = '${Package} ${Version}\n';
  // It fails where one of them is missing, and names the others all the same.
  const { stdout } = await run('/usr/bin/dpkg-query', ['-W', '-f', format, ...PACKAGES]);
  const lines = stdout.split('\n').filter((line) => line.includes(' '));
  return Object.fromEntries(lines.map((line) => line.split(' ') as [string, string]));
}

/** A machine as a table of two columns. */
export function machineTable(machine: Machine): Table {
  const rows = [
    ['processor', `${machine.cores} × ${machine.processor}`],
    ['memory', `${machine.memoryGb} GB`],
    ['kernel', `Linux ${machine.kernel}`],
    ['system', machine.system],
    ['Node', machine.node],
    ...Object.entries(machine.packages),
  ];
  return { title: 'Machine', head: ['', ''], rows };
}
