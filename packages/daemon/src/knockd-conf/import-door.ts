// One door of a knockd.conf → a [[door]] table of knockdaemon.toml, with comments on what is otherwise now. Pure.

import { escapeControls, formatTransportPort, type TransportPort } from '@eightknock/codec';
import type { Argv } from '../config/door-config.ts';
import { commandArgv, needsShell } from './command-argv.ts';
import { byFamily } from './family-command.ts';
import { readIptablesRule } from './iptables-rule.ts';
import type { KnockdCommands, KnockdDoor } from './knockd-conf.ts';
import { namesOfFlags } from './read-flags.ts';
import { tomlText, tomlTexts } from './toml-text.ts';

/** Limits of knockdaemon.toml: docs/doors.md. */
const MAX_TIMEOUT = 300;
const LONGEST_RUN = 86_400;
const MAX_ARGUMENTS = 64;
const MAX_ARGUMENT_BYTES = 4096;

/** A table as text. */
export interface ImportedDoor {
  /** Lines without their ends, the empty one before the table included. */
  readonly lines: readonly string[];
  /** Whether it opens or closes ports, so that a firewall has to let them in. */
  readonly usesFirewall: boolean;
}

/** @param name of the door, see `doorNames` */
export function importDoor(door: KnockdDoor, name: string): ImportedDoor {
  const { comments, line, usesFirewall } = actionOf(door);
  const renamed = name === door.name ? [] : [`"${escapeControls(door.name)}" with knockd`];
  const table = [
    '[[door]]',
    `name = ${tomlText(name)}`,
    ...sequenceLines(door),
    ...(door.target === undefined ? [] : [`target = ${tomlText(door.target)}`]),
  ];
  const body = [...[...renamed, ...comments].map((comment) => `# ${comment}`), ...table];
  if (line !== undefined) return { lines: ['', ...body, line], usesFirewall };
  return { lines: ['', ...body.map((text) => (text.startsWith('#') ? text : `# ${text}`))], usesFirewall: false };
}

function sequenceLines({ sequence, timeoutSeconds, tcpFlags }: KnockdDoor): string[] {
  const timeout = Math.min(timeoutSeconds, MAX_TIMEOUT);
  const cut =
    timeout < timeoutSeconds ? `  # ${timeoutSeconds} with knockd; more than ${timeout} is not remembered` : '';
  const flags = namesOfFlags(tcpFlags);
  const isUdp = 'knocks' in sequence && sequence.knocks.every(({ protocol }) => protocol === 'udp');
  return [
    ...('file' in sequence
      ? ['kind = "one-time"', `file = ${tomlText(sequence.file)}`]
      : ['kind = "sequence"', `knocks = ${tomlTexts(sequence.knocks.map(formatTransportPort))}`]),
    `timeout = ${timeout}${cut}`,
    ...(flags.length > 0
      ? [`tcp_flags = ${tomlTexts(flags)}`]
      : isUdp
        ? []
        : ['# any TCP packet with knockd; here a SYN']),
  ];
}

interface ActionLine {
  readonly comments: readonly string[];
  /** Absent: it cannot be said, the table becomes a comment. */
  readonly line?: string;
  readonly usesFirewall: boolean;
}

function actionOf({ ipv4, ipv6 }: KnockdDoor): ActionLine {
  const command = ipv4 ?? ipv6;
  if (!command) return { comments: ['it ran nothing'], usesFirewall: false };
  return (isSameForBoth(ipv4, ipv6) && asPorts(command)) || asRun(ipv4, ipv6);
}

/**
 * Do both families get the same ports opened or closed? iptables does not take an IPv6 address: what fails is not wanted. A
 * family without commands was left out on purpose, and an action of ours would open for it, too.
 */
function isSameForBoth(ipv4: KnockdCommands | undefined, ipv6: KnockdCommands | undefined): boolean {
  const plain = ({ start, stop }: KnockdCommands) =>
    JSON.stringify([start, stop?.command].map((text) => text && readIptablesRule(text)));
  return ipv4 !== undefined && ipv6 !== undefined && plain(ipv4) === plain(ipv6);
}

