// Options and SERVER → everything that is known before the first packet: which server, which way, what to ask for.

import { type Problem, throwIfAny } from '../exit.ts';
import type { Machine } from '../machine.ts';
import { slowHint, unlistedPortHint } from '../messages/hints.ts';
import { formatDebug } from '../messages/problem.ts';
import { udpPortProblem } from '../messages/wrong-use.ts';
import { type KnockOptions, type RawOptions, readOptions } from '../options.ts';
import { KNOCKS, type KnockOrder } from '../plan.ts';
import { findRoutes, hostFamilyProblems, type Route } from '../route.ts';
import { chooseServer, type Target } from '../servers/choose.ts';
import { withDefaults } from '../servers/knock-defaults.ts';
import { serversFolder } from '../servers/saved-server.ts';

/** After how long a server forgets knocks where nothing else is configured (sequence_timeout). */
const USUAL_TIMEOUT_MS = 10_000;

/** Everything that is known before the first packet. */
export interface KnockRun {
  readonly raw: RawOptions;
  readonly options: KnockOptions;
  readonly target: Target;
  /** One for each family of the host; none where nothing is sent and nothing had to be looked up. */
  readonly routes: readonly Route[];
  /** What to ask for along the first of them. */
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
  const typed = readOptions(raw);
  const choice = await chooseServer(server, typed.options, serversFolder(machine.environment));
  const { target } = choice;
  const { options, problems } = target?.defaults ? readOptions(withDefaults(raw, target.defaults)) : typed;
  throwIfAny([...problems, ...choice.problems, ...(target ? targetProblems(target, options) : [])]);
  if (!target) throw new Error('neither a server nor a problem');

  const debug = debugWriter(raw, machine);
  debug(`server ${target.name ?? '(not saved)'}, host ${target.host}, server id ${target.key.serverId}`);
  // What is printed depends on addresses only where one has to be found out.
  const needsRoute = !options.print || options.ip === 'auto';
  const routes = needsRoute ? await findRoutes(target.host, options, machine) : [];
  for (const { addresses, serverAddress, ownAddress, claimedAddress } of routes) {
    debug(`host ${target.host} is ${addresses.join(', ')}; knocking at ${serverAddress}`);
    debug(`this machine's address on the way there is ${ownAddress}; claiming ${claimedAddress}`);
  }
  const { port, time, delayMs, repeatDelayMs } = options;
  const claimedAddress = routes[0]?.claimedAddress ?? options.ip;
  const { key, basePort } = target;
  const order = { key, claimedAddress, port, time, basePort, delayMs, repeatDelayMs };
  const hints = [...routes.flatMap(({ hint }) => hint ?? []), ...findHints(target, options)];
  return { raw, options, target, routes, order, hints, debug };
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
