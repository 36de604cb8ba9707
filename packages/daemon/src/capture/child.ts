// The capture process: gives up its privileges, opens libpcap, and turns packets into records. It knows no key, decides
// nothing, and ends when the daemon does. Started by spawn.ts:
//   node child.js DEVICE [gated]     gated: see knock-gates.ts · standard input: one line that says what is wanted (wanted.ts), then held open by the daemon · standard output: status lines · fd 3: records
//   node child.js --probe            exits 0 when libpcap can be loaded

import { randomInt } from 'node:crypto';
import { writeSync } from 'node:fs';
import { setPriority } from 'node:os';
import { parseFrame } from '../packet/frame.ts';
import { isLinkType, type LinkType } from '../packet/link.ts';
import { confine, keepNetRaw } from './confine.ts';
import { knockFilter } from './filter.ts';
import { BEAT_MS, Heartbeat } from './heartbeat.ts';
import { KnockGates } from './knock-gates.ts';
import { kernelDrops, packetSockets } from './packet-sockets.ts';
import { PortTable } from './port-table.ts';
import { RecordBatch } from './record-batch.ts';
import type { ChildStatus, OpenFailure } from './status.ts';
import { parseWanted } from './wanted.ts';

const RECORDS_FD = 3;
const STATUS_FD = 1;
const MESSAGE_CHARACTERS = 1024;
/** nice(2). */
const PRIORITY = -10;

type Libraries = Pick<typeof import('./open-pcap.ts'), 'openPcap'> & Pick<typeof import('./libc.ts'), 'loadLibc'>;

async function main(): Promise<void> {
  // Node's own listener would open the debugger.
  process.on('SIGUSR1', () => {});
  const [device = '', gated = ''] = process.argv.slice(2);
  let libraries: Libraries;
  try {
    libraries = { ...(await import('./open-pcap.ts')), ...(await import('./libc.ts')) };
  } catch (error) {
    return fail('library', error);
  }
  if (device === '--probe') return;
  const wanted = parseWanted(await firstLine());
  const table = new PortTable(wanted);

  hurry();
  const libc = libraries.loadLibc();
  const problems = keepNetRaw(libc);
  const batch = new RecordBatch({ write: (bytes) => writeAll(RECORDS_FD, bytes), soon: setImmediate });
  let sockets: readonly number[] = [];
  const heartbeat = new Heartbeat(say, () => sockets.reduce((sum, fd) => sum + kernelDrops(libc, fd), 0));
  const gates = new KnockGates(
    {
      onKnock: (knock, timeMs) => batch.add(knock, timeMs),
      onDrop: (reason, count) => heartbeat.drop(reason, count),
    },
    { wanted, table, isGated: gated === 'gated', seed: randomInt(2 ** 32), nowMs: Date.now() },
  );

  let linkType: LinkType | undefined;
  let opened: string;
  try {
    opened = libraries.openPcap(device, knockFilter(wanted), (frame) => {
      if (!linkType) return;
      const nowMs = Date.now();
      const knock = parseFrame(frame, linkType, table);
      if (typeof knock === 'string') heartbeat.drop(knock);
      else gates.take(knock, nowMs);
      batch.passTime(nowMs);
      heartbeat.passTime(nowMs);
    });
  } catch (error) {
    return fail(failureOf(error), error);
  }
  if (!isLinkType(opened)) {
    return fail('link-type', `packets of link type "${opened}" cannot be read: name another interface, or "any"`);
  }
  sockets = packetSockets(libc);
  problems.push(...confine(libc, sockets));
  linkType = opened;
  const confined = problems.length === 0;
  say({ state: 'capturing', linkType, confined, ...(confined ? {} : { message: cut(problems.join('; ')) }) });
  setInterval(() => heartbeat.passTime(Date.now()), BEAT_MS / 2);
}

/** Between two packets of a flood lie microseconds, and the ring is small: go first. Who may not goes like the others. */
function hurry(): void {
  try {
    setPriority(PRIORITY);
  } catch {
    // not root
  }
}

/** What the daemon says first; after that its end of the pipe only tells that it is there. */
async function firstLine(): Promise<string> {
  process.stdin.on('end', () => process.exit(0)).setEncoding('utf8');
  let text = '';
  return await new Promise((resolve) => {
    process.stdin.on('data', (chunk) => {
      if (text.includes('\n')) return;
      text += chunk;
      if (text.includes('\n')) resolve(text.slice(0, text.indexOf('\n')));
    });
  });
}

/**
 * A write that blocks is the back-pressure: what does not fit waits in libpcap's ring, or is dropped and counted there.
 */
function writeAll(fd: number, bytes: Buffer): void {
  try {
    for (let written = 0; written < bytes.length; ) written += writeSync(fd, bytes, written, bytes.length - written);
  } catch {
    process.exit(0); // the daemon is gone
  }
}

function failureOf(error: unknown): OpenFailure {
  const message = String(error);
  if (/No such device|that device is not up|does not exist/i.test(message)) return 'no-device';
  if (/permission|not permitted|CAP_NET_RAW/i.test(message)) return 'denied';
  return 'other';
}

function say(status: ChildStatus): void {
  writeAll(STATUS_FD, Buffer.from(`${JSON.stringify(status)}\n`));
}

function fail(failure: OpenFailure, error: unknown): void {
  say({ state: 'failed', failure, message: cut(error instanceof Error ? error.message : String(error)) });
  process.exit(1);
}

function cut(message: string): string {
  return message.slice(0, MESSAGE_CHARACTERS);
}

await main();
