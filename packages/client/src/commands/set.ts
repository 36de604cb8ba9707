// `knockclient set NAME …`: what knocks for a saved server say where the command line says nothing.

import { isClientName } from '@eightknock/codec';
import { type ExitCode, Failure, type Problem, throwIfAny } from '../exit.ts';
import type { Machine } from '../machine.ts';
import { formatSaved } from '../messages/saved-servers.ts';
import { notSavedProblem } from '../messages/which-server.ts';
import { nothingToSetProblem } from '../messages/wrong-use.ts';
import { type RawDefaults, readDefaults } from '../servers/knock-defaults.ts';
import { withServerLock } from '../servers/lock-server.ts';
import { type SavedServer, serverFile, serversFolder } from '../servers/saved-server.ts';
import { listServerNames, readServer, saveServer } from '../servers/store.ts';

/** The options of the command, unread. */
export interface RawSet extends RawDefaults {
  /** Forget what was set before. */
  readonly reset?: boolean;
}

/**
 * Runs the command.
 * @throws Failure with exit code 2 when there is no such server, or anything wrong with an option, with 1 when another knockclient
 *   changes it for too long; nothing is changed then
 */
export async function set(name: string, { reset = false, ...raw }: RawSet, machine: Machine): Promise<ExitCode> {
  const folder = serversFolder(machine.environment);
  const { defaults, problems } = readDefaults(raw);
  const nothing: Problem[] = !reset && Object.keys(defaults).length === 0 ? [nothingToSetProblem()] : [];
  throwIfAny([...problems, ...nothing]);
  const names = await listServerNames(folder);
  if (!isClientName(name) || !names.includes(name)) throw new Failure(2, [notSavedProblem(name, names)]);
  const changed = await withServerLock(
    folder,
    name,
    async () => {
      const read = await readServer(folder, name);
      throwIfAny(read.problems);
      const server = read.server as SavedServer;
      const next = { ...server, defaults: { ...(reset ? {} : server.defaults), ...defaults } };
      await saveServer(folder, name, next, true);
      return next;
    },
    machine.clock,
  );
  machine.output.stdout(formatSaved(name, serverFile(folder, name), changed));
  return 0;
}
