// `knockclient proxy HOST PORT`: for ssh's ProxyCommand. Knocks, and is the connection to the port that opened. Nothing
// but the stream goes to stdout.

import type { Duplex } from 'node:stream';
import { type CarryEnd, carry } from '../carry.ts';
import { Failure, throwIfAny } from '../exit.ts';
import type { Machine } from '../machine.ts';
import { connectionEndedProblem } from '../messages/sessions.ts';
import { severalServersProblem } from '../messages/which-server.ts';
import { conflictProblem } from '../messages/wrong-use.ts';
import { findByHost } from '../servers/find-by-host.ts';
import { serversFolder } from '../servers/saved-server.ts';
import type { RawSessionOptions } from '../session-options.ts';
import type { PortLook } from '../try-connect.ts';
import type { Door } from './door.ts';
import { type KnockRun, prepareKnock } from './prepare-knock.ts';
import { checkSessionOptions, useDoor } from './use-door.ts';

/** How long `--if-closed` waits for an answer before it knocks; shorter than the kernel's repetition of a SYN. */
const FIRST_TRY_MS = 1000;

/** Options of `proxy`: unread. */
export interface RawProxyOptions extends RawSessionOptions {
  /** The saved server whose key is taken. */
  readonly server?: string;
  readonly ifClosed?: boolean;
}

/**
 * Runs the command.
 * @returns 0 when both directions have ended; 128 + n after signal n with `--close`
 * @throws Failure
 */
export async function proxy(host: string, port: string, raw: RawProxyOptions, machine: Machine): Promise<number> {
  checkSessionOptions(raw);
  // Nobody knows for how long a door was open before.
  if (raw.ifClosed && raw.renew) throwIfAny([conflictProblem('--if-closed', '--renew', 'unknown-rest')]);
  const run = await prepareProxy(host, port, raw, machine);
  return useDoor(run, raw, machine, async (door, interruption) => {
    const connection = await connect(door, run, raw, machine, interruption);
    const end = await door.renewDuring(() => carry(connection, machine.takeStandardStreams(), interruption));
    return exitStatus(end, host);
  });
}

async function prepareProxy(host: string, port: string, raw: RawProxyOptions, machine: Machine): Promise<KnockRun> {
  const { server } = raw;
  const all = { wait: true as const, ...raw, port };
  if (server !== undefined) return prepareKnock(server, server === host ? all : { ...all, host }, machine);
  const names = await findByHost(host, Number(port), serversFolder(machine.environment));
  if (names.length > 1) throwIfAny([severalServersProblem(host, names)]);
  return prepareKnock(names[0] ?? host, all, machine);
}

/** The connection that shows the door to be open is the one that is used: another could come too late. */
async function connect(
  { serverAddresses, open }: Door,
  { options: { port } }: KnockRun,
  { ifClosed }: RawProxyOptions,
  machine: Machine,
  interruption: AbortSignal,
): Promise<Duplex> {
  let first: Duplex | undefined;
  const tryAddress = async (serverAddress: string, timeoutMs: number): Promise<PortLook> => {
    const { look, connection } = await machine.openConnection(serverAddress, port, timeoutMs);
    // It may wait for a moment, and one of the other family may come after it.
    connection?.on('error', () => undefined);
    if (first === undefined) first = connection;
    else connection?.destroy();
    return look;
  };
  if (ifClosed) await Promise.all(serverAddresses.map((address) => tryAddress(address, FIRST_TRY_MS)));
  if (first === undefined) await open(tryAddress, 'any', interruption);
  if (first === undefined) throw new Error('open, and no connection');
  return first;
}

function exitStatus(end: CarryEnd, host: string): number {
  if (end === 'done') return 0;
  // A reader that has gone away is told nothing.
  if (end === 'unread') return 1;
  throw new Failure(1, [connectionEndedProblem(host, end.code)]);
}
