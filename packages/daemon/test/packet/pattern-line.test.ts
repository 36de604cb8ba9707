// The operator's own pattern: what it reads, what it may not be, and that no line makes it slow.

import { formatAddress, tryParseAddress } from '@eightknock/codec';
import test from 'ava';
import { allowLinearPatterns } from '#src/linear-patterns.js';
import { compilePattern, PatternReader } from '#src/packet/pattern-line.js';

allowLinearPatterns();
const PATTERN = '(?<protocol>\\w+) (?<source>[0-9a-f.:]+)#(?<source_port>\\d+) -> \\S+#(?<port>\\d+)';

function read(line: string, pattern = PATTERN) {
  const knock = new PatternReader(compilePattern(pattern), tryParseAddress).read(line);
  return typeof knock === 'string' ? knock : { ...knock, source: formatAddress(knock.source) };
}

const TCP = { source: '192.0.2.7', sourcePort: 40000, destinationPort: 745, protocol: 'tcp' } as const;
const WITHOUT = { sequenceNumber: 0, hasSequence: false } as const;

test('all groups', (t) => {
  t.deepEqual(read('DROP TCP 192.0.2.7#40000 -> 203.0.113.1#745'), { ...TCP, ...WITHOUT });
  t.deepEqual(read('17 2001:db8:0::7#1 -> x#1000'), {
    source: '2001:db8::7',
    sourcePort: 1,
    destinationPort: 1000,
    protocol: 'udp',
    ...WITHOUT,
  });
});

test('without a protocol it is TCP', (t) => {
  const pattern = 'from (?<source>\\S+) (?<source_port>\\d+) (?<port>\\d+)';
  t.deepEqual(read('from 192.0.2.7 40000 745', pattern), { ...TCP, ...WITHOUT });
});

test('without a source port each line is a packet', (t) => {
  const reader = new PatternReader(compilePattern('(?<source>\\S+) (?<port>\\d+)'), tryParseAddress);
  const [first, second] = [reader.read('192.0.2.7 745'), reader.read('192.0.2.7 745')];
  t.like(first, { sourcePort: 0, hasSequence: true, sequenceNumber: 1 });
  t.like(second, { sourcePort: 0, hasSequence: true, sequenceNumber: 2 });
});

for (const [line, drop] of [
  ['', 'no-packet'],
  ['TCP 192.0.2.7 -> x#745', 'no-packet'],
  ['TCP 192.0.2.300#1 -> x#745', 'no-packet'],
  ['TCP 192.0.2.7#1 -> x#65536', 'no-packet'],
  ['ICMP 192.0.2.7#1 -> x#745', 'not-transport'],
  ['constructor 192.0.2.7#1 -> x#745', 'not-transport'],
  ['TCP 224.0.0.1#1 -> x#745', 'bad-source'],
  ['TCP ::ffff:192.0.2.7#1 -> x#745', 'bad-source'],
  ['x'.repeat(3000), 'long-line'],
] as const) {
  test(`no knock: ${line.slice(0, 40)}`, (t) => t.is(read(line), drop));
}

for (const pattern of ['(?=a)', '(?<!a)b', '(a)\\1', '(a{1,1000}){1,1000}', '(', '[']) {
  test(`refused: ${pattern}`, (t) => {
    t.throws(() => compilePattern(pattern), { instanceOf: SyntaxError });
  });
}

test('no line makes a pattern slow that would take for ever with backtracking', (t) => {
  const pattern = '^(?:(?:a+)+)+ (?:.*b)*.*c.*(?<source>.*).*(?<port>\\d*)$';
  const begin = performance.now();
  for (const line of ['a'.repeat(2000), `${'a'.repeat(1000)} ${'b'.repeat(1000)}`]) {
    t.is(read(line, pattern), 'no-packet');
  }
  t.true(performance.now() - begin < 2000, `${performance.now() - begin} ms`);
});
