// Starts the capture process, and journalctl for it. One of the daemon's two importers of node:child_process; the other is
// act/start-program.ts.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { closeOthersOnExec } from '../native/close-on-exec.ts';
import { formatWanted, type Wanted } from '../packet/wanted.ts';
import { JOURNALCTL, JOURNALCTL_ARGUMENTS, journalReader } from './journalctl.ts';
import type { LineFeed } from './line-feed.ts';
import { LINES_SOURCE } from './source-name.ts';
import { parseStatus } from './status.ts';

const CHILD = fileURLToPath(new URL('./child.js', import.meta.url));
/** The child inherits nothing of the daemon's environment, in which there may be secrets. */
const ENVIRONMENT = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', NODE_NO_WARNINGS: '1', UV_THREADPOOL_SIZE: '1' };
/** Few threads, and garbage collected early: a packet leaves nothing behind, so more memory would buy nothing. */
const NODE_OPTIONS = ['--v8-pool-size=1', '--max-old-space-size=32', '--max-semi-space-size=1'];
/** After the process has ended, its last words are read for no longer than this. */
const LAST_WORDS_MS = 1000;

/** Known sources that the process has not read: all of them some fifteen times. */
export const MAX_UNREAD_BYTES = 16 * 1024;

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

/** What is captured, and how. */
export interface CaptureOrder {
  /** A device, or a log group such as `nflog:745`; of no account with a feed. */
  readonly device: string;
  /** What it is to let up. */
  readonly wanted: Wanted;
  /** Whether knocks wait until there are as many of a source as a sequence has: see knock-gates.ts. */
  readonly gated: boolean;
  /** Lines are read from there instead. */
  readonly feed?: LineFeed;
  /** How lines are read: see packet/pattern-line.ts. */
  readonly pattern?: string;
  /** What Node runs; another one only in tests. */
  readonly program?: string;
}

/**
 * Starts the capture process for one source.
 * @throws Error when the machine has no process or descriptor left
 */
export function spawnCapture({ device, wanted, gated, feed, pattern, program = CHILD }: CaptureOrder): CaptureProcess {
  const source = feed ? LINES_SOURCE : device;
  const args = [program, source, gated ? 'gated' : 'open', ...(pattern === undefined ? [] : [pattern])];
  closeOthersOnExec();
  const child: ChildProcess = spawn(process.execPath, [...NODE_OPTIONS, ...args], {
    stdio: ['pipe', 'pipe', 'ignore', 'pipe', ...(feed ? (['pipe'] as const) : [])],
    env: ENVIRONMENT,
    cwd: '/',
  });
  // A child that is gone closes its end at any moment: the exit tells, not these.
  child.stdin?.on('error', () => {}).write(`${formatWanted(wanted)}\n`);
  child.on('error', () => {});
  const records = child.stdio?.[3] as Readable | undefined;
  const lines = child.stdio?.[4] as Writable | undefined;
  const statusLines = child.stdout;
  if (!records || !statusLines || (feed && !lines)) {
    throw new Error('no process can be started: too many files are open');
  }
  let feedEnd: string | undefined;
  const kill = () => {
    child.kill('SIGKILL');
    records.destroy();
    statusLines.destroy();
  };
  const detach =
    feed && lines
      ? feedLines(feed, lines, child, (how) => {
          feedEnd = how;
        })
      : undefined;
  return {
    records,
    statusLines,
    tellKnown(told) {
      if (child.stdin?.writable && child.stdin.writableLength < MAX_UNREAD_BYTES) child.stdin.write(told);
    },
    onExit(listener) {
      onEnd(child, (how) => {
        detach?.();
        listener(feedEnd ?? how);
      });
    },
    kill() {
      detach?.();
      kill();
    },
  };
}

/** A feed that ends takes its reader with it: the supervisor starts both again. */
function feedLines(feed: LineFeed, lines: Writable, child: ChildProcess, onEnd: (how: string) => void): () => void {
  lines.on('error', () => {});
  try {
    return feed.attach(lines, (how) => {
      onEnd(how);
      child.kill('SIGKILL');
    });
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
}

function onEnd(child: ChildProcess, listener: (how: string) => void): void {
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
}

/** A running program that prints lines. */
export interface SourceProgram {
  readonly output: Readable;
  /** Called once, when it has ended. */
  onExit(listener: (how: string) => void): void;
  kill(): void;
}

/**
 * Starts journalctl; as root, as a user who can read the journal and no more.
 * @param program another one only in tests
 */
export function spawnJournalctl(program = JOURNALCTL): SourceProgram {
  closeOthersOnExec();
  const child = spawn(program, JOURNALCTL_ARGUMENTS, {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: ENVIRONMENT,
    cwd: '/',
    ...journalReader(),
  });
  child.on('error', () => {});
  const output = child.stdout;
  if (!output) throw new Error(`"${program}" cannot be started`);
  output.on('error', () => {});
  return { output, onExit: (listener) => onEnd(child, listener), kill: () => void child.kill('SIGKILL') };
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