function asPorts({ start, stop }: KnockdCommands): ActionLine | undefined {
  const rule = readIptablesRule(start);
  if (!rule) return undefined;
  const ports = tomlTexts(rule.ports.map(formatTransportPort));
  const unsaid = rule.hasProtocol ? [] : ['iptables refuses --dport without -p: TCP is meant'];
  if (rule.does === 'delete') {
    return stop ? undefined : { comments: unsaid, line: `close = { ports = ${ports} }`, usesFirewall: true };
  }
  if (!stop) {
    const comments = [...unsaid, 'time = 0: until it is closed, as with knockd; better: as many minutes as are needed'];
    return { comments, line: `open = { ports = ${ports}, time = 0 }`, usesFirewall: true };
  }
  const end = readIptablesRule(stop.command);
  if (end?.does !== 'delete' || !isSamePorts(end.ports, rule.ports)) return undefined;
  const minutes = Math.max(1, Math.ceil(stop.afterSeconds / 60));
  const comments = [...unsaid, `closed after ${stop.afterSeconds} s with knockd; here the kernel closes, in minutes`];
  return { comments, line: `open = { ports = ${ports}, time = ${minutes} }`, usesFirewall: true };
}

function isSamePorts(a: readonly TransportPort[], b: readonly TransportPort[]): boolean {
  const text = (ports: readonly TransportPort[]) => ports.map(formatTransportPort).sort().join();
  return text(a) === text(b);
}

function asRun(ipv4: KnockdCommands | undefined, ipv6: KnockdCommands | undefined): ActionLine {
  const start = byFamily(ipv4?.start, ipv6?.start);
  const stop = byFamily(ipv4?.stop?.command, ipv6?.stop?.command);
  const argv = commandArgv(start);
  const stopArgv = stop === '' ? undefined : commandArgv(stop);
  const after = Math.max(1, (ipv4?.stop ?? ipv6?.stop)?.afterSeconds ?? 1);
  const comments = [
    ...(ipv4 && ipv6
      ? []
      : [`nothing is run for ${ipv4 ? 'IPv6' : 'IPv4'}, as with knockd; "open" and "close" are for both`]),
    ...(needsShell(start) ? ['a shell runs it, as with knockd; a program with its arguments needs none'] : []),
    'root as with knockd; better: a user who may do no more than this',
  ];
  if (!isSayable(argv) || (stopArgv && !isSayable(stopArgv))) {
    const reason = 'left out: knockdaemon.toml cannot hold its command; put it into a script, and name that';
    return { comments: [reason, ...commandLines(ipv4, ipv6)], usesFirewall: false };
  }
  const fields = [
    `argv = ${tomlTexts(argv)}`,
    'user = "root"',
    `timeout = ${LONGEST_RUN}`,
    'overlap = true',
    ...(stopArgv ? [`stop_argv = ${tomlTexts(stopArgv)}`, `stop_after = ${after}`] : []),
  ];
  return { comments, line: `run = { ${fields.join(', ')} }`, usesFirewall: false };
}

function commandLines(ipv4: KnockdCommands | undefined, ipv6: KnockdCommands | undefined): string[] {
  const all = [ipv4?.start, ipv4?.stop?.command, ipv6?.start, ipv6?.stop?.command];
  return [...new Set(all.filter((text) => text !== undefined))].map(escapeControls);
}

/** Can the configuration say it? */
function isSayable(argv: Argv): boolean {
  return (
    argv.length <= MAX_ARGUMENTS &&
    argv.every((text) => Buffer.byteLength(text) <= MAX_ARGUMENT_BYTES) &&
    argv.every((text) => (text.match(/%[A-Z]+%/g) ?? []).every((macro) => macro === '%IP%'))
  );
}
