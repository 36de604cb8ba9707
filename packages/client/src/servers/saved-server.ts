// A server that was saved: what an enrolment link brings, and what else its knocks say. And where it is kept, under which names.

import { homedir } from 'node:os';
import { join, posix, win32 } from 'node:path';
import { type Enrolment, isClientName } from '@eightknock/codec';
import type { KnockDefaults } from './knock-defaults.ts';

/** A saved server. Its `secret` must never be shown. */
export interface SavedServer extends Enrolment {
  /** What its knocks say where the command line says nothing. */
  readonly defaults?: KnockDefaults;
}

/** The extension of the files. */
export const SERVER_FILE_EXTENSION = '.toml';

/** What a server must not be called: `knockclient list` is a command and stays one. */
const COMMAND_NAMES: ReadonlySet<string> = new Set([
  'add',
  'set',
  'default',
  'list',
  'link',
  'remove',
  'keygen',
  'knock',
  'proxy',
  'ssh',
  'run',
  'spa',
  'import',
  'digits',
  'tumbler',
  'one-time',
  'completion',
  'help',
  'version',
]);

/** Whether a server can be saved under this name: see `isClientName`; the names of commands are taken. */
export function isServerName(name: string): boolean {
  return isClientName(name) && !COMMAND_NAMES.has(name);
}

/**
 * The folder of the saved servers: below `XDG_CONFIG_HOME` (XDG Base Directory Specification 0.8: a relative path is to be
 * ignored) where that is set; else below `%APPDATA%` on Windows, and `~/.config` elsewhere, macOS too.
 * @param environment `XDG_CONFIG_HOME`, `APPDATA` and `HOME` are read
 */
export function serversFolder(
  environment: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform = process.platform,
): string {
  return configFolder(environment, 'servers', platform);
}

/** A folder of this program's configuration: see {@link serversFolder}. */
export function configFolder(
  environment: Readonly<Record<string, string | undefined>>,
  name: string,
  platform: NodeJS.Platform = process.platform,
): string {
  const { XDG_CONFIG_HOME: config, APPDATA: roaming, HOME: home } = environment;
  const path = platform === 'win32' ? win32 : posix;
  const usual =
    platform === 'win32'
      ? roaming || path.join(homedir(), 'AppData', 'Roaming')
      : path.join(home || homedir(), '.config');
  return path.join(config && path.isAbsolute(config) ? config : usual, 'eightknock', name);
}

/** The file of a server. */
export function serverFile(folder: string, name: string): string {
  return join(folder, `${name}${SERVER_FILE_EXTENSION}`);
}
