// Capture files: both byte orders and both units of time, in any portions; and files that are none.

import test from 'ava';
import fc from 'fast-check';
import { linkTypeOfNumber } from '#src/packet/link.js';
import { type FilePacket, MAX_PACKET_BYTES, PcapReader } from '#src/packet/pcap-file.js';
import { pcapFile } from './pcap.ts';

function readAll(chunks: readonly Uint8Array[]) {
  const reader = new PcapReader();
  const packets: FilePacket[] = [];
  for (const chunk of chunks) packets.push(...reader.take(chunk));
  reader.end();
  return {
    packets: packets.map(({ frame, timeMs }) => ({ frame: Buffer.from(frame), timeMs })),
    linkType: reader.linkType,
    problem: reader.problem,
  };
}

const packet = fc.record({
  frame: fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
  timeMs: fc.integer({ min: 0, max: 4e12 }),
});

test('what is in the file is read, however it comes', (t) => {
  const options = fc.record({ isLittle: fc.boolean(), isNano: fc.boolean() });
  fc.assert(
    fc.property(fc.array(packet), options, fc.integer({ min: 1, max: 50 }), (packets, how, size) => {
      const bytes = pcapFile(packets, 1, how);
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
        bytes.subarray(i * size, (i + 1) * size),
      );
      t.deepEqual(readAll(chunks), { packets, linkType: 'ETHERNET', problem: undefined });
    }),
    { numRuns: 200 },
  );
});

test('link types', (t) => {
  const numbers = [1, 12, 101, 113, 239, 276];
  const names = ['ETHERNET', 'RAW', 'RAW', 'LINKTYPE_LINUX_SLL', 'NFLOG', 'LINUX_SLL2'];
  t.deepEqual<unknown, unknown>(numbers.map(linkTypeOfNumber), names);
  t.is(readAll([pcapFile([], 105)]).problem, 'link-type');
  // A field beside it says how long checksums are.
  t.is(readAll([pcapFile([], 0x2400_0001)]).linkType, 'ETHERNET');
});

const one = { frame: Buffer.alloc(60), timeMs: 0 };
for (const [title, bytes, problem] of [
  ['nothing', Buffer.alloc(0), 'not-pcap'],
  ['a text', Buffer.from('SSH-2.0-OpenSSH_9.2p1 Debian'), 'not-pcap'],
  ['the beginning of a header', pcapFile([]).subarray(0, 23), 'not-pcap'],
  ['pcapng', Buffer.concat([Buffer.from('0a0d0d0a', 'hex'), Buffer.alloc(40)]), 'pcapng'],
  ['cut off in a packet', pcapFile([one]).subarray(0, -1), 'cut-off'],
  ['cut off in a header', pcapFile([one]).subarray(0, 30), 'cut-off'],
] as const) {
  test(`no whole file: ${title}`, (t) => t.is(readAll([bytes]).problem, problem));
}

test('a length that is none ends the reading, and nothing is kept', (t) => {
  const bytes = pcapFile([one, one]);
  bytes.writeUInt32LE(MAX_PACKET_BYTES + 1, 24 + 16 + 60 + 8);
  const { packets, problem } = readAll([bytes, Buffer.alloc(1000)]);
  t.is(packets.length, 1);
  t.is(problem, 'damaged');
});

test('anything: no exception', (t) => {
  const head = fc.constantFrom(...pcapFile([one]).subarray(0, 40));
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 80 })), fc.array(head, { maxLength: 40 }), (chunks, begin) => {
      readAll([pcapFile([]), ...chunks]);
      readAll([Uint8Array.from(begin), ...chunks]);
    }),
    { numRuns: 500 },
  );
  t.pass();
});
