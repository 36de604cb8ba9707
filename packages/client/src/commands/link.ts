// `knockclient link NAME --show-secret`: the enrolment link of a saved server once more, for a backup or another program of
// the same device. It holds the secret, so it is shown only to somebody who says --show-secret.

import { encodeEnrolmentLink, isClientName } from '@eightknock/codec';
import { type ExitCode, Failure, throwIfAny } from '../exit.ts';
import type { Machine } from '../machine.ts';
import { notSavedProblem } from '../messages/which-server.ts';
import { secretNotAskedProblem } from '../messages/wrong-use.ts';
import { type SavedServer, serversFolder } from '../servers/saved-server.ts';
import { listServerNames, readServer } from '../servers/store.ts';

/**
 * Runs the command.
 * @throws Failure with exit code 2 when there is no such server, or `--show-secret` is missing
 */
export async function link(
  name: string,
  { showSecret = false }: { readonly showSecret?: boolean },
  machine: Machine,
): Promise<ExitCode> {
  const folder = serversFolder(machine.environment);
  const names = await listServerNames(folder);
  if (!isClientName(name) || !names.includes(name)) throw new Failure(2, [notSavedProblem(name, names)]);
  throwIfAny(showSecret ? [] : [secretNotAskedProblem(name)]);
  const { server, problems } = await readServer(folder, name);
  throwIfAny(problems);
  machine.output.stdout(`${encodeEnrolmentLink(server as SavedServer)}\n`);
  return 0;
}
