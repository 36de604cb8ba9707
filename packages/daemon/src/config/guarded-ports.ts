// Which ports the configuration has guarded. Pure.

import { formatTransportPort, type TransportPort } from '@eightknock/codec';
import type { Config } from './config.ts';

/** Those of `firewall.guard` and every port that a client may open, each once; none in mark mode. */
export function guardedPorts({ firewall, clients }: Pick<Config, 'firewall' | 'clients'>): readonly TransportPort[] {
  if (firewall.mode !== 'guard') return [];
  const all = [...firewall.guard, ...clients.flatMap(({ ports }) => ports)];
  return [...new Map(all.map((port) => [formatTransportPort(port), port])).values()];
}
