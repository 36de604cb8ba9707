// The load generator (test/flood/flood.c) on a host of a lab.

import { fileURLToPath } from 'node:url';
import type { Host } from './lab.ts';
import type { Background } from './run.ts';

const FLOOD = fileURLToPath(new URL('../../../test/build/flood/flood', import.meta.url));

/** What a flood looks like: see flood.c. */
export const FLOOD_SHAPES = ['spread', 'one', 'first', 'eight'] as const;
/** One of them. */
export type FloodShape = (typeof FLOOD_SHAPES)[number];

/**
 * Starts a flood against the knock ports of a server.
 * @param seconds it ends by itself then; at most 600
 * @param packetsPerSecond absent: as fast as the machine sends
 */
export async function startFlood(
  from: Host,
  to: Host,
  shape: FloodShape,
  seconds: number,
  packetsPerSecond?: number,
): Promise<Background> {
  const [, , mac = ''] = (await to.mustRun('/usr/sbin/ip', ['-br', 'link', 'show', 'eth0'])).split(/\s+/);
  const rate = packetsPerSecond === undefined ? [] : [String(packetsPerSecond)];
  return from.start(FLOOD, ['eth0', mac, to.ipv4, shape, '745', String(seconds), ...rate]);
}
