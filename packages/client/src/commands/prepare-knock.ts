// Options and SERVER → everything that is known before the first packet: which server, which way, what to ask for.

import { type Problem, throwIfAny } from '../exit.ts';
import type { Machine } from '../machine.ts';
import { formatDebug, slowHint, udpPortProblem, unlistedPortHint } from '../messages.ts';
import { type KnockOptions, type RawOptions, readOptions } from '../options.ts';
import { KNOCKS, type KnockOrder } from '../plan.ts';
import { findRoute, hostFamilyProblems, type Route } from '../route.ts';
import { chooseServer, type Target } from '../servers/choose.ts';
import { serversFolder } from '../servers/saved-server.ts';

/** A server forgets knocks after so long where nothing else is configured (sequence_timeout). */
const USUAL_TIMEOUT_MS = 10_000;

/** Everything that is known before the first packet. */
export interface KnockRun {
  readonly raw: RawOptions;
  readonly options: KnockOptions;
  readonly target: Target;
  /** Absent where nothing is sent and nothing had to be looked up. */
  readonly route?: Route;
  readonly order: KnockOrder;
  /** What the user should know, though it is no mistake. */
  readonly hints: readonly string[];
  /** Writes a line for `--debug`, or nothing. */
  readonly debug: (text: string) => void;
}

/**
 * Reads, chooses, looks up. Sends nothing.
 * @param server SERVER as it was typed
 * @throws Failure
 */
export async function prepareKnock(server: string | undefined, raw: RawOptions, machine: Machine): Promise<KnockRun> {
  const { options, problems } = readOptions(raw);
  const choice = await chooseServer(server, options, serversFolder(machine.environment));
  const { target } = choice;
  throwIfAny([...problems, ...choice.problems, ...(target ? targetProblems(target, options) : [])]);
  if (!target) throw new Error('neither a server nor a problem');

  const debug = debugWriter(raw, machine);
  debug(`server ${target.name ?? '(not saved)'}, host ${target.host}, server id ${target.key.serverId}`);
  // What is printed depends on addresses only where one has to be found out.
  const needsRoute = !options.print || options.ip === 'auto';
  const route = needsRoute ? await findRoute(target.host, options, machine) : undefined;
  if (route) {
    debug(`host ${target.host} is ${route.addresses.join(', ')}; knocking at ${route.serverAddress}`);
    debug(`this machine's address on the way there is ${route.ownAddress}; claiming ${route.claimedAddress}`);
  }
  const { port, time, delayMs } = options;
  const claimedAddress = route?.claimedAddress ?? options.ip;
  const order = { key: target.key, claimedAddress, port, time, basePort: target.basePort, delayMs };
  const hints = [...(route?.hint ? [route.hint] : []), ...findHints(target, options)];
  return { raw, options, target, ...(route && { route }), order, hints, debug };
}

/** Whether a port is known to be open for UDP alone, so that no connection can be tried. */
export function isUdpOnly({ ports }: Target, port: number): boolean {
  const listed = ports.filter((one) => one.port === port);
  return listed.length > 0 && listed.every(({ protocol }) => protocol === 'udp');
}

function targetProblems(target: Target, options: KnockOptions): Problem[] {
  const isInVain = options.waitSeconds !== undefined && isUdpOnly(target, options.port);
  return [...hostFamilyProblems(target.host, options), ...(isInVain ? [udpPortProblem(options.port)] : [])];
}

function findHints({ name, ports }: Target, { port, delayMs }: KnockOptions): string[] {
  const isUnlisted = name !== undefined && ports.length > 0 && ports.every((listed) => listed.port !== port);
  const sequenceMs = (KNOCKS - 1) * delayMs;
  return [
    ...(isUnlisted ? [unlistedPortHint(port, name, ports)] : []),
    ...(sequenceMs > USUAL_TIMEOUT_MS ? [slowHint(sequenceMs / 1000)] : []),
  ];
}

function debugWriter(raw: RawOptions, { output }: Machine): (text: string) => void {
  return raw.debug ? (text) => output.stderr(formatDebug(text)) : () => undefined;
}
