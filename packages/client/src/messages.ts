// All that a person reads: errors and hints, what was done, help. Plain values in, text out. Never a secret, a link or
// a key: what comes from outside goes through `showValue` or `makeSafe`.

import { formatTransportPort, TIME_CLOSE, TIME_UNLIMITED, type TransportPort } from '@eightknock/codec';
import type { AddressFamily } from './claimed-address.ts';
import type { Problem } from './exit.ts';
import { KNOCKS, type Transport } from './plan.ts';
import type { RawObstacle } from './send/raw-unavailable.ts';
import type { KnockDefaults } from './servers/knock-defaults.ts';
import type { SavedServer } from './servers/saved-server.ts';
import { makeSafe, showValue } from './show-value.ts';
import type { PortLook } from './try-connect.ts';

const PROGRAM = 'knockclient';
const HELP_HINT = `"${PROGRAM} --help" shows all options`;

/** Each problem in a line, `knockclient: error: …`, its hint in the next; a hint that repeats comes once. */
export function formatProblems(problems: readonly Problem[]): string {
  const hints = new Set<string>();
  return problems
    .map(({ message, hint }) => {
      const isNew = hint !== undefined && !hints.has(hint);
      if (isNew) hints.add(hint);
      return `${PROGRAM}: error: ${message}\n${isNew ? formatHint(hint) : ''}`;
    })
    .join('');
}

/** A hint that stands by itself. */
export function formatHint(hint: string): string {
  return `${PROGRAM}: hint: ${hint}\n`;
}

/** A line for `--debug`. */
export function formatDebug(text: string): string {
  return `${PROGRAM}: debug: ${makeSafe(text)}\n`;
}

/** A problem, with or without a hint. */
export function problem(message: string, hint?: string): Problem {
  return hint === undefined ? { message } : { message, hint };
}

// ── wrong use

/**
 * `--port: "70000": expected an integer …`.
 * @param place the option or argument
 * @param expected a phrase that goes on after "expected "
 */
export function expectedProblem(place: string, value: unknown, expected: string, hint?: string): Problem {
  return problem(`${place}: ${showValue(value)}: expected ${expected}`, hint);
}

/** Two options that contradict each other. */
export function conflictProblem(one: string, other: string, why?: keyof typeof CONFLICTS): Problem {
  return problem(`${one} and ${makeSafe(other)} do not go together`, why && CONFLICTS[why]);
}

const CONFLICTS = {
  'other-family': 'an address can be opened for only by knocks of its own family',
  'other-source-family': 'knocks come from and open for addresses of one family',
  'ipv6-source-only': 'over IPv6 a knock can open only for the address it comes from: --ip source',
  'print-sends-nothing': '--print sends nothing, so there is nothing to wait for',
  'nothing-opens': '--time 255 closes, and --wait waits for a port to open',
  'never-over': 'time 0 never runs out, so there is nothing to renew',
  'unknown-rest': 'nobody knows when a door that was open already closes',
} as const;

/** An option of the knock that was given with another command. */
export function strayOptionProblem(option: string, command: string): Problem {
  return problem(`${option} does not go with "${command}"`, `"${PROGRAM} ${command} --help" shows its options`);
}

/** Options that are needed as no saved server is used. */
export function missingProblem(options: readonly string[], hint: string): Problem {
  return problem(
    `${options.join(' and ')}: missing: without a saved server ${count(options.length, 'it', 'they')} must be given`,
    hint,
  );
}

/** For {@link missingProblem}, when SERVER was meant to be a name. */
export function notSavedHint(server: string, names: readonly string[]): string {
  return `${showValue(server)} is not a saved server; ${listNames(names)}`;
}

/** For {@link missingProblem}, when only a host was given. */
export function hostWithoutServerHint(names: readonly string[]): string {
  return `name the saved server too: ${PROGRAM} SERVER --host HOST; ${listNames(names)}`;
}

