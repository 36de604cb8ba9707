import test from 'ava';
import fc from 'fast-check';
import { LINE_CHARACTERS, LineSplitter, MAX_LINES } from '#src/act/line-splitter.js';

function split(...chunks: (string | Buffer)[]) {
  const lines: string[] = [];
  const splitter = new LineSplitter((line) => lines.push(line));
  for (const chunk of chunks) splitter.add(Buffer.from(chunk as string));
  splitter.end();
  return { lines, left: splitter.left };
}

test('lines, and what is after the last of them', (t) => {
  t.deepEqual(split('a\nb', 'c\n\nd').lines, ['a', 'bc', '', 'd']);
  t.deepEqual(split('').lines, []);
});

test('harmless on a terminal, and whole characters', (t) => {
  t.deepEqual(split('\u001b[2J\rx\n').lines, ['\\u001b[2J\\rx']);
  const euro = Buffer.from('€\n');
  t.deepEqual(split(euro.subarray(0, 1), euro.subarray(1)).lines, ['€']);
});

test('a long line is cut, and too many are counted', (t) => {
  const { lines, left } = split('x'.repeat(2 * LINE_CHARACTERS + 1), '\n');
  t.deepEqual(
    lines.map(({ length }) => length),
    [LINE_CHARACTERS, LINE_CHARACTERS, 1],
  );
  t.is(left, 0);
  const many = split('y\n'.repeat(MAX_LINES + 7));
  t.is(many.lines.length, MAX_LINES);
  t.is(many.left, 7);
});

test('however it is cut, the lines are the same', (t) => {
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[a-z\n]{0,20}$/), { maxLength: 20 }), (chunks) => {
      t.deepEqual(split(...chunks), split(chunks.join('')));
    }),
  );
});
