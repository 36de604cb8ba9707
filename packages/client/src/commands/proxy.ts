// `knockclient proxy HOST PORT`: for ssh's ProxyCommand. Knocks, and is the connection to the port that opened. Nothing
// but the stream goes to stdout.

import { type CarryEnd, carry } from '../carry.ts';
import { Failure, throwIfAny } from '../exit.ts';
import type { Machine } from '../machine.ts';
import { conflictProblem, connectionEndedProblem, severalServersProblem } from '../messages.ts';
import { findByHost } from '../servers/find-by-host.ts';
import { serversFolder } from '../servers/saved-server.ts';
import type { RawSessionOptions } from '../session-options.ts';
import type { Opened } from '../try-connect.ts';
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
  { serverAddress, open }: Door,
  { options: { port } }: KnockRun,
  { ifClosed }: RawProxyOptions,
  machine: Machine,
  interruption: AbortSignal,
) {
  let opened: Opened = { look: 'silent' };
  const tryPort = async (timeoutMs: number) => {
    opened = await machine.openConnection(serverAddress, port, timeoutMs);
    return opened.look;
  };
  if (!ifClosed || (await tryPort(FIRST_TRY_MS)) !== 'open') await open(tryPort, interruption);
  const { connection } = opened as Opened;
  if (!connection) throw new Error('open, and no connection');
  return connection;
}

function exitStatus(end: CarryEnd, host: string): number {
  if (end === 'done') return 0;
  // Who has gone away is told nothing.
  if (end === 'unread') return 1;
  throw new Failure(1, [connectionEndedProblem(host, end.code)]);
}