/** SERVER must be a saved name here. */
export function notSavedProblem(server: string, names: readonly string[]): Problem {
  return problem(`${showValue(server)} is not a saved server`, listNames(names));
}

/** No SERVER, and there is not just one that could be meant. */
export function noServerProblem(names: readonly string[]): Problem {
  if (names.length === 0) {
    const hint = `save one with "${PROGRAM} add NAME LINK", or give --host, --key-file and --server-id`;
    return problem('SERVER: missing: no server is saved', hint);
  }
  return problem(
    `SERVER: missing: ${names.length} servers are saved`,
    `${listNames(names)}; "${PROGRAM} default NAME" chooses one`,
  );
}

/** The default server is no longer saved. */
export function lostDefaultProblem(file: string, name: string, names: readonly string[]): Problem {
  return problem(
    `${makeSafe(file)}: ${showValue(name)} is not a saved server`,
    `${listNames(names)}; "${PROGRAM} default NAME" chooses another`,
  );
}

/** `set` without anything to set. */
export function nothingToSetProblem(): Problem {
  return problem('nothing to set: expected --port, --time, --ip, --transport, --delay, or --reset', undefined);
}

/** `link` shows a secret only to those who say so. */
export function secretNotAskedProblem(name: string): Problem {
  return problem('the link holds the secret', `to show it all the same: ${PROGRAM} link ${name} --show-secret`);
}

/** The name is taken. */
export function nameTakenProblem(name: string): Problem {
  return problem(`${showValue(name)} is saved already`, '--force replaces it');
}

/** `--wait` for a port that no TCP connection can try. */
export function udpPortProblem(port: number): Problem {
  return problem(`--wait: port ${port} is open for UDP only, and only TCP ports can be tried`, 'leave out --wait');
}

/** An address of the other family than the one to knock over. */
export function familyProblem(host: string, family: AddressFamily, ip: string, spoofSource?: string): Problem {
  if (spoofSource !== undefined) {
    const message = `host ${showValue(host)} has no IPv${family} address, and knocks from ${spoofSource} go over IPv${family} only`;
    return problem(message, 'give a --spoof-source of the other family');
  }
  if (ip === 'auto' || ip === 'source') {
    return problem(`host ${showValue(host)} has no IPv${family} address`, `leave out -${family}`);
  }
  const message = `host ${showValue(host)} has no IPv${family} address, and --ip ${ip} can be opened for over IPv${family} only`;
  return problem(message, 'give an address of the other family, or "--ip source"');
}

/** What commander says of a wrong command line, in our form: `error: unknown option '--prot'\n(Did you mean --port?)`. */
export function commandLineProblem(text: string): Problem {
  const [first = '', second = ''] = text.replace(/^error: /, '').split('\n');
  const meant = /^\(Did you mean (?:one of )?(.*)\?\)$/.exec(second)?.[1];
  const message = makeSafe(first)
    .replaceAll(/'([^']*)'/g, '"$1"')
    .replace(/\.$/, '');
  return problem(message, meant === undefined ? HELP_HINT : `did you mean ${makeSafe(meant)}?`);
}

/**
 * An enrolment link that the codec refused: `link must …`.
 * @param isArgument it was given on the command line
 */
export function linkProblem(reason: string, isArgument: boolean): Problem {
  const hint = 'put it in quotes: the shell takes "&" and "?" for its own';
  return problem(`LINK: ${makeSafe(reason)}`, isArgument ? hint : undefined);
}

// ── files

/** What is wrong with a file as a whole. */
export function fileProblem(file: string, reason: string, mostBytes = 0): Problem {
  const name = makeSafe(file);
  if (reason === 'ENOENT') return problem(`${name}: there is no such file`, undefined);
  if (reason === 'EACCES' || reason === 'EPERM') return problem(`${name}: this user may not read it`, undefined);
  if (reason === 'not-a-file' || reason === 'EISDIR') return problem(`${name}: expected a regular file`, undefined);
  if (reason === 'too-big') return problem(`${name}: expected at most ${mostBytes} bytes`, undefined);
  if (reason === 'not-utf8') return problem(`${name}: expected text in UTF-8`, undefined);
  return problem(`${name}: it cannot be read: ${reason}`, undefined);
}

