import test from 'ava';
import fc from 'fast-check';
import { parseStatus } from '#src/capture/status.js';

const good = [
  { state: 'capturing', linkType: 'RAW', confined: true },
  { state: 'capturing', linkType: 'ETHERNET', confined: false, message: 'no table for the architecture riscv64' },
  { state: 'failed', failure: 'denied', message: 'no' },
  { state: 'alive', dropped: {} },
  { state: 'alive', dropped: { short: 3, kernel: 12 } },
  { state: 'alive', dropped: { overload: 8 }, passing: 0.125, blocked: 16 },
] as const;
for (const status of good) {
  const line = JSON.stringify(status);
  test(`a line: ${line}`, (t) => t.deepEqual<object | undefined, object>(parseStatus(line), status));
}

const bad = [
  '',
  'null',
  '{}',
  '{"state":"other"}',
  '{"state":"capturing"}',
  '{"state":"capturing","linkType":"RAW"}',
  '{"state":"capturing","linkType":"RAW","confined":true,"more":1}',
  '{"state":"capturing","linkType":"FDDI","confined":true}',
  `{"state":"capturing","linkType":"RAW","confined":false,"message":"${'x'.repeat(1025)}"}`,
  '{"state":"failed","failure":"other"}',
  '{"state":"alive"}',
  '{"state":"alive","dropped":{},"passing":0}',
  '{"state":"alive","dropped":{},"passing":1.5}',
  '{"state":"alive","dropped":{},"passing":1,"blocked":17}',
  '{"state":"alive","dropped":{"short":-1}}',
  '{"state":"alive","dropped":{"short":1.5}}',
  '{"state":"alive","dropped":{"short":1000000001}}',
  '{"state":"alive","dropped":{"a name of its own":1}}',
];
for (const line of bad) test(`no status: ${line.slice(0, 60)}`, (t) => t.is(parseStatus(line), undefined));

test('a message cannot write to a terminal', (t) => {
  const message = 'one\n\u001b[31mtwo\u009b\u202e';
  const status = parseStatus(JSON.stringify({ state: 'failed', failure: 'other', message }));
  t.deepEqual(status, { state: 'failed', failure: 'other', message: 'one\\n\\u001b[31mtwo\\u009b\\u202e' });
});

const NUM_RUNS = process.env.SLOW ? 1_000_000 : 5000;
const names = fc.constantFrom('state', 'linkType', 'confined', 'failure', 'message', 'dropped', 'short', '__proto__');
const values = fc.oneof(
  fc.constantFrom('capturing', 'failed', 'alive', 'RAW', 'other', true, 1, -1, 1e300),
  fc.string(),
);
const like = fc
  .dictionary(names, fc.oneof(values, fc.dictionary(names, values)))
  .map((object) => JSON.stringify(object));

test('no text makes it throw, and what it gives is one of ours', (t) => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json(), like), (line) => {
      const status = parseStatus(line);
      return status === undefined || ['capturing', 'failed', 'alive'].includes(status.state);
    }),
    { numRuns: NUM_RUNS },
  );
  t.pass();
});
