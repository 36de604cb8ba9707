import test from 'ava';
import fc from 'fast-check';
import { parseStatus } from '#src/capture/status.js';

const good = [
  { state: 'capturing', linkType: 'RAW' },
  { state: 'failed', failure: 'denied', message: 'no' },
  { state: 'dropped', counts: { short: 3 } },
] as const;
for (const status of good) {
  test(`a ${status.state} line is read`, (t) =>
    t.deepEqual<object | undefined, object>(parseStatus(JSON.stringify(status)), status));
}

const bad = [
  '',
  'null',
  '{}',
  '{"state":"other"}',
  '{"state":"capturing"}',
  '{"state":"capturing","linkType":"RAW","more":1}',
  `{"state":"capturing","linkType":"${'x'.repeat(65)}"}`,
  '{"state":"failed","failure":"other"}',
  '{"state":"dropped","counts":{"short":-1}}',
  '{"state":"dropped","counts":{"short":1.5}}',
];
for (const line of bad) test(`no status: ${line.slice(0, 60)}`, (t) => t.is(parseStatus(line), undefined));

test('no text makes it throw', (t) => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (line) => void parseStatus(line)));
  t.pass();
});
