// Which ports the configuration has guarded. Pure.

import { formatTransportPort, type TransportPort } from '@eightknock/codec';
import type { Config } from './config.ts';

type GuardConfig = Pick<Config, 'firewall' | 'clients' | 'doors'>;

/** Those of `firewall.guard` and every port that a client may open or a door opens, each once; none in mark mode. */
export function guardedPorts({ firewall, clients, doors }: GuardConfig): readonly TransportPort[] {
  if (firewall.mode !== 'guard') return [];
  const opened = doors.flatMap(({ action }) => (action.kind === 'open' ? action.ports : []));
  const all = [...firewall.guard, ...clients.flatMap(({ ports }) => ports), ...opened];
  return [...new Map(all.map((port) => [formatTransportPort(port), port])).values()];
}
