// The capture process: gives up its privileges, opens libpcap, and turns packets into records. It knows no key, decides
// nothing, and ends when the daemon does. Started by spawn.ts:
//   node child.js DEVICE BASE_PORT [gated]   gated: see source-gate.ts · standard output: status lines · fd 3: records
//       standard input: known sources, see known-sources.ts; held open by the daemon
//   node child.js --probe            exits 0 when libpcap can be loaded

import { randomInt } from 'node:crypto';
import { writeSync } from 'node:fs';
import { setPriority } from 'node:os';
import { parseFrame } from '../packet/frame.ts';
import { isLinkType, type LinkType } from '../packet/link.ts';
import { confine, keepNetRaw } from './confine.ts';
import { knockFilter } from './filter.ts';
import { BEAT_MS, Heartbeat } from './heartbeat.ts';
import { KnownReader, KnownSources } from './known-sources.ts';
import type { Libc } from './libc.ts';
import { LoadShedding } from './load-shedding.ts';
import { type PacketCounts, packetCounts, packetSockets } from './packet-sockets.ts';
import { BATCH_AGE_MS, RecordBatch } from './record-batch.ts';
import { openShedSocket, type ShedSocket } from './shed-socket.ts';
import { Shedder } from './shedder.ts';
import { SourceGate } from './source-gate.ts';
import { prefixOf } from './source-prefix.ts';
import type { ChildStatus, OpenFailure } from './status.ts';

const RECORDS_FD = 3;
const STATUS_FD = 1;
const MESSAGE_CHARACTERS = 1024;
/** fcntl(2). */
const F_SETFL = 4;
const O_NONBLOCK = 0o4000;
/** nice(2). */
const PRIORITY = -10;

type Libraries = Pick<typeof import('./open-pcap.ts'), 'openPcap'> & Pick<typeof import('./libc.ts'), 'loadLibc'>;

async function main(): Promise<void> {
  // Node's own listener would open the debugger.
  process.on('SIGUSR1', () => {});
  const [device = '', basePort = '', gated = ''] = process.argv.slice(2);
  let libraries: Libraries;
  try {
    libraries = { ...(await import('./open-pcap.ts')), ...(await import('./libc.ts')) };
  } catch (error) {
    return fail('library', error);
  }
  if (device === '--probe') return;
  hurry();
  const libc = libraries.loadLibc();
  const problems = keepNetRaw(libc);
  const known = new KnownSources();
  const decision = new LoadShedding(() => randomInt(2 ** 32), performance.now());
  hearOfKnownSources(known, decision);
  let shedder: Shedder | undefined;
  const heartbeat = new Heartbeat(say, () => shedder?.status(performance.now()) ?? {});
  let overload = 0;
  const batch = openBatch(libc, known, (count) => {
    overload += count;
    heartbeat.drop('overload', count);
  });
  const gate = gated === 'gated' ? openGate(batch, heartbeat, decision) : undefined;
  const passTime = (nowMs: number) => {
    shedder?.passTime(performance.now());
    heartbeat.passTime(nowMs);
  };

  let linkType: LinkType | undefined;
  let opened: string;
  try {
    opened = libraries.openPcap(device, knockFilter(Number(basePort)), (frame) => {
      if (!linkType) return;
      const nowMs = Date.now();
      const knock = parseFrame(frame, linkType);
      if (typeof knock === 'string') heartbeat.drop(knock);
      else if (gate) gate.take(knock, nowMs);
      else batch.add(knock, nowMs);
      batch.passTime(nowMs);
      passTime(nowMs);
    });
  } catch (error) {
    return fail(failureOf(error), error);
  }
  if (!isLinkType(opened)) {
    return fail('link-type', `packets of link type "${opened}" cannot be read: name another interface, or "any"`);
  }
  const captured = packetSockets(libc);
  const { socket: shedSocket, problem } = groupSocket(libc, captured[0]);
  shedder = new Shedder(decision, {
    counts: () => sumOf(captured.map((fd) => packetCounts(libc, fd))),
    onLost: (packets) => heartbeat.drop('kernel', packets),
    overload() {
      const count = overload;
      overload = 0;
      return count;
    },
    ...(shedSocket && { attach: shedSocket.attach }),
  });
  problems.push(...confine(libc, packetSockets(libc), shedSocket?.fd));
  linkType = opened;
  const confined = problems.length === 0;
  if (problem) problems.push(problem);
  say({ state: 'capturing', linkType, confined, ...(problems[0] && { message: cut(problems.join('; ')) }) });
  setInterval(() => passTime(Date.now()), BEAT_MS / 2);
}

/** The daemon tells of known sources as long as it lives. */
function hearOfKnownSources(known: KnownSources, decision: LoadShedding): void {
  const reader = new KnownReader();
  process.stdin.on('data', (chunk) => {
    reader.read(chunk, (source) => known.add(source));
    decision.know(known.prefixes());
  });
  process.stdin.on('end', () => process.exit(0));
}

function groupSocket(libc: Libc, captured: number | undefined): { socket?: ShedSocket; problem?: string } {
  try {
    if (captured === undefined) throw new Error('there is no packet socket');
    return { socket: openShedSocket(libc, captured) };
  } catch (error) {
    return { problem: `load cannot be shed (${error instanceof Error ? error.message : String(error)})` };
  }
}

function sumOf(counts: readonly PacketCounts[]): PacketCounts {
  const sum = (of: (one: PacketCounts) => number) => counts.reduce((total, one) => total + of(one), 0);
  return { received: sum((one) => one.received), dropped: sum((one) => one.dropped) };
}

/** Between two packets of a flood lie microseconds, and the ring is small: go first. Who may not goes like the others. */
function hurry(): void {
  try {
    setPriority(PRIORITY);
  } catch {
    // not root
  }
}

function openGate(batch: RecordBatch, heartbeat: Heartbeat, decision: LoadShedding): SourceGate {
  return new SourceGate(
    {
      onKnock: (knock, timeMs, following) => batch.add(knock, timeMs, following),
      onDrop(reason, count, source) {
        heartbeat.drop(reason, count);
        if (source) decision.count(prefixOf(source));
      },
    },
    { seed: randomInt(2 ** 32), nowMs: Date.now() },
  );
}

/** A write never blocks: while the daemon does not read, the ring must be emptied all the same. */
function openBatch(libc: Libc, known: KnownSources, onOverload: (count: number) => void): RecordBatch {
  libc.fcntl(RECORDS_FD, F_SETFL, O_NONBLOCK);
  return new RecordBatch({
    write: (bytes) => writeSome(RECORDS_FD, bytes),
    soon: setImmediate,
    later: (callback) => setTimeout(callback, BATCH_AGE_MS),
    isKnown: (source) => known.has(source),
    onOverload,
  });
}

/** @returns how many bytes there was room for */
function writeSome(fd: number, bytes: Buffer): number {
  try {
    return writeSync(fd, bytes);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 0;
    process.exit(0); // the daemon is gone
  }
}

/** Status lines are few, and the daemon reads them whatever else it does. */
function writeAll(fd: number, bytes: Buffer): void {
  for (let written = 0; written < bytes.length; ) written += writeSome(fd, bytes.subarray(written));
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
