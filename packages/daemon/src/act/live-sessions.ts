// The TCP connections that exist when the guard is put in place. Where nothing used connection tracking before, the
// kernel does not know them, and a new guard would cut off the administrator who starts the daemon over ssh.

import { readFileSync } from 'node:fs';
import { endianness } from 'node:os';
import { formatAddress, type TransportPort } from '@eightknock/codec';
import type { LiveSession } from './firewall.ts';

/** Connections kept at most; a host with more used connection tracking already, or restarts at a quiet time. */
export const MAX_SESSIONS = 4096;
const ESTABLISHED = '01';

/**
 * Reads /proc/net/tcp or tcp6 (proc(5)).
 * @param text its content
 * @param ports only connections to these local ports count
 */
export function parseLiveSessions(text: string, ports: ReadonlySet<number>): LiveSession[] {
  const sessions: LiveSession[] = [];
  for (const line of text.split('\n').slice(1)) {
    const [, local, remote, state] = line.trim().split(/\s+/);
    if (state !== ESTABLISHED || !local || !remote) continue;
    const localPort = Number.parseInt(local.split(':')[1] ?? '', 16);
    const [hexAddress = '', hexPort = ''] = remote.split(':');
    if (!ports.has(localPort) || !/^(?:[0-9A-F]{8}|[0-9A-F]{32})$/.test(hexAddress)) continue;
    const remoteAddress = formatAddress(addressOfWords(hexAddress));
    sessions.push({ remoteAddress, remotePort: Number.parseInt(hexPort, 16), localPort });
  }
  return sessions;
}

/**
 * The live connections to the guarded TCP ports of this host; none where /proc cannot be read. Asked of the process's own
 * view of the network: /proc/net is not there under systemd's ProcSubset=pid.
 */
export function liveSessions(guarded: readonly TransportPort[]): LiveSession[] {
  const ports = new Set(guarded.filter(({ protocol }) => protocol === 'tcp').map(({ port }) => port));
  const texts = ['/proc/self/net/tcp', '/proc/self/net/tcp6'].map((path) => {
    try {
      return readFileSync(path, 'utf8');
    } catch {
      return '';
    }
  });
  return texts.flatMap((text) => parseLiveSessions(text, ports)).slice(0, MAX_SESSIONS);
}

/** The kernel prints addresses as 32-bit words in the machine's byte order. */
function addressOfWords(hex: string): Uint8Array {
  const bytes = Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  if (endianness() === 'BE') return bytes;
  for (let word = 0; word < bytes.length; word += 4) bytes.subarray(word, word + 4).reverse();
  return bytes;
}
