// A stream that comes in any pieces has one first line, or is too long, or is nothing.

import test from 'ava';
import fc from 'fast-check';
import { LineReader } from '#src/control/line-reader.js';

const MOST = 10;

/** What the reader says of a stream in pieces, ended. */
function told(pieces: readonly Uint8Array[]): string[] {
  const events: string[] = [];
  const reader = new LineReader(MOST, {
    onLine: (line) => events.push(`line ${line.toString('latin1')}`),
    onNothing: () => events.push('nothing'),
    onTooLong: () => events.push('too long'),
  });
  for (const piece of pieces) reader.take(Buffer.from(piece));
  reader.end();
  reader.end();
  return events;
}

const reads = test.macro({
  title: (_, text: string) => JSON.stringify(text),
  exec(t, text: string, event: string) {
    t.deepEqual(told([Buffer.from(text, 'latin1')]), [event]);
    t.deepEqual(told([...Buffer.from(text, 'latin1')].map((byte) => Uint8Array.of(byte))), [event]);
  },
});

test(reads, '', 'nothing');
test(reads, '\n', 'line ');
test(reads, 'abc\n', 'line abc');
test(reads, 'abc', 'line abc');
test(reads, 'abc\ndef\n', 'line abc');
test(reads, '0123456789\n', 'line 0123456789');
test(reads, '0123456789', 'line 0123456789');
test(reads, '0123456789x\n', 'too long');
test(reads, '0123456789x', 'too long');

test('one event, the same in whatever pieces', (t) => {
  const streams = fc.array(fc.uint8Array({ maxLength: 8 }), { maxLength: 6 });
  const property = fc.property(streams, (pieces) => {
    t.deepEqual(told(pieces), told([Buffer.concat(pieces)]));
    return told(pieces).length === 1;
  });
  t.notThrows(() => fc.assert(property, { numRuns: process.env.SLOW ? 100_000 : 2000 }));
});
