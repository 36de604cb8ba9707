import { markOneTimeLine as markUsed, parseOneTimeLines as parseLines } from '@eightknock/codec';
import test from 'ava';
import fc from 'fast-check';
import { lineProblems, MAX_LINES } from '#src/config/doors/one-time-lines.js';

const TEXT = '# mine\n\n#1,2\n3:udp,4:TCP\ntcp/5 udp/6\n  7, 8 \n';

test('lines in either way, remarks and used ones left out', (t) => {
  t.deepEqual<unknown, unknown>(parseLines(TEXT), {
    wrong: [],
    unused: [
      {
        line: '3:udp,4:TCP',
        knocks: [
          { protocol: 'udp', port: 3 },
          { protocol: 'tcp', port: 4 },
        ],
      },
      {
        line: 'tcp/5 udp/6',
        knocks: [
          { protocol: 'tcp', port: 5 },
          { protocol: 'udp', port: 6 },
        ],
      },
      {
        line: '  7, 8 ',
        knocks: [
          { protocol: 'tcp', port: 7 },
          { protocol: 'tcp', port: 8 },
        ],
      },
    ],
  });
});

for (const line of ['x', '70000', '7:sctp', 'tcp/0', '0', '7;8', ',', Array(33).fill('7').join()]) {
  test(`no sequence: ${line.slice(0, 20)}`, (t) => {
    const [problem] = lineProblems(`1,2\n${line}\n`, '/once');
    t.like(problem, { file: '/once', path: 'line 2' });
    t.truthy(problem?.value);
  });
}

test('too many lines', (t) => {
  t.is(lineProblems('1\n'.repeat(MAX_LINES), 'f').length, 0);
  t.is(lineProblems('1\n'.repeat(MAX_LINES + 1), 'f')[0]?.value, '10001 lines');
  t.is(lineProblems('x\n'.repeat(100), 'f').length, 10, 'not all are told');
});

test('the first that was not used is marked, the rest stays byte by byte', (t) => {
  const port = fc.integer({ min: 1, max: 65_535 });
  const good = fc.array(port, { minLength: 1, maxLength: 4 }).map((ports) => ports.join());
  const other = fc.constantFrom('', '# remark', '#1,2', '   ');
  fc.assert(
    fc.property(fc.array(fc.oneof(good, other), { maxLength: 20 }), (lines) => {
      let text = lines.join('\n');
      const all = parseLines(text).unused;
      for (const [i, { line }] of all.entries()) {
        t.is(markUsed(text, `${line}1`), undefined);
        const marked = markUsed(text, line) as string;
        t.deepEqual(parseLines(marked).unused, all.slice(i + 1));
        t.is(marked.replaceAll('#', ''), text.replaceAll('#', ''));
        text = marked;
      }
      t.is(markUsed(text, ''), undefined);
    }),
  );
});
