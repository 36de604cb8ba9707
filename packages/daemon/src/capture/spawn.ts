// Starts the capture process. The only importer of node:child_process.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { parseStatus } from './status.ts';

const CHILD = fileURLToPath(new URL('./child.js', import.meta.url));
/** The child inherits nothing of the daemon's environment, in which there may be secrets. */
const ENVIRONMENT = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', NODE_NO_WARNINGS: '1', UV_THREADPOOL_SIZE: '1' };
/** Few threads, and garbage collected early: a packet leaves nothing behind, so more memory would buy nothing. */
const NODE_OPTIONS = ['--v8-pool-size=1', '--max-old-space-size=32', '--max-semi-space-size=1'];
/** After the process has ended, its last words are read for no longer than this. */
const LAST_WORDS_MS = 1000;

/** Known sources that the process has not read: all of them some fifteen times. */
const MOST_UNREAD_BYTES = 16 * 1024;

/** A running capture process. */
export interface CaptureProcess {
  /** Records, see packet/knock-record.ts. */
  readonly records: Readable;
  /** Status lines, see status.ts. */
  readonly statusLines: Readable;
  /** Tells of known sources: records, see known-sources.ts. Left out when the process does not read them. */
  tellKnown(records: Buffer): void;
  /** Called once, when it has ended, however, and what it wrote was read. */
  onExit(listener: (how: string) => void): void;
  /** Ends it at once; what it wrote and nobody has read is thrown away. */
  kill(): void;
}

/**
 * Starts the capture process for one device.
 * @param gated whether knocks wait until there are eight of a source: see source-gate.ts
 * @param program what Node runs; another one only in tests
 * @throws Error when the machine has no process or descriptor left
 */
export function spawnCapture(device: string, basePort: number, gated: boolean, program = CHILD): CaptureProcess {
  const args = [program, device, String(basePort), ...(gated ? ['gated'] : [])];
  const child: ChildProcess = spawn(process.execPath, [...NODE_OPTIONS, ...args], {
    stdio: ['pipe', 'pipe', 'ignore', 'pipe'],
    env: ENVIRONMENT,
    cwd: '/',
  });
  // A child that is gone closes its end at any moment: the exit tells, not these.
  child.stdin?.on('error', () => {});
  child.on('error', () => {});
  const records = child.stdio?.[3] as Readable | undefined;
  const statusLines = child.stdout;
  if (!records || !statusLines) throw new Error('no process can be started: too many files are open');
  return {
    records,
    statusLines,
    tellKnown(told) {
      if (child.stdin?.writable && child.stdin.writableLength < MOST_UNREAD_BYTES) child.stdin.write(told);
    },
    onExit(listener) {
      let told = false;
      const tell = (how: string) => {
        if (!told) listener(how);
        told = true;
      };
      child.on('error', (error) => tell(error.message));
      child.on('exit', (code, signal) => {
        const how = signal ? `killed by ${signal}` : `exit code ${code}`;
        child.on('close', () => tell(how));
        setTimeout(tell, LAST_WORDS_MS, how).unref();
      });
    },
    kill() {
      child.kill('SIGKILL');
      records.destroy();
      statusLines.destroy();
    },
  };
}

/** Can libpcap be loaded? Tried in a process of its own, as capturing is. @returns undefined, or why not */
export function probeCapture(): string | undefined {
  const { status, stdout, error } = spawnSync(process.execPath, [...NODE_OPTIONS, CHILD, '--probe'], {
    env: ENVIRONMENT,
    cwd: '/',
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: 20_000,
  });
  if (status === 0) return undefined;
  const said = parseStatus(stdout?.trim() ?? '');
  return said?.state === 'failed' ? said.message : (error?.message ?? `the capture process ended with ${status}`);
}
