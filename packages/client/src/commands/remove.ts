// `knockclient remove NAME`: forgets a saved server, whatever stands in its file. If it was the default one, there is none
// afterwards.

import { isClientName } from '@eightknock/codec';
import { type ExitCode, Failure } from '../exit.ts';
import type { Machine } from '../machine.ts';
import { formatRemoved } from '../messages/saved-servers.ts';
import { notSavedProblem } from '../messages/which-server.ts';
import { readDefaultServer, writeDefaultServer } from '../servers/default-server.ts';
import { serversFolder } from '../servers/saved-server.ts';
import { listServerNames, removeServer } from '../servers/store.ts';

/**
 * Runs the command.
 * @throws Failure with exit code 2 when there is no such server
 */
export async function remove(name: string, machine: Machine): Promise<ExitCode> {
  const folder = serversFolder(machine.environment);
  // Checked first: a name with "/" in it would lead elsewhere.
  if (!isClientName(name) || !(await removeServer(folder, name))) {
    throw new Failure(2, [notSavedProblem(name, await listServerNames(folder))]);
  }
  if ((await readDefaultServer(folder)) === name) await writeDefaultServer(folder, undefined);
  machine.output.stdout(formatRemoved(name));
  return 0;
}
