// The load generator (test/flood/flood.c) on a host of a lab.

import { fileURLToPath } from 'node:url';
import type { Host } from './lab.ts';
import type { Background } from './run.ts';

const FLOOD = fileURLToPath(new URL('../../../test/build/flood/flood', import.meta.url));

/** What a flood looks like: see flood.c. */
export const FLOOD_SHAPES = ['spread', 'one', 'first', 'eight'] as const;
/** One of them, or `junk`: datagrams as long as a single packet. */
export type FloodShape = (typeof FLOOD_SHAPES)[number] | 'junk';

/**
 * Starts a flood against the knock ports of a server, or that of single packets.
 * @param seconds it ends by itself then; at most 600
 * @param packetsPerSecond absent: as fast as the machine sends
 * @param options sources: so many, which come in turn, up to 4,194,303; port: another one
 */
export async function startFlood(
  from: Host,
  to: Host,
  shape: FloodShape,
  seconds: number,
  packetsPerSecond = 0,
  options: { readonly sources?: number; readonly port?: number } = {},
): Promise<Background> {
  const [, , mac = ''] = (await to.mustRun('/usr/sbin/ip', ['-br', 'link', 'show', 'eth0'])).split(/\s+/);
  const { sources = 0, port = shape === 'junk' ? 62_201 : 745 } = options;
  const numbers = [port, seconds, packetsPerSecond, sources].map(String);
  return from.start(FLOOD, ['eth0', mac, to.ipv4, shape, ...numbers]);
}
