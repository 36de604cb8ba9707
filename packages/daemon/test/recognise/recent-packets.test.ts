import test from 'ava';
import { REPEATED_WITHIN_MS, RecentPackets } from '#src/recognise/recent-packets.js';
import { knockOn } from '../knock.js';

const SAME = { sourcePort: 5, sequenceNumber: 9, timeMs: 0 };
const rows: readonly [string, Parameters<typeof knockOn>[1], boolean][] = [
  ['nothing', {}, true],
  ['the time', { timeMs: REPEATED_WITHIN_MS }, true],
  ['more time than there is between two copies', { timeMs: REPEATED_WITHIN_MS + 1 }, false],
  ['a clock that was set back far', { timeMs: -REPEATED_WITHIN_MS - 1 }, false],
  ['the source port', { sourcePort: 6 }, false],
  ['the sequence number', { sequenceNumber: 10 }, false],
  ['the sequence number of a later packet of the connection', { sequenceNumber: 10, tcpFlags: 16 }, true],
  ['the destination port', { destinationPort: 1001 }, false],
  ['the protocol', { protocol: 'udp' }, false],
];
for (const [title, difference, isRepeated] of rows) {
  test(`a packet that differs in ${title} is ${isRepeated ? 'the same' : 'another one'}`, (t) => {
    const recent = new RecentPackets(4);
    t.false(recent.isRepeated(knockOn(1000, SAME)));
    t.is(recent.isRepeated(knockOn(1000, { ...SAME, ...difference })), isRepeated);
  });
}

test('a packet that comes again and again is known as long as the copies are near each other', (t) => {
  const recent = new RecentPackets(1);
  recent.isRepeated(knockOn(1000, SAME));
  for (const seconds of [1, 3, 7, 15, 31, 63]) {
    t.true(recent.isRepeated(knockOn(1000, { ...SAME, timeMs: seconds * 1000 })), `${seconds} s`);
  }
});

test('no more packets are remembered than were asked for', (t) => {
  const recent = new RecentPackets(2);
  for (const port of [1, 2, 3]) recent.isRepeated(knockOn(port, SAME));
  t.true(recent.isRepeated(knockOn(3, SAME)));
  t.true(recent.isRepeated(knockOn(2, SAME)));
  t.false(recent.isRepeated(knockOn(1, SAME)));
});
