// How a port looks from another host.

import type { Host } from './lab.ts';

/** `open`: a connection is accepted · `refused`: RST or ICMP at once · `silent`: nothing for half a second. */
export type Look = 'open' | 'refused' | 'silent';

/** Tries one TCP connection. */
export async function lookAt(from: Host, address: string, port: number): Promise<Look> {
  const { code } = await from.run('/usr/bin/timeout', [
    '0.5',
    '/bin/bash',
    '-c',
    `exec 3<>/dev/tcp/${address}/${port}`,
  ]);
  if (code === 124) return 'silent';
  return code === 0 ? 'open' : 'refused';
}

/** The elements of one of the daemon's sets, as nft prints them. */
export async function openElements(server: Host): Promise<string> {
  const list = async (set: string) => server.mustRun('/usr/sbin/nft', ['list', 'set', 'inet', 'knockdaemon', set]);
  return `${await list('open4')}${await list('open6')}`.replace(/\s+/g, ' ');
}
