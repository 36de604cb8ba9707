// What is said of doors of other kinds, by the commands that knock on them: spa, import, digits, tumbler, one-time. Loaded with
// them alone. Never a secret, a key, or what a file of keys holds.

import { formatTransportPort, makeSafe, showName, showValue, type TransportPort } from '@eightknock/codec';
import type { SpaRequest } from '@eightknock/codec/spa';
import type { Problem } from '../exit.ts';
import type { Route } from '../route.ts';
import type { PortLook } from '../try-connect.ts';
import { describeCode, hintForCode } from './failures.ts';
import { problem } from './problem.ts';
import { count, formatSeconds, listPorts } from './words.ts';
import { expectedProblem } from './wrong-use.ts';

// ── all of these doors

/** What may be wrong when nothing answers, by what was sent. */
export type Doubt = 'spa' | 'ports' | 'tumbler' | 'one-time';

const DOUBTS: Readonly<Record<Doubt, string>> = {
  spa: 'not opened: are the keys, the HMAC, the digest and the port of the packets those of the server? is the clock of this machine right? may these keys open that port, for that address?',
  ports: 'not opened: are these the knocks of the door, and in time for it?',
  tumbler:
    'not opened: is the clock of this machine right? are secret, text and UDP port those of the door? does the server see this machine under that address?',
  'one-time':
    'not opened: if the knocks were lost, the door still waits for this line: --again knocks with it once more',
};

/** `--wait`, and it did not open. */
export function doorNotOpenProblem(
  port: number,
  look: Exclude<PortLook, 'open'>,
  seconds: number,
  doubt: Doubt,
): Problem {
  const [what, hint] = {
    refused: ['connections are refused', `the door may have opened, but nothing listens on port ${port}`],
    silent: ['no answer', DOUBTS[doubt]],
    unreachable: ['the host is unreachable', 'a router or this machine says so: is the address right?'],
  }[look] as [string, string];
  return problem(`port ${port} did not open within ${formatSeconds(seconds)}: ${what}`, hint);
}

/** A packet that this machine could not send. */
export function packetNotSentProblem(port: TransportPort, code: string): Problem {
  return problem(`the packet to ${formatTransportPort(port)} was not sent: ${describeCode(code)}`, hintForCode(code));
}

/** The last line, without `--wait`. */
export function formatDoorSent(packets: number, seconds: number): string {
  return `${packets} ${count(packets, 'packet', 'packets')} sent in ${formatSeconds(seconds)}`;
}

/** The last line, with `--wait`. */
export function formatDoorOpen(port: number, seconds: number, tries: number): string {
  return `port ${port} is open after ${formatSeconds(seconds)} (${tries} ${count(tries, 'try', 'tries')})`;
}

/** `192.0.2.1`, or `gw.example.net (192.0.2.1)`. */
export function formatPlace(host: string, { serverAddress }: Pick<Route, 'serverAddress'>): string {
  return host === serverAddress ? host : `${makeSafe(host)} (${serverAddress})`;
}

// ── spa

/** The first line of `spa`. @param port where the packet goes */
export function formatSpaBeginning(host: string, route: Route, port: number, request: SpaRequest): string {
  return `single packet to ${formatPlace(host, route)}, UDP port ${port}: ${describeRequest(request)}`;
}

function describeRequest(request: SpaRequest): string {
  const from = request.address === 'source' ? 'the address the packet comes from' : request.address;
  if (request.kind === 'command') return `run a command for ${from}`;
  const time = request.timeoutSeconds === undefined ? '' : `, ${request.timeoutSeconds} s`;
  const { ports } = request;
  if (request.kind === 'access') return `open ${listPorts(ports)} for ${from}${time}`;
  return `lead ${listPorts(ports)} to ${request.target.host}:${request.target.port} for ${from}${time}`;
}

/** Why a packet over IPv6 names no address. */
export const NO_IPV6_HINT =
  'fwknop knows no IPv6 addresses: over IPv6 the packet opens for the address it comes from, which somebody on the way could use for themselves';

/** One key for both, which no server takes. */
export function sameKeyProblem(): Problem {
  return problem(
    'the key that encrypts and the one of the HMAC are the same: no server takes that',
    '"fwknop --key-gen" makes both',
  );
}