/** Others could read or change a secret. */
export function fileModeProblem(file: string, mode: number): Problem {
  const octal = (mode & 0o7777).toString(8).padStart(4, '0');
  const name = makeSafe(file);
  return problem(
    `${name}: mode ${octal}: expected a file that neither group nor others may read or write`,
    `chmod 600 ${name}`,
  );
}

/**
 * `FILE: PATH: VALUE: expected …`.
 * @param shown holds the value to be shown; absent for secrets and where there is nothing to show
 */
export function expectedInFile(
  file: string,
  expected: string,
  path?: string,
  shown?: { readonly value: unknown },
): Problem {
  const place = [
    makeSafe(file),
    ...(path === undefined ? [] : [makeSafe(path)]),
    ...(shown ? [showValue(shown.value)] : []),
  ];
  return problem(`${place.join(': ')}: expected ${makeSafe(expected)}`, undefined);
}

// ── failures at run time

/** The name of the host leads nowhere. */
export function unresolvedProblem(host: string, code: string): Problem {
  const name = showValue(host);
  if (code === 'ENOTFOUND' || code === 'ENODATA')
    return problem(`host ${name} has no address (${code})`, 'is the name right?');
  const hint = 'is this machine connected? an address instead of the name needs no name server: --host ADDRESS';
  return problem(`host ${name} cannot be resolved (${makeSafe(code)})`, hint);
}

/** No route to any address. */
export function noWayProblem(host: string, addresses: readonly string[], code: string): Problem {
  const named = addresses.includes(host) ? '' : ` (${addresses.join(', ')})`;
  return problem(`there is no way to host ${showValue(host)}${named}: ${describeCode(code)}`, hintForCode(code));
}

/** A knock that this machine could not send. */
export function notSentProblem(knock: number, port: number, code: string): Problem {
  return portNotSentProblem(knock, KNOCKS, port, code);
}

/** A knock of a sequence of `knocks` could not be sent. */
export function portNotSentProblem(knock: number, knocks: number, port: number, code: string): Problem {
  return problem(
    `knock ${knock} of ${knocks}, to port ${port}, was not sent: ${describeCode(code)}`,
    hintForCode(code),
  );
}

const CODES: Readonly<Record<string, string>> = {
  ENETUNREACH: 'the network is unreachable',
  EHOSTUNREACH: 'the host is unreachable',
  EACCES: 'this machine does not allow it',
  EPERM: 'this machine does not allow it',
  EADDRNOTAVAIL: 'this machine has no address for it',
  ECONNRESET: 'the other side reset it',
  ETIMEDOUT: 'the other side no longer answers',
};

const CODE_HINTS: Readonly<Record<string, string>> = {
  ENETUNREACH: 'is this machine connected, and over this family? -4 or -6 chooses the other one',
  EHOSTUNREACH: 'is this machine connected, and is the address right?',
  EACCES: "a firewall of this machine's own may forbid it, or the address is one of a broadcast",
  EPERM: "a firewall of this machine's own may forbid it",
  EADDRNOTAVAIL: 'has this machine an address of this family? -4 or -6 chooses the other one',
};

/** The code of a system's error, in words. */
export function describeCode(code: string): string {
  const text = CODES[code];
  return text === undefined ? makeSafe(code) : `${text} (${code})`;
}

/** What may help with such an error. */
export function hintForCode(code: string): string | undefined {
  return CODE_HINTS[code];
}

/** `--raw`, and this machine or this user cannot. */
export function rawUnavailableProblem(obstacle: RawObstacle, detail: string): Problem {
  const [what, hint] = RAW_OBSTACLES[obstacle];
  return problem(`--raw: ${what} (${makeSafe(detail)})`, `${hint}; without --raw a knock needs none of this`);
}

