// A server that was saved: what an enrolment link brings. And where it is kept, under which names.

import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { type Enrolment, isClientName } from '@eightknock/codec';

/** A saved server. Its `secret` must never be shown. */
export type SavedServer = Enrolment;

/** The extension of the files. */
export const SERVER_FILE_EXTENSION = '.toml';

/** What a server must not be called: `knockclient list` is a command and stays one. */
const COMMAND_NAMES: ReadonlySet<string> = new Set([
  'add',
  'list',
  'remove',
  'keygen',
  'knock',
  'link',
  'help',
  'version',
]);

/** Whether a server can be saved under this name: see `isClientName`; the names of commands are taken. */
export function isServerName(name: string): boolean {
  return isClientName(name) && !COMMAND_NAMES.has(name);
}

/**
 * The folder of the saved servers (XDG Base Directory Specification 0.8: a relative path is to be ignored).
 * @param environment `XDG_CONFIG_HOME` and `HOME` are read
 */
export function serversFolder(environment: Readonly<Record<string, string | undefined>>): string {
  const { XDG_CONFIG_HOME: config, HOME: home } = environment;
  return join(config && isAbsolute(config) ? config : join(home || homedir(), '.config'), 'eightknock', 'servers');
}

/** The file of a server. */
export function serverFile(folder: string, name: string): string {
  return join(folder, `${name}${SERVER_FILE_EXTENSION}`);
}
