// How a port looks from another host.

import type { Host } from './lab.ts';
import { until } from './until.ts';

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

/** Waits until a TCP connection is accepted: neighbours may have to be found first. @returns true */
export async function isOpen(from: Host, address: string, port: number): Promise<true> {
  const open = async () => (await lookAt(from, address, port)) === 'open';
  await until(`${address} port ${port} is open to ${from.name}`, open);
  return true;
}

/** The elements of one of the daemon's sets, as nft prints them. */
export async function openElements(server: Host): Promise<string> {
  const list = async (set: string) => server.mustRun('/usr/sbin/nft', ['list', 'set', 'inet', 'knockdaemon', set]);
  return `${await list('open4')}${await list('open6')}`.replace(/\s+/g, ' ');
}