const RAW_OBSTACLES: Readonly<Record<RawObstacle, readonly [what: string, hint: string]>> = {
  system: ['raw packets are sent on Linux only', 'knock from another machine'],
  module: [
    'the module raw-socket cannot be loaded',
    'npm compiles it when knockclient is installed, with a C++ compiler, make and python3',
  ],
  privilege: ['this user may not send raw packets', 'run it as root or with CAP_NET_RAW'],
  socket: ['the system gives no socket for raw packets', 'is this family of addresses in use here?'],
};

/** `--spoof-source`, and this machine's own address is nothing the server could open for. */
export function spoofNeedsIpProblem(ownAddress: string): Problem {
  return problem(
    `--ip: missing: the server will not see this machine as ${ownAddress}, and with --spoof-source not where it is either`,
    'give your public address with --ip ADDRESS, or open for the spoofed one with --ip source',
  );
}

/** `--wait`, and it did not open. */
export function notOpenProblem(wish: Wish, look: Exclude<PortLook, 'open'>, seconds: number): Problem {
  const [what, hint] = NOT_OPEN[look](wish);
  return problem(`port ${wish.port} did not open within ${formatSeconds(seconds)}: ${what}`, hint);
}

const NOT_OPEN: Readonly<Record<Exclude<PortLook, 'open'>, (wish: Wish) => readonly [what: string, hint: string]>> = {
  refused: ({ port }) => [
    'connections are refused',
    `the door may have opened, but nothing listens on port ${port}; or the server answers like this while it is closed`,
  ],
  silent: ({ port, routes }) => [
    'no answer',
    [
      'not opened: is the clock of this machine right? are key and server id those of the server?',
      routes.every(({ claimedAddress }) => claimedAddress === 'source')
        ? 'may this client say "source"?'
        : `does the server see this machine as ${formatClaimed(routes)}?`,
      `is port ${port} on the list of this client?`,
    ].join(' '),
  ],
  unreachable: () => ['the host is unreachable', 'a router or this machine says so: is the address right?'],
};

// ── through a door

/** HOST of `proxy` is that of several saved servers. */
export function severalServersProblem(host: string, names: readonly string[]): Problem {
  return problem(
    `host ${showValue(host)} is that of ${names.length} saved servers`,
    `--server NAME; ${listNames(names)}`,
  );
}

/** `ssh` where there is no POSIX shell. */
export function noSshHereProblem(): Problem {
  return problem(
    `"${PROGRAM} ssh" does not run on Windows`,
    `put "ProxyCommand ${PROGRAM} proxy %h %p" into ssh's configuration`,
  );
}

/** A connection that was carried broke. */
export function connectionEndedProblem(host: string, code: string): Problem {
  return problem(`the connection to ${showValue(host)} broke: ${describeCode(code)}`, undefined);
}

/** The command of `run` or `ssh` could not be started. */
export function notStartedProblem(program: string, code: string): Problem {
  const why = code === 'ENOENT' ? 'there is no such program' : describeCode(code);
  return problem(`${showValue(program)} was not started: ${why}`, undefined);
}

/** A renewal failed. */
export function notRenewedProblems(port: number, error: unknown): Problem[] {
  return problemsOf(error).map(({ message, hint }) =>
    problem(`port ${port} was not renewed, trying again: ${message}`, hint),
  );
}

/** A renewal worked after others had failed. */
export function renewedHint(port: number): string {
  return `port ${port} is renewed again`;
}

/** The knock that was to close failed. */
export function notClosedProblems(port: number, error: unknown): Problem[] {
  return problemsOf(error).map(({ message }) =>
    problem(`port ${port} was not closed: ${message}`, 'it closes when its time is over'),
  );
}

/** The port is open after it was closed. */
export function stillOpenHint(port: number): string {
  return `port ${port} is still open: for another client at this address, or without a knock`;
}

