// How the daemon's user comes to be, in systemd's own words: a line of sysusers.d(5) that makes it, and lines of
// tmpfiles.d(5) that give it its folders. So a package needs no script, and an installation no uid before there is one.

/** For `systemd-sysusers`. */
export const SYSUSERS_FILE = '/etc/sysusers.d/knockdaemon.conf';
/** For `systemd-tmpfiles --create`; also done at every boot. */
export const TMPFILES_FILE = '/etc/tmpfiles.d/knockdaemon.conf';

/** @param user see `isUserName` */
export function formatSysusers(user: string): string {
  return `# Written by "knockdaemon install": the user that knockdaemon runs as. sysusers.d(5)
u ${user} - "eightknock daemon"
`;
}

/** Folders only: whatever mode and owner an administrator gave a file stay. */
export function formatTmpfiles(user: string, configFolder: string, clientsFolder: string): string {
  return `# Written by "knockdaemon install": the configuration is root's, the clients are the daemon's. tmpfiles.d(5)
d ${configFolder} 0750 root ${user}
d ${clientsFolder} 0700 ${user} ${user}
`;
}
