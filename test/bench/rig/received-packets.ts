// How many packets have come to a host, as its own interface counts.

import type { Host } from '../../lab/lab.ts';

/** Packets that eth0 of a host has received until now. */
export async function receivedPackets(host: Host): Promise<number> {
  return Number(await host.mustRun('/bin/cat', ['/sys/class/net/eth0/statistics/rx_packets']));
}