/** The problems that an error carries (see Failure), or the error as one. */
function problemsOf(error: unknown): readonly Problem[] {
  const { problems } = error as { readonly problems?: readonly Problem[] };
  return problems ?? [unexpectedProblem(error, false)];
}

/** An error that nobody foresaw, with its stack only when that was asked for. */
export function unexpectedProblem(error: unknown, debug: boolean): Problem {
  if (debug && error instanceof Error && error.stack !== undefined) {
    return { message: error.stack.split('\n').map(makeSafe).join('\n') };
  }
  return problem(makeSafe(error instanceof Error ? error.message : String(error)), '--debug shows where it comes from');
}

// ── hints that stand by themselves

/** Why the knock says "source" though nobody asked for it. */
export function sourceHint(ownAddress: string): string {
  return `the server will not see this machine as ${ownAddress}, so the knock opens for the address it comes from, which somebody on the way could use for himself; safer is --ip with your public address`;
}

/** A way on which nothing can be sent, while another one is left. */
export function wayGivenUpHint(address: string, code: string): string {
  return `not knocked at ${address}: ${describeCode(code)}`;
}

/** One family is open, the other is not. */
export function wayNotOpenHint(port: number, family: AddressFamily, look: PortLook): string {
  return `port ${port} is not open over IPv${family} (${LOOKS[look]}); -${family === 4 ? 6 : 4} leaves IPv${family} out`;
}

/** The port is not on the list that came with the link. */
export function unlistedPortHint(port: number, name: string, ports: readonly TransportPort[]): string {
  return `port ${port} is not among those saved for ${showValue(name)}: ${listPorts(ports)}`;
}

/** So slow that the server forgets the first knock before the last has come. */
export function slowHint(seconds: number): string {
  return `the eight knocks take ${formatSeconds(seconds)}; servers forget knocks after 10 s unless their sequence_timeout is longer`;
}

// ── what was done

/** What is asked of which server. */
export interface Wish {
  /** As it was given or saved: a name or an address. */
  readonly host: string;
  /** Where it is knocked at, and for whom: one or two, of different families. */
  readonly routes: readonly { readonly serverAddress: string; readonly claimedAddress: string }[];
  readonly transport: Transport;
  /** Where the knocks say they come from, when that is not this machine. */
  readonly spoofSource?: string;
  /** The port to open or close. */
  readonly port: number;
  /** 0–255. */
  readonly time: number;
}

/** The first line. */
export function formatBeginning({ host, routes, transport, spoofSource, port, time }: Wish): string {
  const addresses = routes.map(({ serverAddress }) => serverAddress).join(', ');
  const where = host === addresses ? host : `${makeSafe(host)} (${addresses})`;
  const from = spoofSource === undefined ? '' : ` from ${spoofSource}`;
  const what = `${time === TIME_CLOSE ? 'close' : 'open'} port ${port} for ${formatClaimed(routes)}${formatTime(time)}`;
  return `knocking at ${where} over ${transport.toUpperCase()}${from}: ${what}`;
}

function formatClaimed(routes: Wish['routes']): string {
  const names = routes.map(({ claimedAddress }) =>
    claimedAddress === 'source' ? 'the address the knocks come from' : claimedAddress,
  );
  return [...new Set(names)].join(' and ');
}

/** As many signs as there are knocks, of which some are filled. */
export function formatDots(knocks: number): string {
  return '●'.repeat(knocks) + '○'.repeat(KNOCKS - knocks);
}

/** Between two sequences, or beside the dots. */
export function formatNotYet(look: PortLook): string {
  return `not open yet (${LOOKS[look]})`;
}

const LOOKS: Readonly<Record<PortLook, string>> = {
  open: 'open',
  refused: 'refused',
  silent: 'no answer',
  unreachable: 'unreachable',
};

/** A knock that `knockclient knock -v` is about to send, as knock(1) says it. */
export function formatHit(protocol: Transport, address: string, port: number): string {
  return `hitting ${protocol} ${address}:${port}\n`;
}

