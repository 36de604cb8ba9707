// What is allowed, but ought to be known of a door: that it can be knocked on by whoever has seen its knocks, or by a scan. Pure.

import type { Config } from '../config.ts';
import type { DoorConfig } from '../door-config.ts';

/** What is amiss with a door. */
export type DoorWarning =
  /** Nothing tells a knock from its repetition. */
  | 'replayable'
  /** Ports that rise: a scan of all ports in their order knocks them. */
  | 'scan'
  /** No client has its number on the list. */
  | 'nobody';

/** The doors that have any, in their order, each with all of its warnings. */
export function doorWarnings({
  doors,
  clients,
}: Pick<Config, 'doors' | 'clients'>): (readonly [string, DoorWarning])[] {
  const numbers = new Set(clients.flatMap(({ ports }) => ports.map(({ port }) => port)));
  return doors.flatMap((door) => warningsOf(door, numbers).map((warning) => [door.name, warning] as const));
}

function warningsOf(door: DoorConfig, numbers: ReadonlySet<number>): DoorWarning[] {
  if (door.kind === 'encrypted') return numbers.has(door.port) ? [] : ['nobody'];
  if (door.kind === 'digits') return ['replayable'];
  if (door.kind !== 'sequence') return [];
  const rises = door.knocks.every(({ protocol, port }, i) => {
    const before = door.knocks[i - 1];
    return before === undefined || (before.protocol === protocol && before.port < port);
  });
  return rises ? ['replayable', 'scan'] : ['replayable'];
}
