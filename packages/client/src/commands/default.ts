// `knockclient default [NAME]`: shows or chooses the server that is meant when none is named.

import { type ExitCode, Failure } from '../exit.ts';
import type { Machine } from '../machine.ts';
import { formatDefault } from '../messages/saved-servers.ts';
import { notSavedProblem } from '../messages/which-server.ts';
import { conflictProblem } from '../messages/wrong-use.ts';
import { readDefaultServer, writeDefaultServer } from '../servers/default-server.ts';
import { serversFolder } from '../servers/saved-server.ts';
import { listServerNames } from '../servers/store.ts';

/**
 * Runs the command.
 * @param name absent: show which it is
 * @throws Failure with exit code 2 when there is no such server
 */
export async function chooseDefault(
  name: string | undefined,
  { none = false }: { readonly none?: boolean },
  machine: Machine,
): Promise<ExitCode> {
  const folder = serversFolder(machine.environment);
  if (none && name !== undefined) throw new Failure(2, [conflictProblem('NAME', '--none')]);
  if (name !== undefined) {
    const names = await listServerNames(folder);
    if (!names.includes(name)) throw new Failure(2, [notSavedProblem(name, names)]);
  }
  if (none || name !== undefined) await writeDefaultServer(folder, name);
  machine.output.stdout(formatDefault(none ? undefined : (name ?? (await readDefaultServer(folder)))));
  return 0;
}
