// What has to be on a machine for the daemon to run under systemd. Pure.

import { CONFIG_FILE, CONFIG_FOLDER } from '../config/default-file.ts';
import { formatConfigTemplate } from './config-template.ts';
import type { Owner, Piece } from './install-files.ts';
import { formatUnit, type UnitOptions } from './unit.ts';
import { formatSysusers, formatTmpfiles, SYSUSERS_FILE, TMPFILES_FILE } from './user-files.ts';

/** Where the unit is; /lib/systemd is a package's. */
export const UNIT_FILE = '/etc/systemd/system/knockdaemon.service';
/** The folder of the clients. */
export const CLIENTS_FOLDER = `${CONFIG_FOLDER}/clients.d`;

/** What the pieces depend on. */
export interface InstallationOptions extends Omit<UnitOptions, 'configFile'> {
  /** The user's ids; absent: there is no such user yet, and systemd-tmpfiles gives it its folder once there is. */
  readonly owner?: Owner;
  /** For the configuration; absent: left open. */
  readonly serverId?: string;
}

/**
 * The pieces, in the order in which they are put in place. The configuration is root's: the daemon reads it and cannot
 * change it. The clients' files are the daemon's own, as nobody else may read them.
 */
export function installation({ program, user, owner, serverId }: InstallationOptions): readonly Piece[] {
  const roots = owner && { owner: { uid: 0, gid: 0 } };
  const text = (path: string, content: string): Piece => ({ kind: 'file', path, mode: 0o644, text: content, ...roots });
  return [
    { kind: 'folder', path: CONFIG_FOLDER, mode: 0o750, ...(owner && { owner: { uid: 0, gid: owner.gid } }) },
    // No secret is in it, and its folder lets nobody else in.
    { ...text(CONFIG_FILE, formatConfigTemplate(serverId)), keep: true },
    { kind: 'folder', path: CLIENTS_FOLDER, mode: 0o700, ...(owner && { owner }) },
    text(SYSUSERS_FILE, formatSysusers(user)),
    text(TMPFILES_FILE, formatTmpfiles(user, CONFIG_FOLDER, CLIENTS_FOLDER)),
    text(UNIT_FILE, formatUnit({ program, user, configFile: CONFIG_FILE })),
  ];
}
