// Lines of the kernel's packet log: what a real kernel wrote, what somebody may write in its place, and anything at all.

import { formatAddress } from '@eightknock/codec';
import test from 'ava';
import fc from 'fast-check';
import { MAX_LINE_CHARACTERS, parseLogLine } from '#src/packet/log-line.js';
import { FUZZ_RUNS, Seeded } from '../seeded.js';
import { OTHER_LINES, SYN_IPV4, SYN_IPV6, SYSLOG_FRONTS, UDP_LINES } from './kernel-lines.js';

/** A parsed line with its address as text. */
function parsed(line: string) {
  const knock = parseLogLine(line);
  return typeof knock === 'string' ? knock : { ...knock, source: formatAddress(knock.source) };
}

for (const [rule, line] of Object.entries(SYN_IPV4)) {
  test(`a SYN over IPv4: ${rule}`, (t) => {
    const hasSequence = line.includes('SEQ=');
    const knock = { source: '10.77.0.2', sourcePort: 58392, destinationPort: 745, protocol: 'tcp' } as const;
    for (const front of SYSLOG_FRONTS) {
      const expected = { ...knock, hasSequence, sequenceNumber: hasSequence ? 1444299591 : 0 };
      t.deepEqual(parsed(front + line), expected);
    }
  });
}
for (const [rule, line] of Object.entries(SYN_IPV6)) {
  test(`a SYN over IPv6: ${rule}`, (t) => {
    const hasSequence = line.includes('SEQ=');
    const knock = { source: 'fd77::2', sourcePort: 34040, destinationPort: 747, protocol: 'tcp' } as const;
    t.deepEqual(parsed(line), { ...knock, hasSequence, sequenceNumber: hasSequence ? 1132780079 : 0 });
  });
}
test('datagrams', (t) => {
  const udp = { protocol: 'udp', sequenceNumber: 0, hasSequence: false } as const;
  t.deepEqual(parsed(UDP_LINES.none), { ...udp, source: '10.77.0.2', sourcePort: 43197, destinationPort: 746 });
  t.deepEqual(parsed(UDP_LINES.nft), { ...udp, source: 'fd77::2', sourcePort: 38445, destinationPort: 748 });
});
for (const [reason, line] of OTHER_LINES) test(`no knock: ${reason}`, (t) => t.is(parsed(line), reason));

const SYN = SYN_IPV4.ipt;
const changed: readonly (readonly [title: string, line: string, drop: string])[] = [
  ['an empty line', '', 'no-packet'],
  ['a line about something else', 'Nov 21 11:37:40 gw sshd[7]: Accepted publickey for root', 'no-packet'],
  ['an address that is none', SYN.replace('10.77.0.2', '10.77.0.256'), 'no-packet'],
  ['an address in another notation', SYN_IPV6.ipt.replace(/SRC=\S+/, 'SRC=fd77::2'), 'no-packet'],
  ['no address', SYN.replace('SRC=10.77.0.2 ', ''), 'no-packet'],
  ['a source that is multicast', SYN.replace('10.77.0.2', '224.0.0.1'), 'bad-source'],
  [
    'an IPv4-mapped source',
    SYN_IPV6.ipt.replace(/SRC=\S+/, 'SRC=0000:0000:0000:0000:0000:ffff:0a4d:0002'),
    'bad-source',
  ],
  ['forwarded', SYN.replace('OUT=', 'OUT=eth1'), 'not-incoming'],
  ['a port too great', SYN.replace('DPT=745', 'DPT=65536'), 'short'],
  ['a port that is none', SYN.replace('SPT=58392', 'SPT=0x10'), 'short'],
  ['cut off behind the address', SYN.slice(0, SYN.indexOf('LEN=')), 'short'],
  ['cut off before the flags', SYN.slice(0, SYN.indexOf('SYN')), 'not-syn'],
  ['SYN and ACK', SYN.replace('SYN', 'ACK SYN'), 'not-syn'],
  ['SYN and FIN', SYN.replace('SYN', 'SYN FIN'), 'not-syn'],
  ['SYN and RST', SYN.replace('SYN', 'RST SYN'), 'not-syn'],
  ['a later fragment', SYN.replace('DF ', 'FRAG:64 '), 'fragment'],
  ['a fragment of IPv6', SYN_IPV6.ipt.replace('PROTO', 'OPT ( FRAG:0 INCOMPLETE ID:1 ) PROTO'), 'fragment'],
  ['SCTP', SYN.replace('PROTO=TCP', 'PROTO=SCTP'), 'not-transport'],
  ['too long', SYN.padEnd(MAX_LINE_CHARACTERS + 1), 'long-line'],
];
for (const [title, line, drop] of changed)
  test(`no knock: ${title}`, (t) => t.is<unknown, unknown>(parsed(line), drop));

test('bits of congestion control may come with a SYN', (t) => {
  t.deepEqual(parsed(SYN.replace('SYN', 'CWR ECE SYN')), parsed(SYN));
});

test('the first of a name counts: nothing behind it changes the packet', (t) => {
  t.deepEqual(parsed(`${SYN}SRC=192.0.2.1 SPT=1 DPT=2 SYN PROTO=UDP IN=x OUT=y`), parsed(SYN));
});

test('the inner packet of an error that is cut off before it is not taken for the outer one', (t) => {
  const icmp = OTHER_LINES[2][1].replace('PROTO=ICMP ', '');
  t.is(parsed(icmp), 'short');
});

test('anything: no exception, nothing impossible', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (text) => {
      t.is(typeof parsed(text), 'string');
    }),
    { numRuns: 500 },
  );
});

const REAL = [
  ...Object.values(SYN_IPV4),
  ...Object.values(SYN_IPV6),
  ...Object.values(UDP_LINES),
  ...OTHER_LINES.map(([, line]) => line),
];

test('real lines, changed, cut and mixed: a knock or a known drop', (t) => {
  const random = new Seeded();
  let line = '';
  let knocks = 0;
  const words = REAL.flatMap((real) => real.split(' '));
  const change = () => {
    const parts = random.of(REAL).split(' ');
    for (let changes = random.below(4); changes > 0; changes--) {
      const at = random.below(parts.length + 1);
      const word = random.of(words);
      const byte = String.fromCharCode(random.byte());
      parts.splice(at, random.below(2), random.below(2) ? word : `${word.slice(0, random.below(word.length))}${byte}`);
    }
    line = parts.join(' ').slice(random.below(8) ? 0 : random.below(200));
  };
  random.fuzz(
    FUZZ_RUNS,
    () => {
      change();
      const knock = parseLogLine(line);
      if (typeof knock === 'string') return;
      knocks++;
      const { source, sourcePort, destinationPort, sequenceNumber } = knock;
      if (![4, 16].includes(source.length)) throw new Error('length of the source');
      for (const port of [sourcePort, destinationPort]) if (!(port >= 0 && port <= 65535)) throw new Error('port');
      if (!(sequenceNumber >= 0 && sequenceNumber <= 0xffffffff)) throw new Error('sequence number');
    },
    () => JSON.stringify(line),
  );
  t.true(knocks > FUZZ_RUNS / 20, `${knocks}`);
});
