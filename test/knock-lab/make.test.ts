// The sender's side of the knock lab: vectors, and every kind of wrong input.

import { formatAddress, parseAddress } from '@eightknock/codec';
import test from 'ava';
import fc from 'fast-check';
import { EXAMPLES, READ_EXAMPLE } from '#knock-lab/examples.js';
import { handOver } from '#knock-lab/hand-over.js';
import { toHex } from '#knock-lab/hex.js';
import { MAKE_FIELDS, type Made, type MakeField, type MakeForm, makeSequence } from '#knock-lab/make.js';
import { readSequence } from '#knock-lab/read.js';
import { describeRequest, describeValidity, describeWindow } from '#knock-lab/words.js';
import { KNOCK, makeForm, readForm } from './forms.ts';

const SECRET_LENGTH = 'must be 43 characters of base64url, not 5';

/** Fails where nothing is made. */
function mustMake(form: MakeForm, nowSeconds = 0): Made {
  const made = makeSequence(form, nowSeconds);
  if (!made.ok) throw new Error(JSON.stringify(made.problems));
  return made;
}

for (const [i, vector] of KNOCK.vectors.entries()) {
  const { request, nonce, window, windowKey, block, cipher, ports } = vector;
  test(`example ${i + 1} is the vector of the protocol, with every step of it`, (t) => {
    const made = mustMake(EXAMPLES[i] as MakeForm);
    const bytes = [made.windowKey, made.block, made.cipher].map(toHex);
    t.deepEqual(bytes, [windowKey, block, cipher]);
    t.like(made, { request, nonce, window, ports, basePort: KNOCK.basePort, serverId: KNOCK.serverId });
  });
}

test('there are as many examples as vectors, and the other side has the first of them', (t) => {
  t.is(EXAMPLES.length, KNOCK.vectors.length);
  const form = EXAMPLES[0] as MakeForm;
  const handed = handOver(form, mustMake(form), READ_EXAMPLE);
  t.deepEqual(handed, { ...READ_EXAMPLE, moment: form.moment });
});

test('what is said of a vector', (t) => {
  const made = mustMake(makeForm());
  const { address, port, time } = made.request;
  t.is(describeRequest(address, port, time), 'Open port 22 for 203.0.113.7, with no time limit.');
  t.is(
    describeWindow(made),
    'Window 60000000: 2027-01-15 08:00:00 to 08:00:30 UTC. A server takes it while its clock is between 07:59:30 and 08:01:00, once.',
  );
  const said = [1799999969.5, 1799999970, 1800000059.5, 1800000060, 1800003660].map((now) =>
    describeValidity(made, now),
  );
  t.deepEqual(said, [
    'That begins in 1 second.',
    'Still valid for 90 seconds.',
    'Still valid for 1 second.',
    'That has been over for 0 seconds.',
    'That has been over for 60 minutes.',
  ]);
  t.is(describeRequest('source', 443, 255), 'Close port 443 for the address that the knocks come from.');
  t.is(describeRequest('::1', 1, 1), 'Open port 1 for ::1, for 1 minute.');
});

test('“now” is the clock, and spaces around what is typed do not matter', (t) => {
  const { secret, host } = makeForm();
  const spaced = makeForm({
    moment: ' Now ',
    secret: ` ${secret}\n`,
    host: ` ${host} `,
    address: ' SOURCE ',
    port: '022',
  });
  t.like(mustMake(spaced, 1_800_000_000), { window: 60_000_000, request: { address: 'source', port: 22 }, host });
});

test('spaces of a server id do', (t) => {
  const { serverId } = makeForm();
  t.notDeepEqual(mustMake(makeForm({ serverId: ` ${serverId}` })).ports, mustMake(makeForm()).ports);
});

const DATES = [
  '2027-01-15 08:00:00',
  '2027-01-15T08:00:00Z',
  '2027-01-15t08:00z',
  '2027-01-15 08:00:00 UTC',
  '1800000029.75',
];
for (const moment of DATES) {
  test(`a moment: ${moment}`, (t) => t.is(mustMake(makeForm({ moment })).window, 60_000_000));
}

test('the first moment and the last one', (t) => {
  t.deepEqual(mustMake(makeForm({ moment: '0' })).taken, { from: 0, until: 60 });
  const last = mustMake(makeForm({ moment: '9999-12-31 23:59:59' }));
  t.regex(describeWindow(last), /^Window \d+: 9999-12-31 23:59:30 to 00:00:00 UTC\. /);
});

