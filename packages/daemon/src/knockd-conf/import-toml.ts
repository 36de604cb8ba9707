// A knockd.conf → the text of a knockdaemon.toml that does the same, with comments where something is done better. Pure.

import { escapeControls } from '@eightknock/codec';
import { doorNames } from './door-names.ts';
import { importDoor } from './import-door.ts';
import type { KnockdConf } from './knockd-conf.ts';
import { tomlText } from './toml-text.ts';

/**
 * Writes the configuration.
 * @param file where it comes from, for a comment
 * @param serverId the name of this machine
 */
export function importToml(
  { doors, interfaceName, logFile, useSyslog }: KnockdConf,
  file: string,
  serverId: string,
): string {
  const names = doorNames(doors.map(({ name }) => name));
  const imported = doors.map((door, i) => importDoor(door, names[i] as string));
  const wroteLog = logFile !== undefined || useSyslog;
  const lines = [
    `# From ${escapeControls(file)}, by "knockdaemon import". What each key means: docs/doors.md, docs/configuration.md.`,
    `server_id = ${tomlText(serverId)}`,
    interfaceName === undefined ? 'interface = "any"  # eth0 with knockd' : `interface = ${tomlText(interfaceName)}`,
    ...(wroteLog ? ['# The log goes to standard output, which systemd keeps: journalctl -u knockdaemon'] : []),
    ...(imported.some(({ usesFirewall }) => usesFirewall) ? FIREWALL_LINES : []),
    ...imported.flatMap((door) => door.lines),
  ];
  return `${lines.join('\n')}\n`;
}

/** Whoever used knockd has a firewall that drops what is not let in: mark mode fits into it. */
export const FIREWALL_LINES = [
  '',
  '[firewall]',
  '# Your own firewall goes on to drop; it lets in what knocked by one rule, for good, instead of one for each knock:',
  '#   iptables -I INPUT -m mark --mark 0x745 -j ACCEPT      and the same with ip6tables: docs/firewall.md',
  'mode = "mark"',
];
