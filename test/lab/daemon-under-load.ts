// What the tests of floods ask a daemon, and what they allow it.

import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { type DaemonProcess, type LabClient, labSecret } from './daemon-process.ts';

/** The daemon may grow by so much: the table of sources when it is full, and the garbage of a busy process. */
export const MAX_GROWTH_MB = 200;

/** A part of `knockdaemon status`. */
export interface LoadedStatus {
  readonly clients: number;
  /** The part of all unknown sources that is heard on the first interface. */
  readonly passing: number;
  /** How long the answer took. */
  readonly tookMs: number;
}

/** Enough others, none of whom knocks. */
export function otherClients(count: number): LabClient[] {
  return Array.from({ length: count }, (_, i) => {
    return { name: `client-${i}`, secret: labSecret(1000 + i), toml: 'ports = ["tcp/22"]' };
  });
}

/** Asks over the control socket, without a program that would have to start first. */
export function askStatus({ configFile }: DaemonProcess): Promise<LoadedStatus> {
  const asked = performance.now();
  return new Promise((resolve, reject) => {
    const socket = connect(join(dirname(configFile), 'control.sock'));
    let text = '';
    socket.on('connect', () => socket.write('{"command":"status"}\n'));
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('error', reject);
    socket.on('close', () => {
      const tookMs = performance.now() - asked;
      const { clients, captures } = JSON.parse(text).result;
      resolve({ clients, passing: captures[0].shed?.passing ?? 1, tookMs });
    });
  });
}

/** Resident memory of a process. */
export function memoryMb(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}
