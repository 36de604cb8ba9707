import test from 'ava';
import { LoggedTwice, REMEMBERED_LINES } from '#src/capture/logged-twice.js';
import { type LoggedKnock, parseLogLine } from '#src/packet/log-line.js';
import { SYN_IPV4, SYN_IPV6 } from '../packet/kernel-lines.js';

const knocksOf = (lines: Readonly<Record<string, string>>) => Object.values(lines).map(parseLogLine) as LoggedKnock[];

for (const [title, lines] of [
  ['IPv4', SYN_IPV4],
  ['IPv6', SYN_IPV6],
] as const) {
  test(`one packet that five rules have logged, with and without its sequence number: ${title}`, (t) => {
    for (let first = 0; first < 5; first++) {
      const twice = new LoggedTwice();
      const knocks = knocksOf(lines);
      const inTurn = [...knocks.slice(first), ...knocks.slice(0, first)];
      t.deepEqual(
        inTurn.map((knock) => twice.isRepeated(knock)),
        [false, true, true, true, true],
      );
    }
  });
}

const knock: LoggedKnock = {
  source: Uint8Array.of(10, 0, 0, 2),
  sourcePort: 40_000,
  destinationPort: 745,
  protocol: 'tcp',
  sequenceNumber: 7,
  hasSequence: true,
};

test('what differs in anything is another packet', (t) => {
  const twice = new LoggedTwice();
  t.false(twice.isRepeated(knock));
  for (const other of [
    { source: Uint8Array.of(10, 0, 0, 3) },
    { sourcePort: 40_001 },
    { destinationPort: 746 },
    { protocol: 'udp' },
    { sequenceNumber: 8 },
  ] as const) {
    t.false(twice.isRepeated({ ...knock, ...other }), JSON.stringify(other));
  }
  t.true(twice.isRepeated(knock));
});

test('only the last lines are remembered', (t) => {
  const twice = new LoggedTwice();
  t.false(twice.isRepeated(knock));
  for (let i = 1; i <= REMEMBERED_LINES; i++) t.false(twice.isRepeated({ ...knock, sourcePort: i }));
  t.false(twice.isRepeated(knock));
});
