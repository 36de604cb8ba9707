// The capture process: opens libpcap, gives up its privileges, and turns packets into records. It knows no key, decides
// nothing, and ends when the daemon does. Started by supervisor.ts:
//   node child.js DEVICE BASE_PORT   standard input: held open by the daemon · standard output: status lines · fd 3: records
//   node child.js --probe            exits 0 when libpcap can be loaded

import { writeSync } from 'node:fs';
import { parseFrame } from '../packet/frame.ts';
import type { PacketDrop } from '../packet/knock-event.ts';
import { RECORD_BYTES, writeRecord } from '../packet/knock-record.ts';
import { isLinkType, type LinkType } from '../packet/link.ts';
import { knockFilter } from './filter.ts';
import type { CaptureStatus, OpenFailure } from './status.ts';

const RECORDS_FD = 3;
const NOBODY = 65534;
/** During a flood cap does not return to the event loop between packets, so a batch is also written when it is full. */
const BATCH_RECORDS = 64;
const COUNT_INTERVAL_MS = 5000;

type OpenPcap = typeof import('./open-pcap.ts').openPcap;

async function main(): Promise<void> {
  let openPcap: OpenPcap;
  try {
    ({ openPcap } = await import('./open-pcap.ts'));
  } catch (error) {
    return fail('library', error);
  }
  const [device = '', basePort = ''] = process.argv.slice(2);
  if (device === '--probe') return;

  const batch = createBatch();
  const drops = new Map<PacketDrop, number>();
  let linkType: LinkType | undefined;
  let opened: string;
  try {
    opened = openPcap(device, knockFilter(Number(basePort)), (frame) => {
      if (!linkType) return;
      const knock = parseFrame(frame, linkType);
      if (typeof knock === 'string') drops.set(knock, (drops.get(knock) ?? 0) + 1);
      else batch.add((into, at) => writeRecord(knock, Date.now(), into, at));
    });
  } catch (error) {
    return fail(failureOf(error), error);
  }
  if (!isLinkType(opened)) {
    return fail('link-type', `packets of link type "${opened}" cannot be read: name another interface, or "any"`);
  }
  dropPrivileges();
  linkType = opened;
  say({ state: 'capturing', linkType });

  process.stdin.on('end', () => process.exit(0)).resume();
  setInterval(() => {
    if (drops.size === 0) return;
    say({ state: 'dropped', counts: Object.fromEntries(drops) });
    drops.clear();
  }, COUNT_INTERVAL_MS).unref();
}

/** Collects records, and writes them once the packets at hand are read. */
function createBatch(): { add(write: (into: Buffer, at: number) => void): void } {
  const buffer = Buffer.alloc(BATCH_RECORDS * RECORD_BYTES);
  let length = 0;
  let scheduled = false;
  const flush = () => {
    // A write that blocks is the back-pressure: what does not fit waits in libpcap's ring, or is dropped there.
    let written = 0;
    try {
      while (written < length) written += writeSync(RECORDS_FD, buffer, written, length - written);
    } catch {
      process.exit(0); // the daemon is gone
    }
    length = 0;
  };
  return {
    add(write) {
      write(buffer, length);
      length += RECORD_BYTES;
      if (length === buffer.length) flush();
      else if (!scheduled) {
        scheduled = true;
        setImmediate(() => {
          scheduled = false;
          flush();
        });
      }
    },
  };
}

/** Root becomes nobody. Who is not root came with CAP_NET_RAW alone. */
function dropPrivileges(): void {
  if (process.geteuid?.() !== 0) return;
  process.setgroups?.([]);
  process.setgid?.(NOBODY);
  process.setuid?.(NOBODY);
}

function failureOf(error: unknown): OpenFailure {
  const message = String(error);
  if (/No such device|that device is not up|does not exist/i.test(message)) return 'no-device';
  if (/permission|not permitted|CAP_NET_RAW/i.test(message)) return 'denied';
  return 'other';
}

function say(status: CaptureStatus): void {
  writeSync(1, `${JSON.stringify(status)}\n`);
}

function fail(failure: OpenFailure, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  say({ state: 'failed', failure, message: message.slice(0, 1024) });
  process.exit(1);
}

await main();
