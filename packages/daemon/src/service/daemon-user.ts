// The user that the daemon runs as under systemd, as far as the machine shows it, and what of the configuration that user
// could not read. Root, who asks, reads everything: so it would be found out only when the unit has failed.

import { readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { escapeControls } from '@eightknock/codec';
import type { LoadedConfig } from '../config/load.ts';
import type { Problem } from '../config/problem.ts';
import { findUser, type SystemUser } from '../system-user.ts';
import { CLIENTS_FOLDER, UNIT_FILE } from './installation.ts';
import { barrierTo } from './may-read.ts';

/**
 * The user: the owner of the clients' folder, or, where that is root, the one that the unit names which runs with this
 * configuration.
 * @param configFile as it was named
 * @param unitFile the unit
 * @returns undefined when that is root, or nothing shows it
 */
export async function daemonUser(
  configFile: string,
  clientsDir: string,
  unitFile = UNIT_FILE,
): Promise<SystemUser | undefined> {
  const folder = await stat(clientsDir).catch(() => undefined);
  if (folder && folder.uid !== 0) return findUser(folder.uid, '/') ?? { ...folder, name: String(folder.uid) };
  const unit = await readFile(unitFile, 'utf8').catch(() => '');
  const [, file] = /^ExecStart=.* run --config (\S+)$/m.exec(unit) ?? [];
  const [, name] = /^User=(\S+)$/m.exec(unit) ?? [];
  return file === configFile && name !== undefined ? findUser(name, '/') : undefined;
}

/**
 * What the user could not read.
 * @param configFile knockdaemon.toml
 */
export async function unreadableProblems(
  configFile: string,
  { secretFiles, holdsSecrets }: Pick<LoadedConfig, 'secretFiles' | 'holdsSecrets'>,
  user: SystemUser,
): Promise<Problem[]> {
  const barriers = new Map<string, Problem>();
  for (const file of [configFile, ...secretFiles]) {
    const barrier = await barrierTo(file, user);
    if (barrier === undefined || barriers.has(barrier)) continue;
    const isFolder = barrier !== file;
    const expected = `a ${isFolder ? 'folder' : 'file'} that lets the daemon's user "${user.name}" in`;
    const hint = hintFor(escapeControls(barrier), user.name, isFolder, file === configFile && !holdsSecrets);
    barriers.set(barrier, { file: barrier, value: await showOwner(barrier), expected, hint });
  }
  return [...barriers.values()];
}

function hintFor(path: string, user: string, isFolder: boolean, isPlain: boolean): string {
  if (isFolder) {
    const isOurs = path === CLIENTS_FOLDER || path === dirname(CLIENTS_FOLDER);
    return isOurs ? 'systemd-tmpfiles --create knockdaemon.conf' : `chgrp ${user} ${path}; chmod g+x ${path}`;
  }
  return isPlain ? `chmod a+r ${path}` : `chown ${user}: ${path}, see "Whose files" in docs/systemd.md`;
}

async function showOwner(path: string): Promise<string> {
  const { uid, gid, mode } = await stat(path);
  return `owner ${uid}:${gid}, mode ${(mode & 0o7777).toString(8).padStart(4, '0')}`;
}