/** Neither a saved server nor enough to do without. */
export function spaMissingProblem(options: readonly string[], server: string, names: readonly string[]): Problem {
  const saved = names.length === 0 ? 'none is saved: knockclient import ~/.fwknoprc' : `saved: ${names.join(', ')}`;
  return problem(
    `${options.join(' and ')}: missing: without a saved server ${count(options.length, 'it', 'they')} must be given`,
    `${showValue(server)} is not a saved server of single packets; ${saved}`,
  );
}

/** No SERVER, and there is not just one that could be meant. */
export function noSpaServerProblem(names: readonly string[]): Problem {
  if (names.length > 0) return problem(`SERVER: missing: ${names.length} are saved`, `saved: ${names.join(', ')}`);
  return problem('SERVER: missing: no server of single packets is saved', 'knockclient import ~/.fwknoprc saves some');
}

/** What the codec says of a request or a key that cannot be sent. */
export function unsendableProblem(reason: string): Problem {
  return problem(`this cannot be sent: ${makeSafe(reason)}`);
}

// ── import

/** A line of ~/.fwknoprc, or a stanza, that could not be carried over as it is. */
export function importHint(file: string, place: string, what: string): string {
  return `${makeSafe(file)}: ${makeSafe(place)}: ${makeSafe(what)}`;
}

/** After `import`. */
export function formatImported(name: string, file: string, host: string, ports: readonly TransportPort[]): string {
  return `imported ${showName(name)} in ${makeSafe(file)}: ${makeSafe(host)}, ${listPorts(ports)}\n`;
}

/** None of the stanzas could be imported. */
export function nothingImportedProblem(file: string): Problem {
  return problem(`${makeSafe(file)}: there is no stanza that can be imported: nothing was saved`);
}

/** A name is taken. */
export function spaNameTakenProblem(name: string): Problem {
  return problem(`${showName(name)} is saved already: nothing was saved`, '--force replaces it');
}

// ── digits, tumbler, one-time

/** The first line where ports are knocked on. */
export function formatPortsBeginning(host: string, route: Route, knocks: readonly TransportPort[]): string {
  return `knocking at ${formatPlace(host, route)}: ${knocks.map(formatTransportPort).join(' ')}`;
}

/** The first line of `tumbler`. */
export function formatTumblerBeginning(host: string, route: Route, port: number, address: string): string {
  return `Tumbler's datagram to ${formatPlace(host, route)}, UDP port ${port}, from ${address}`;
}

/** A port that the door cannot be told. */
export function digitsEndProblem(port: string): Problem {
  return expectedProblem('--port', port, 'a port whose digits do not contain the knocks of --end');
}

/** The address that the server sees is part of the hash. */
export function tumblerNeedsIpProblem(ownAddress: string): Problem {
  return problem(
    `--ip: missing: the server will not see this machine as ${ownAddress}`,
    'give your public address with --ip ADDRESS',
  );
}

/** `--wait` without a port to try. */
export function waitNeedsPortProblem(): Problem {
  return problem('--port: missing: --wait has to know which TCP port opens');
}

/** What a text for Tumbler lacks, or has too much. */
export function tumblerTextProblem(text: string, macro: string): Problem {
  return expectedProblem('--text', text, `%MINUTE%, %IP% and %SECRET%, and no unknown macro: see %${macro}%`);
}

/** Nothing is left in the file. */
export function noLineProblem(file: string, isAgain: boolean): Problem {
  const hint = isAgain ? undefined : 'put a new list there, and on the server';
  return problem(`${makeSafe(file)}: there is no line that was ${isAgain ? '' : 'not '}used`, hint);
}

/** Lines that are no sequences. */
export function wrongLineProblem(file: string, line: number): Problem {
  return problem(
    `${makeSafe(file)}: line ${line}: expected ports such as "tcp/7000 udp/8000" or "7000:tcp,8000:udp", or a line that begins with "#"`,
  );
}

/** Somebody else takes a line of it. */
export function lineLockedProblem(lock: string): Problem {
  return problem(`${makeSafe(lock)} is there: another knockclient takes a line`, 'if none does, remove that file');
}

/** How many lines are left. */
export function linesLeftHint(file: string, left: number): string {
  return `${makeSafe(file)}: ${left} ${count(left, 'line', 'lines')} left`;
}
