// Starts the capture process. The only importer of node:child_process.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { parseStatus } from './status.ts';

const CHILD = fileURLToPath(new URL('./child.js', import.meta.url));
/** The child inherits nothing of the daemon's environment, in which there may be secrets. */
const ENVIRONMENT = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', NODE_NO_WARNINGS: '1' };

/** A running capture process. */
export interface CaptureProcess {
  /** Records, see packet/knock-record.ts. */
  readonly records: Readable;
  /** Status lines, see status.ts. */
  readonly statusLines: Readable;
  /** Called once, when it has ended, however. */
  onExit(listener: (how: string) => void): void;
  kill(): void;
}

/** Starts the capture process for one device. */
export function spawnCapture(device: string, basePort: number): CaptureProcess {
  const child: ChildProcess = spawn(process.execPath, [CHILD, device, String(basePort)], {
    stdio: ['pipe', 'pipe', 'ignore', 'pipe'],
    env: ENVIRONMENT,
    cwd: '/',
  });
  // A child that is gone closes its end at any moment: the exit tells, not these.
  child.stdin?.on('error', () => {});
  return {
    records: child.stdio[3] as Readable,
    statusLines: child.stdout as Readable,
    onExit(listener) {
      let told = false;
      const tell = (how: string) => {
        if (!told) listener(how);
        told = true;
      };
      child.on('error', (error) => tell(error.message));
      child.on('exit', (code, signal) => tell(signal ? `killed by ${signal}` : `exit code ${code}`));
    },
    kill: () => void child.kill('SIGKILL'),
  };
}

/** Can libpcap be loaded? Tried in a process of its own, as capturing is. @returns undefined, or why not */
export function probeCapture(): string | undefined {
  const { status, stdout, error } = spawnSync(process.execPath, [CHILD, '--probe'], {
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
