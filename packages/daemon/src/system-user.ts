// The user that the daemon runs as: looked up, never made. passwd(5).

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A user of the machine. */
export interface SystemUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** @returns whether it can be the name of a system user, as useradd(8) takes them */
export function isUserName(name: string): boolean {
  return /^[a-z_][a-z0-9_-]{0,30}$/.test(name);
}

/**
 * Looks a user up in etc/passwd, by name or number. Users of a directory service are not found: a daemon that starts before
 * the network could not be one of them.
 * @param root the folder in which the system is, `/` for this one
 */
export function findUser(wanted: string | number, root: string): SystemUser | undefined {
  let text: string;
  try {
    text = readFileSync(join(root, 'etc/passwd'), 'utf8');
  } catch {
    return undefined;
  }
  for (const line of text.split('\n')) {
    const [name = '', , uid = '', gid = ''] = line.split(':');
    if (!/^\d{1,10}$/.test(uid) || !/^\d{1,10}$/.test(gid)) continue;
    if (wanted === name || wanted === Number(uid)) return { name, uid: Number(uid), gid: Number(gid) };
  }
  return undefined;
}
