// Runs programs, with time limits, and keeps what they print.

import { type ChildProcess, spawn } from 'node:child_process';

/** How a program ended. */
export interface Finished {
  /** 128 + signal number when it was killed. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** `nft` of AVA's dependencies must not be found in place of the real one. */
export const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Where a program is run, and with what. */
export interface RunOptions {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly seconds?: number;
  /** The folder it is run in. */
  readonly cwd?: string;
}

/** Runs a program to its end. @throws Error when it cannot be started or takes longer than `seconds` (default 60) */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const { input = '', env = {}, seconds = 60, cwd } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env: { ...process.env, PATH: SYSTEM_PATH, ...env } });
    let [stdout, stderr] = ['', ''];
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`${command} ${args.join(' ')} took longer than ${seconds} s\n${stdout}${stderr}`));
    }, seconds * 1000);
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk;
    });
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code: code ?? 128, stdout, stderr });
    });
  });
}

/** Runs a program that must succeed. @returns its standard output */
export async function mustRun(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await run(command, args, options);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}\n${stdout}${stderr}`);
  return stdout;
}

/** A program that goes on until it is stopped. */
export class Background {
  readonly child: ChildProcess;
  stdout = '';
  stderr = '';
  /** Settles when it has ended. */
  readonly ended: Promise<number>;

  /** @param stdin `pipe` to be able to write to it */
  constructor(
    command: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
    stdin: 'ignore' | 'pipe' = 'ignore',
  ) {
    const child = spawn(command, args, {
      env: { ...process.env, PATH: SYSTEM_PATH, ...env },
      stdio: [stdin, 'pipe', 'pipe'],
    });
    this.child = child;
    child.stdout?.on('data', (chunk: Buffer) => {
      this.stdout += chunk;
    });
    child.stderr?.on('data', (chunk: Buffer) => {
      this.stderr += chunk;
    });
    this.ended = new Promise((resolve, reject) => {
      child.on('error', reject);
      // Not 'close': something it started may hold its output open.
      child.on('exit', (code) => resolve(code ?? 128));
    });
    this.ended.catch(() => {});
  }

  /** Asks it to end, and waits. @returns its exit code */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill(signal);
    return this.ended;
  }
}
