// A knockd.conf → doors that do what it says, and a configuration around them where there is no other. Pure.

import { DEFAULT_BASE_PORT } from '@eightknock/codec';
import type { Config } from '../config/config.ts';
import type { DoorConfig, Programs, RunAction } from '../config/door-config.ts';
import { DEFAULT_STATE_DIR } from '../config/schema.ts';
import { commandArgv } from './command-argv.ts';
import { doorNames } from './door-names.ts';
import type { KnockdCommands, KnockdConf, KnockdDoor } from './knockd-conf.ts';

/** knockd lets commands run for as long as they like; a day is the longest here. */
const LONGEST_RUN = 86_400;

/**
 * Everything but the doors, when nothing else says it: the defaults of docs/configuration.md, and a firewall that drops
 * nothing.
 */
export function configAround(conf: Pick<KnockdConf, 'interfaceName'>, serverId: string): Config {
  return {
    serverId,
    basePort: DEFAULT_BASE_PORT,
    interfaces: [conf.interfaceName ?? 'any'],
    source: { kind: 'pcap' },
    sequenceTimeoutMs: 10_000,
    stateDir: DEFAULT_STATE_DIR,
    controlSocket: '/run/knockdaemon/control.sock',
    firewall: { mode: 'mark', closed: 'drop', mark: 0x745, guard: [] },
    doors: [],
    clients: [],
  };
}

/** A door, and its section's name, which is logged. */
export interface LabelledDoor {
  readonly door: DoorConfig;
  readonly label: string;
}

/** @param taken names of other doors */
export function toDoors({ doors }: Pick<KnockdConf, 'doors'>, taken: readonly string[] = []): LabelledDoor[] {
  const names = doorNames([...taken, ...doors.map(({ name }) => name)]).slice(taken.length);
  return doors.map((door, i) => ({ label: door.name, door: toDoor(door, names[i] as string) }));
}

function toDoor({ sequence, timeoutSeconds, tcpFlags, target, ipv4, ipv6 }: KnockdDoor, name: string): DoorConfig {
  const common = {
    name,
    timeoutMs: timeoutSeconds * 1000,
    tcpFlags,
    ...(target !== undefined && { target }),
    order: 'strict',
    source: 'same',
    action: toAction(ipv4, ipv6),
  } as const;
  if ('file' in sequence) return { ...common, kind: 'one-time', file: sequence.file };
  return { ...common, kind: 'sequence', knocks: sequence.knocks };
}

function toAction(ipv4: KnockdCommands | undefined, ipv6: KnockdCommands | undefined): RunAction {
  const families = { ...(ipv4 && { ipv4: programsOf(ipv4) }), ...(ipv6 && { ipv6: programsOf(ipv6) }) };
  // Never run where a family has none of its own.
  const either = families.ipv4 ?? families.ipv6 ?? { argv: ['/bin/true'] };
  return { kind: 'run', ...either, families, user: 'root', timeoutSeconds: LONGEST_RUN, overlap: true };
}

function programsOf({ start, stop }: KnockdCommands): Programs {
  const argv = commandArgv(start);
  if (!stop) return { argv };
  return { argv, stop: { argv: commandArgv(stop.command), afterSeconds: Math.max(1, stop.afterSeconds) } };
}
