// A capture process gone bad: what the daemon must survive. How it is bad is the name of the symbolic link under which it
// is started: records.js, garbage.js, text.js, …

import { writeSync } from 'node:fs';
import { basename } from 'node:path';
import { RECORD_BYTES, writeRecord } from '#src/packet/knock-record.js';

const RECORDS_FD = 3;
const capturing = () => writeSync(1, '{"state":"capturing","linkType":"ETHERNET","confined":true}\n');
const alive = () => writeSync(1, '{"state":"alive","dropped":{}}\n');

function floodRecords(make: () => Buffer): void {
  const bytes = make();
  capturing();
  for (let beatenMs = 0; ; ) {
    for (let written = 0; written < bytes.length; ) written += writeSync(RECORDS_FD, bytes, written);
    if (Date.now() - beatenMs > 1000) {
      beatenMs = Date.now();
      alive();
    }
  }
}

const MODES: Readonly<Record<string, () => void>> = {
  records: () =>
    floodRecords(() => {
      const buffer = Buffer.alloc(1600 * RECORD_BYTES);
      const source = Uint8Array.of(10, 0, 0, 2);
      const knock = { source, sourcePort: 1, destinationPort: 750, protocol: 'tcp', sequenceNumber: 1 } as const;
      for (let i = 0; i < 1600; i++) writeRecord(knock, Date.now(), buffer, i * RECORD_BYTES);
      return buffer;
    }),
  garbage: () => floodRecords(() => Buffer.alloc(64_000, 0xff)),
  text() {
    capturing();
    for (const text = 'x'.repeat(65_536); ; ) writeSync(1, text);
  },
  lines() {
    capturing();
    for (const text = '{"state":"alive","dropped":{}}\n'.repeat(2000); ; ) writeSync(1, text);
  },
  mute() {
    capturing();
    setInterval(() => {}, 1000);
  },
  crash: () => process.exit(3),
  late() {
    capturing();
    setTimeout(() => process.abort(), 50);
  },
};

process.stdin.on('end', () => process.exit(0)).resume();
MODES[basename(process.argv[1] ?? '', '.js')]?.();
