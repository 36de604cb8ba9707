// `knockclient remove NAME`: forgets a saved server, whatever stands in its file. If it was the default one, there is none
// afterwards.

import { isClientName } from '@eightknock/codec';
import { type ExitCode, Failure } from '../exit.ts';
import type { Machine } from '../machine.ts';
import { formatRemoved } from '../messages/saved-servers.ts';
import { notSavedProblem } from '../messages/which-server.ts';
import { readDefaultServer, writeDefaultServer } from '../servers/default-server.ts';
import { withServerLock } from '../servers/lock-server.ts';
import { serversFolder } from '../servers/saved-server.ts';
import { listServerNames, removeServer } from '../servers/store.ts';

/**
 * Runs the command.
 * @throws Failure with exit code 2 when there is no such server
 */
export async function remove(name: string, machine: Machine): Promise<ExitCode> {
  const folder = serversFolder(machine.environment);
  const names = await listServerNames(folder);
  // Checked first: a name with "/" in it would lead elsewhere.
  const isThere = isClientName(name) && names.includes(name);
  if (!isThere || !(await withServerLock(folder, name, () => removeServer(folder, name), machine.clock))) {
    throw new Failure(2, [notSavedProblem(name, names)]);
  }
  if ((await readDefaultServer(folder)) === name) await writeDefaultServer(folder, undefined);
  machine.output.stdout(formatRemoved(name));
  return 0;
}
