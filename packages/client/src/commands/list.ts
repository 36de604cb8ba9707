// `knockclient list`: the saved servers, without their secrets. One that cannot be read does not hide the others.

import { formatTransportPort } from '@eightknock/codec';
import { type ExitCode, Failure } from '../exit.ts';
import type { Machine } from '../machine.ts';
import { formatHint } from '../messages/problem.ts';
import { formatServerTable, NOTHING_SAVED_HINT } from '../messages/saved-servers.ts';
import { readDefaultServer } from '../servers/default-server.ts';
import { type SavedServer, serversFolder } from '../servers/saved-server.ts';
import { listServerNames, readServer } from '../servers/store.ts';

/**
 * Runs the command.
 * @throws Failure with exit code 2 when there is anything wrong with any of the files, after the others were shown
 */
export async function list({ json = false }: { readonly json?: boolean }, machine: Machine): Promise<ExitCode> {
  const folder = serversFolder(machine.environment);
  const names = await listServerNames(folder);
  const read = await Promise.all(names.map(async (name) => [name, await readServer(folder, name)] as const));
  const servers = read.flatMap(([name, { server }]) => (server ? [[name, server] as const] : []));
  const problems = read.flatMap(([, found]) => found.problems);

  const chosen = await readDefaultServer(folder);
  const described = servers.map((server) => describe(server, chosen));
  if (!json && servers.length > 0) machine.output.stdout(formatServerTable(servers, chosen));
  if (problems.length > 0) throw new Failure(2, problems, { servers: described });
  if (json) machine.output.stdout(`${JSON.stringify({ ok: true, servers: described })}\n`);
  else if (names.length === 0) machine.output.stderr(formatHint(NOTHING_SAVED_HINT));
  return 0;
}

function describe([name, server]: readonly [string, SavedServer], chosen: string | undefined) {
  const { host, basePort, serverId, client, ports, defaults = {} } = server;
  const isDefault = name === chosen;
  return {
    name,
    default: isDefault,
    host,
    basePort,
    serverId,
    client,
    ports: ports.map(formatTransportPort),
    defaults,
  };
}