const WRONG: readonly (readonly [field: MakeField, text: string, message: string, also?: Partial<MakeForm>])[] = [
  ['secret', 'short', SECRET_LENGTH],
  ['secret', '', 'must be 43 characters of base64url, not 0'],
  ['secret', 'é'.repeat(43), 'must have only the characters A–Z a–z 0–9 - _'],
  ['secret', 'A'.repeat(42).concat('B'), 'must end in a character whose two last bits are zero: is it copied whole?'],
  ['serverId', '', 'must be 1 to 64 bytes as UTF-8, not 0'],
  ['serverId', 'é'.repeat(33), 'must be 1 to 64 bytes as UTF-8, not 66'],
  ['serverId', '\ud800', 'must be well-formed Unicode'],
  ...['', '0', '65281', '-1', '7.5', '1e3', 'x'].map(
    (text) => ['basePort', text, 'must be a whole number from 1 to 65280'] as const,
  ),
  ...['', 'gw.example.net', '203.0.113', '010.0.0.1', 'sources'].map(
    (text) => ['address', text, 'must be an IPv4 or IPv6 address, or “source”'] as const,
  ),
  ['address', 'fe80::1%eth0', 'must not have a zone: leave out the part from % on'],
  ['address', '0.0.0.0', 'must not be 0.0.0.0: write “source”'],
  ...['', '0', '65536', '-22', '٢٢', '99999999999'].map(
    (text) => ['port', text, 'must be a whole number from 1 to 65535'] as const,
  ),
  ...['', '0', '255', '1.5'].map(
    (text) => ['minutes', text, 'must be a whole number from 1 to 254', { duration: 'minutes' }] as const,
  ),
  ...['', '-1', '16', 'f'].map((text) => ['nonce', text, 'must be a whole number from 0 to 15'] as const),
  ...['', 'later', '-1', '2027-02-30 08:00', '2027-01-15', '2027-01-15 25:00', '253402300800', '9999999999999'].map(
    (text) =>
      ['moment', text, 'must be “now”, unix seconds, or a date and time in UTC such as 2027-01-15 08:00:00'] as const,
  ),
  ...['', 'two words', 'a_b!', '-x'].map((text) => ['host', text, 'must be a host name or an address'] as const),
];

for (const [field, text, message, also] of WRONG) {
  test(`wrong: ${field} ${JSON.stringify(text)}`, (t) => {
    t.deepEqual(makeSequence(makeForm({ ...also, [field]: text }), 0), { ok: false, problems: [{ field, message }] });
  });
}

test('every field can be wrong, and all of them are told at once, in the order of the form', (t) => {
  t.deepEqual([...new Set(WRONG.map(([field]) => field))].sort(), [...MAKE_FIELDS].sort());
  const empty = Object.fromEntries(MAKE_FIELDS.map((field) => [field, '']));
  const made = makeSequence(makeForm({ ...empty, duration: 'minutes' }), 0);
  t.deepEqual(made.ok ? [] : made.problems.map(({ field }) => field), MAKE_FIELDS);
});

test('minutes count only where they are asked for', (t) => {
  t.is(mustMake(makeForm({ minutes: 'x', duration: 'close' })).request.time, 255);
  t.is(mustMake(makeForm({ minutes: '254', duration: 'minutes' })).request.time, 254);
});

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(...Object.values(makeForm()), ...DATES, '65280'),
);

test('whatever is typed, nothing is thrown, and no message shows the secret', (t) => {
  const form = fc.record(
    Object.fromEntries(MAKE_FIELDS.map((field) => [field, anyText])) as Record<MakeField, fc.Arbitrary<string>>,
  );
  fc.assert(
    fc.property(form, fc.constantFrom('minutes', 'unlimited', 'close'), (texts, duration) => {
      const made = makeSequence({ ...texts, duration }, 1_800_000_000);
      if (made.ok) return describeWindow(made).length > 0;
      const { secret } = texts;
      return made.problems.every(({ message }) => secret.length < 20 || !message.includes(secret));
    }),
  );
  t.pass();
});

test('what is made is read back, in the window before and after, too, and not later', (t) => {
  const form = fc.record({
    address: fc.oneof(
      fc.oneof(fc.ipV4(), fc.ipV6()).filter((text) => formatAddress(parseAddress(text)) !== '0.0.0.0'),
      fc.constant('source'),
    ),
    port: fc.integer({ min: 1, max: 65535 }).map(String),
    minutes: fc.integer({ min: 1, max: 254 }).map(String),
    duration: fc.constantFrom('minutes', 'unlimited', 'close'),
    nonce: fc.integer({ min: 0, max: 15 }).map(String),
    serverId: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }),
    basePort: fc.integer({ min: 1, max: 65280 }).map(String),
    moment: fc.integer({ min: 60, max: 4_000_000_000 }).map(String),
  }) satisfies fc.Arbitrary<Partial<MakeForm>>;
  fc.assert(
    fc.property(form, fc.integer({ min: -1, max: 1 }), (changes, windows) => {
      const typed = makeForm(changes);
      const made = mustMake(typed);
      const handed = { ...handOver(typed, made, readForm()), allowed: typed.port };
      const heard = readSequence({ ...handed, moment: `${Number(typed.moment) + 30 * windows}` }, 0);
      t.true(heard.ok);
      if (!heard.ok || heard.verdict.kind !== 'accepted') return t.fail(JSON.stringify(heard));
      const { claimedAddress, port, time, window } = heard.verdict.request;
      t.deepEqual({ address: claimedAddress, port, time }, made.request);
      t.is(window, made.window);
      const late = readSequence({ ...handed, moment: `${Number(typed.moment) + 60}` }, 0);
      t.like(late, { verdict: { kind: 'clock-off', seconds: -60, port } });
    }),
    { numRuns: 60 },
  );
});
