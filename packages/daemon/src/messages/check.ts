// What `knockdaemon check` says when a configuration is right.

import { formatTransportPort } from '@eightknock/codec';
import type { Config } from '../config/config.ts';
import type { DoorWarning } from '../config/doors/door-warnings.ts';
import { guardedPorts } from '../config/guarded-ports.ts';
import { NOBODY } from '../control/status-warnings.ts';
import { countNoun } from '../count-noun.ts';
import { formatHint } from './problems.ts';
import { listOf, PROGRAM } from './words.ts';

/** `knockdaemon check`, when all is well. */
export function formatCheckSummary({ clients, doors, firewall }: Config): string {
  const ports = guardedPorts({ clients, doors, firewall }).map(formatTransportPort);
  const door =
    firewall.mode === 'mark'
      ? `mode "mark" (0x${firewall.mark.toString(16)}), no guarded ports`
      : `mode "guard" (${firewall.closed}), guarded ports ${listOf(ports) || 'none'}`;
  const others = doors.length > 0 ? `${countNoun(doors.length, 'door')}, ` : '';
  return `${PROGRAM}: ready: ${countNoun(clients.length, 'client')}, ${others}${door}\n`;
}

/** `knockdaemon check`, after that: is there nobody who could knock? */
export function formatNobody({ clients, doors }: Pick<Config, 'clients' | 'doors'>): string {
  return clients.length + doors.length === 0 ? formatHint(NOBODY) : '';
}

/** `knockdaemon check`, after that: what is allowed, but ought to be known. */
export function formatDoorWarnings(warnings: readonly (readonly [door: string, DoorWarning])[]): string {
  const doorsOf = (wanted: DoorWarning) =>
    warnings.flatMap(([door, warning]) => (warning === wanted ? [`"${door}"`] : []));
  return (Object.keys(DOOR_WARNINGS) as DoorWarning[])
    .map((warning) => [doorsOf(warning), DOOR_WARNINGS[warning]] as const)
    .filter(([doors]) => doors.length > 0)
    .map(([doors, text]) => formatHint(`${doors.length === 1 ? 'door' : 'doors'} ${listOf(doors)}: ${text}`))
    .join('');
}

const DOOR_WARNINGS: Readonly<Record<DoorWarning, string>> = {
  replayable: 'whoever sees the knocks can repeat them; "one-time", "tumbler" and "encrypted" cannot be repeated',
  scan: 'a scan of all ports in their order knocks them: let a later port be lower than an earlier one',
  nobody: 'no client has the number on its list: nobody can knock on it',
};
