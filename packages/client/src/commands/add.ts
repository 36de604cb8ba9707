// `knockclient add NAME LINK`: saves what an enrolment link brings, and shows it but for the secret.

import { decodeEnrolmentLink, type Enrolment } from '@eightknock/codec';
import { type ExitCode, type Problem, throwIfAny } from '../exit.ts';
import type { Machine } from '../machine.ts';
import { expectedProblem, formatAdded, linkProblem, nameTakenProblem } from '../messages.ts';
import { isServerName, serverFile, serversFolder } from '../servers/saved-server.ts';
import { saveServer } from '../servers/store.ts';

/** More than the longest link. */
const MOST_INPUT_BYTES = 8192;
const EXPECTED_NAME = '1 to 64 of A–Z a–z 0–9 . _ - that begin with a letter or digit, and not the name of a command';

/**
 * Runs the command.
 * @param link the link, or `-` to read it from standard input: arguments can be seen by other users of the machine
 * @throws Failure
 */
export async function add(
  name: string,
  link: string,
  { force = false }: { readonly force?: boolean },
  machine: Machine,
): Promise<ExitCode> {
  const problems: Problem[] = isServerName(name) ? [] : [expectedProblem('NAME', name, EXPECTED_NAME)];
  const server = readLink(link === '-' ? await machine.readInput(MOST_INPUT_BYTES) : link, problems);
  throwIfAny(problems);

  const folder = serversFolder(machine.environment);
  const isSaved = await saveServer(folder, name, server as Enrolment, force);
  throwIfAny(isSaved ? [] : [nameTakenProblem(name)]);
  machine.output.stdout(formatAdded(name, serverFile(folder, name), server as Enrolment));
  return 0;
}

function readLink(link: string, problems: Problem[]): Enrolment | undefined {
  try {
    return decodeEnrolmentLink(link);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    problems.push(linkProblem(error.message));
    return undefined;
  }
}
