// The capture process: gives up its privileges, opens libpcap, and turns packets into records. It knows no key, decides
// nothing, and ends when the daemon does. Started by spawn.ts:
//   node child.js DEVICE BASE_PORT [gated]   gated: see source-gate.ts · standard input: held open by the daemon · standard output: status lines · fd 3: records
//   node child.js --probe            exits 0 when libpcap can be loaded

import { randomInt } from 'node:crypto';
import { writeSync } from 'node:fs';
import { parseFrame } from '../packet/frame.ts';
import type { PacketKnock } from '../packet/knock-event.ts';
import { isLinkType, type LinkType } from '../packet/link.ts';
import { confine, keepNetRaw } from './confine.ts';
import { knockFilter } from './filter.ts';
import { loadLibc } from './libc.ts';
import { kernelDrops, packetSockets } from './packet-sockets.ts';
import { RecordBatch } from './record-batch.ts';
import { SourceGate } from './source-gate.ts';
import type { ChildStatus, DropReason, OpenFailure } from './status.ts';

const RECORDS_FD = 3;
const STATUS_FD = 1;
const BEAT_MS = 1000;
const MESSAGE_CHARACTERS = 1024;

type OpenPcap = typeof import('./open-pcap.ts').openPcap;

async function main(): Promise<void> {
  // Node's own listener would open the debugger.
  process.on('SIGUSR1', () => {});
  const [device = '', basePort = '', gated = ''] = process.argv.slice(2);
  let openPcap: OpenPcap;
  try {
    ({ openPcap } = await import('./open-pcap.ts'));
  } catch (error) {
    return fail('library', error);
  }
  if (device === '--probe') return;
  process.stdin.on('end', () => process.exit(0)).resume();

  const libc = loadLibc();
  const problems = keepNetRaw(libc);
  const batch = new RecordBatch({ write: (bytes) => writeAll(RECORDS_FD, bytes), soon: setImmediate });
  const forward = (knock: PacketKnock, timeMs: number) => batch.add(knock, timeMs);
  const gate = gated === 'gated' ? new SourceGate(randomInt(2 ** 32), Date.now()) : undefined;
  const drops = new Map<DropReason, number>();
  let sockets: readonly number[] = [];
  let beatenMs = 0;
  /** Driven by the packets too: during a flood no timer comes round. */
  const beat = (nowMs: number) => {
    if (nowMs - beatenMs < BEAT_MS && nowMs >= beatenMs) return;
    beatenMs = nowMs;
    const inKernel = sockets.reduce((sum, fd) => sum + kernelDrops(libc, fd), 0);
    if (inKernel > 0) drops.set('kernel', inKernel);
    if (gate) countGate(gate, drops);
    say({ state: 'alive', dropped: Object.fromEntries(drops) });
    drops.clear();
  };

  let linkType: LinkType | undefined;
  let opened: string;
  try {
    opened = openPcap(device, knockFilter(Number(basePort)), (frame) => {
      if (!linkType) return;
      const nowMs = Date.now();
      const knock = parseFrame(frame, linkType);
      if (typeof knock === 'string') drops.set(knock, (drops.get(knock) ?? 0) + 1);
      else if (gate) gate.take(knock, nowMs, forward);
      else forward(knock, nowMs);
      batch.passTime(nowMs);
      beat(nowMs);
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
  setInterval(() => beat(Date.now()), BEAT_MS / 2);
}

/** What the gate has dropped since it was asked last. */
function countGate(gate: SourceGate, drops: Map<DropReason, number>): void {
  for (const [reason, count] of [
    ['incomplete', gate.incomplete],
    ['flooded-source', gate.flooded],
  ] as const) {
    const before = told.get(reason) ?? 0;
    if (count > before) drops.set(reason, count - before);
    told.set(reason, count);
  }
}
const told = new Map<DropReason, number>();

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
