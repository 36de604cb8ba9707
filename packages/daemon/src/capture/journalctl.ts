// How journalctl(1) is called: a fixed path and fixed arguments, nothing of the configuration's in them.

import { accessSync, constants, readFileSync } from 'node:fs';

/** Where systemd has it. */
export const JOURNALCTL = '/usr/bin/journalctl';
/** The kernel's messages, from now on, as the kernel wrote them. */
export const JOURNALCTL_ARGUMENTS: readonly string[] = [
  '--dmesg',
  '--follow',
  '--lines=0',
  '--output=cat',
  '--quiet',
  '--no-pager',
];

/** Can it be started? */
export function hasJournalctl(): boolean {
  try {
    accessSync(JOURNALCTL, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const NOBODY = 65534;
/** Its members may read the journal, systemd-journald.service(8). */
const JOURNAL_GROUP = 'systemd-journal';

/** The ids it is run with: root gives its rights up, where there is such a group; everybody else keeps their own. */
export function journalReader(): { readonly uid?: number; readonly gid?: number } {
  if (process.geteuid?.() !== 0) return {};
  const gid = groupId(readFileSync('/etc/group', 'utf8'), JOURNAL_GROUP);
  return gid === undefined ? {} : { uid: NOBODY, gid };
}

/** @param groups content of /etc/group, group(5) */
export function groupId(groups: string, name: string): number | undefined {
  const line = groups.split('\n').find((one) => one.startsWith(`${name}:`));
  const id = line?.split(':')[2];
  return id !== undefined && /^\d+$/.test(id) ? Number(id) : undefined;
}
