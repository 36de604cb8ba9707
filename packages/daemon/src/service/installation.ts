// What has to be on a machine for the daemon to run under systemd. Pure.

import { formatConfigTemplate } from './config-template.ts';
import type { Owner, Piece } from './install-files.ts';
import { formatUnit, type UnitOptions } from './unit.ts';

/** Where the unit is; /lib/systemd is a package's. */
export const UNIT_FILE = '/etc/systemd/system/knockdaemon.service';
/** The folder of the configuration. */
export const CONFIG_FOLDER = '/etc/knockdaemon';
/** The configuration. */
export const CONFIG_FILE = `${CONFIG_FOLDER}/knockdaemon.toml`;
/** The folder of the clients. */
export const CLIENTS_FOLDER = `${CONFIG_FOLDER}/clients.d`;

/** What the pieces depend on. */
export interface InstallationOptions extends Omit<UnitOptions, 'configFile'> {
  /** Its ids; absent: owners are somebody else's task. */
  readonly owner?: Owner;
  /** For the configuration; absent: left open. */
  readonly serverId?: string;
}

/**
 * The pieces, in the order in which they are put in place. The configuration is root's: the daemon reads it and cannot
 * change it. The clients' files are the daemon's own, as nobody else may read them.
 */
export function installation({ program, user, owner, serverId }: InstallationOptions): readonly Piece[] {
  const root = owner && { uid: 0, gid: owner.gid };
  return [
    { kind: 'folder', path: CONFIG_FOLDER, mode: 0o750, ...(root && { owner: root }) },
    {
      kind: 'file',
      path: CONFIG_FILE,
      mode: 0o640,
      text: formatConfigTemplate(serverId),
      keep: true,
      ...(root && { owner: root }),
    },
    { kind: 'folder', path: CLIENTS_FOLDER, mode: 0o700, ...(owner && { owner }) },
    {
      kind: 'file',
      path: UNIT_FILE,
      mode: 0o644,
      text: formatUnit({ program, user, configFile: CONFIG_FILE }),
      ...(owner && { owner: { uid: 0, gid: 0 } }),
    },
  ];
}
