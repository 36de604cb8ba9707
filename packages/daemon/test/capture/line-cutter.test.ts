import test from 'ava';
import fc from 'fast-check';
import { LineCutter } from '#src/capture/line-cutter.js';

const MOST = 8;

function cut(chunks: readonly Buffer[]): { readonly lines: string[]; readonly long: number } {
  const lines: string[] = [];
  let long = 0;
  const cutter = new LineCutter(MOST, { onLine: (line) => lines.push(line), onLongLine: () => long++ });
  for (const chunk of chunks) cutter.take(chunk);
  return { lines, long };
}

test('a line in pieces, several in one, an empty one, none at the end', (t) => {
  t.deepEqual(cut(['ab', 'c\nd', 'ef\n\ngh'].map((text) => Buffer.from(text))), {
    lines: ['abc', 'def', ''],
    long: 0,
  });
});

test('however the text comes, the lines are the same; those that are too long are counted once each', (t) => {
  const text = fc.array(fc.stringMatching(/^[a-c]{0,12}$/), { minLength: 1 });
  fc.assert(
    fc.property(text, fc.array(fc.integer({ min: 1, max: 5 })), (lines, sizes) => {
      const bytes = Buffer.from(`${lines.join('\n')}\n`);
      const chunks: Buffer[] = [];
      let at = 0;
      for (const size of sizes) {
        chunks.push(bytes.subarray(at, at + size));
        at += size;
      }
      chunks.push(bytes.subarray(at));
      t.deepEqual(cut(chunks), {
        lines: lines.filter((line) => line.length <= MOST),
        long: lines.filter((line) => line.length > MOST).length,
      });
    }),
    { numRuns: 300 },
  );
});

test('what is held does not grow with a line that never ends', (t) => {
  const { lines, long } = cut([...Array.from({ length: 1000 }, () => Buffer.alloc(1000, 'x')), Buffer.from('\nend\n')]);
  t.deepEqual(lines, ['end']);
  t.is(long, 1);
});
