// Lists of one-time sequences, as both sides have them: what is next, what was used last. More is in the daemon's tests.

import { lastUsedLine, MAX_ONE_TIME_KNOCKS, markOneTimeLine, parseOneTimeLines } from '@eightknock/codec';
import test from 'ava';
import fc from 'fast-check';

const tcp = (port: number) => ({ protocol: 'tcp', port }) as const;

test('the line that was used last is the last marked one above the next; remarks are none', (t) => {
  t.is(lastUsedLine(''), undefined);
  t.is(lastUsedLine('# a remark\n7,8\n'), undefined);
  t.deepEqual(lastUsedLine('# a remark\n#7,8\n# another\n9\n#10\n'), { line: '7,8', knocks: [tcp(7), tcp(8)] });
  t.deepEqual(lastUsedLine('#7\n#8'), { line: '8', knocks: [tcp(8)] });
});

test('a sequence has at most 32 knocks', (t) => {
  const line = (length: number) => Array(length).fill('7').join();
  t.is(parseOneTimeLines(line(MAX_ONE_TIME_KNOCKS)).unused.length, 1);
  t.deepEqual(parseOneTimeLines(line(MAX_ONE_TIME_KNOCKS + 1)).wrong, [1]);
});

test('what is marked is what was used last, and all lines are used in their order', (t) => {
  const line = fc
    .array(fc.integer({ min: 1, max: 65_535 }), { minLength: 1, maxLength: 5 })
    .map((ports) => ports.join());
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 20 }), (lines) => {
      let text = lines.join('\n');
      for (const line of lines) {
        t.is(parseOneTimeLines(text).unused[0]?.line, line);
        text = markOneTimeLine(text, line) as string;
        t.is(lastUsedLine(text)?.line, line);
      }
      t.is(parseOneTimeLines(text).unused.length, 0);
    }),
    { numRuns: process.env.SLOW ? 10_000 : 200 },
  );
});
