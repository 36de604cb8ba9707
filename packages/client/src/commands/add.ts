// `knockclient add NAME [LINK]`: saves what an enrolment link brings, and shows it but for the secret. The link can come
// from a file or standard input, too: an argument stands in the shell's history and in the list of processes.

import { readFile } from 'node:fs/promises';
import { decodeEnrolmentLink, type Enrolment } from '@eightknock/codec';
import { type ExitCode, type Problem, throwIfAny } from '../exit.ts';
import type { Machine } from '../machine.ts';
import { fileProblem } from '../messages/files.ts';
import { formatSaved, LINK_PROMPT } from '../messages/saved-servers.ts';
import { conflictProblem, expectedProblem, linkProblem, nameTakenProblem } from '../messages/wrong-use.ts';
import { writeDefaultServer } from '../servers/default-server.ts';
import { type RawDefaults, readDefaults } from '../servers/knock-defaults.ts';
import { withServerLock } from '../servers/lock-server.ts';
import { makeFolder } from '../servers/make-folder.ts';
import { isServerName, type SavedServer, serverFile, serversFolder } from '../servers/saved-server.ts';
import { saveServer } from '../servers/store.ts';

/** More than the longest link. */
const MAX_INPUT_BYTES = 8192;
const EXPECTED_NAME = '1 to 64 of A–Z a–z 0–9 . _ - that begin with a letter or digit, and not the name of a command';

/** The options of the command, unread. */
export interface RawAdd extends RawDefaults {
  /** Where the link is read from. */
  readonly file?: string;
  /** Replace a server of the same name. */
  readonly force?: boolean;
  /** Make it the one that is meant when none is named. */
  readonly default?: boolean;
}

/**
 * Runs the command.
 * @param link the link; `-` or absent: read it from standard input, unless a file is given
 * @throws Failure with exit code 2; nothing is saved then
 */
export async function add(name: string, link: string | undefined, raw: RawAdd, machine: Machine): Promise<ExitCode> {
  const { file, force = false, default: isDefault = false, ...rawDefaults } = raw;
  const { defaults, problems: wrong } = readDefaults(rawDefaults);
  const problems: Problem[] = isServerName(name)
    ? [...wrong]
    : [expectedProblem('NAME', name, EXPECTED_NAME), ...wrong];
  if (file !== undefined && link !== undefined) problems.push(conflictProblem('LINK', '--file'));
  else if (link !== undefined || file !== undefined || problems.length === 0) {
    const enrolment = await readLink(link, file, machine, problems);
    if (enrolment && problems.length === 0) {
      const server = { ...enrolment, ...(Object.keys(defaults).length > 0 && { defaults }) };
      return save(name, server, { force, isDefault }, machine);
    }
  }
  throwIfAny(problems);
  throw new Error('neither a server nor a problem');
}

async function save(
  name: string,
  server: SavedServer,
  { force, isDefault }: { readonly force: boolean; readonly isDefault: boolean },
  machine: Machine,
): Promise<ExitCode> {
  const folder = serversFolder(machine.environment);
  const isSaved = force
    ? await replaceServer(folder, name, server, machine)
    : await saveServer(folder, name, server, false);
  throwIfAny(isSaved ? [] : [nameTakenProblem(name)]);
  if (isDefault) await writeDefaultServer(folder, name);
  machine.output.stdout(formatSaved(name, serverFile(folder, name), server));
  return 0;
}

/** Not while `set` has read the one that is there and is about to write it again: the old key would be back. */
async function replaceServer(folder: string, name: string, server: SavedServer, { clock }: Machine): Promise<boolean> {
  await makeFolder(folder);
  return withServerLock(folder, name, () => saveServer(folder, name, server, true), clock);
}

async function readLink(
  link: string | undefined,
  file: string | undefined,
  machine: Machine,
  problems: Problem[],
): Promise<Enrolment | undefined> {
  const isArgument = link !== undefined && link !== '-';
  try {
    const text = isArgument ? link : file === undefined ? await askForLink(machine) : await readFile(file, 'utf8');
    return decodeEnrolmentLink(text.slice(0, MAX_INPUT_BYTES).trim());
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (file !== undefined && code !== undefined) problems.push(fileProblem(file, code));
    else if (error instanceof RangeError) problems.push(linkProblem(error.message, isArgument));
    else throw error;
    return undefined;
  }
}

function askForLink(machine: Machine): Promise<string> {
  if (machine.isInputTerminal) machine.output.stderr(LINK_PROMPT);
  return machine.readInput(MAX_INPUT_BYTES);
}