/** The last line, without `--wait`. */
export function formatSent(knocks: number, seconds: number): string {
  return `${knocks} knocks sent in ${formatSeconds(seconds)}`;
}

/** The last line, with `--wait`. */
export function formatOpen(port: number, done: { seconds: number; sequences: number; knocks: number }): string {
  const { seconds, sequences, knocks } = done;
  const tries = sequences === 1 ? '' : `, ${sequences} tries`;
  return `port ${port} is open after ${formatSeconds(seconds)} (${knocks} knocks${tries})`;
}

/** After `add` and `set`. */
export function formatSaved(name: string, file: string, server: SavedServer): string {
  const { host, basePort, serverId, client, ports, defaults = {} } = server;
  const knocks = formatDefaults(defaults);
  return [
    `saved ${showValue(name)} in ${makeSafe(file)}`,
    `  server  ${makeSafe(serverId)}`,
    `  host    ${host}, knocks on ${basePort}–${basePort + 255}`,
    `  client  ${client}`,
    `  ports   ${listPorts(ports)}`,
    ...(knocks === '-' ? [] : [`  knocks  ${knocks}`]),
    '',
  ].join('\n');
}

function formatDefaults({ port, time, ip, transport, delayMs }: KnockDefaults): string {
  const words = [
    ...(port === undefined ? [] : [`--port ${port}`]),
    ...(time === undefined ? [] : [`--time ${time}`]),
    ...(ip === undefined ? [] : [`--ip ${ip}`]),
    ...(transport === undefined ? [] : [`--transport ${transport}`]),
    ...(delayMs === undefined ? [] : [`--delay ${delayMs}`]),
  ];
  return words.join(' ') || '-';
}

/** `default`. */
export function formatDefault(name: string | undefined): string {
  return name === undefined ? 'no default server\n' : `${makeSafe(name)}\n`;
}

/** Asks for the link, on a terminal. */
export const LINK_PROMPT = 'paste the enrolment link, then press Enter: ';

/** After `remove`. */
export function formatRemoved(name: string): string {
  return `removed ${showValue(name)}\n`;
}

/** `list`. @param chosen the default server, which gets a star */
export function formatServerTable(
  servers: readonly (readonly [name: string, server: SavedServer])[],
  chosen: string | undefined,
): string {
  const hasDefaults = servers.some(([, { defaults }]) => defaults !== undefined);
  const all = [
    ['NAME', 'HOST', 'BASE PORT', 'CLIENT', 'PORTS', 'KNOCKS'],
    ...servers.map(([name, { host, basePort, client, ports, defaults = {} }]) => [
      name === chosen ? `${name} *` : name,
      host,
      `${basePort}`,
      client,
      listPorts(ports),
      formatDefaults(defaults),
    ]),
  ];
  const rows = hasDefaults ? all : all.map((row) => row.slice(0, -1));
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, i) => cell.padEnd(widths[i] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

/** `list`, when there is nothing. */
export const NOTHING_SAVED_HINT = `no server is saved; save one with "${PROGRAM} add NAME LINK"`;

function formatTime(time: number): string {
  if (time === TIME_CLOSE) return '';
  return time === TIME_UNLIMITED ? ', no time limit' : `, ${time} ${count(time, 'minute', 'minutes')}`;
}

/** `0.14 s`, `12 s`. */
export function formatSeconds(seconds: number): string {
  return `${seconds < 10 ? Math.round(seconds * 100) / 100 : Math.round(seconds)} s`;
}

function listNames(names: readonly string[]): string {
  return names.length === 0 ? `none is saved: ${PROGRAM} add NAME LINK` : `saved: ${names.join(', ')}`;
}

/** `tcp/22, udp/53`. */
export function listPorts(ports: readonly TransportPort[]): string {
  return ports.length === 0 ? '-' : ports.map(formatTransportPort).join(', ');
}

/** One word for one, another for more. */
export function count(number: number, one: string, more: string): string {
  return number === 1 ? one : more;
}
