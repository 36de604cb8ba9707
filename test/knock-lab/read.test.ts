// The receiver's side of the knock lab: what is said for each reason of docs/protocol.md, and every kind of wrong input.

import test from 'ava';
import fc from 'fast-check';
import { READ_FIELDS, type Read, type ReadField, type ReadForm, readSequence } from '#knock-lab/read.js';
import { describeTried, describeVerdict, nameWindow } from '#knock-lab/words.js';
import { KNOCK, readForm } from './forms.ts';

/** Fails where nothing is read. */
function mustRead(changes: Partial<ReadForm>, nowSeconds = 0): Read {
  const read = readSequence(readForm(changes), nowSeconds);
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return read;
}

for (const { request, ports, unixSeconds, window } of KNOCK.vectors) {
  const { address, port, time } = request;
  test(`the vector for ${address} is read`, (t) => {
    const source = address === 'source' ? '198.51.100.1' : address;
    const { verdict } = mustRead({ ports: ports.join(','), source, moment: `${unixSeconds}`, allowed: `22, ${port}` });
    t.like(verdict, { kind: 'accepted', request: { claimedAddress: address, port, time, window } });
  });
}

const OTHER_SECRET = 'A'.repeat(43);
const [, SOURCE_VECTOR, IPV6_VECTOR] = KNOCK.vectors;
const SOURCE_KNOCKS = { ports: SOURCE_VECTOR?.ports.join(' ') ?? '', allowed: '443' };
const IPV6_KNOCKS = { ports: IPV6_VECTOR?.ports.join(' ') ?? '', allowed: '51820' };

const SAID: readonly [what: string, changes: Partial<ReadForm>, title: string, text: RegExp][] = [
  [
    'its own window',
    {},
    'Accepted. Open port 22 for 203.0.113.7, with no time limit.',
    /^The key of this window fits, and so does the address: the knocks come from it\. It is accepted once/,
  ],
  [
    'a sender that is behind',
    { moment: '1800000030' },
    'Accepted. Open port 22 for 203.0.113.7, with no time limit.',
    /^The key of the previous window/,
  ],
  [
    'a sender that is ahead',
    { moment: '1799999999' },
    'Accepted. Open port 22 for 203.0.113.7, with no time limit.',
    /^The key of the next window/,
  ],
  [
    'source',
    SOURCE_KNOCKS,
    'Accepted. Close port 443 for the address that the knocks come from.',
    /; “the address they come from” is 203\.0\.113\.7\./,
  ],
  [
    'source, where it must not',
    { ...SOURCE_KNOCKS, trustSource: false },
    'Rejected: it says “the address I come from”.',
    /port 443 fit, but this client has to name its address/,
  ],
  [
    'another address',
    { source: '198.51.100.1' },
    'Rejected: it names another address than it comes from.',
    /the block names 203\.0\.113\.7, and the knocks come from 198\.51\.100\.1/,
  ],
  [
    'another address of IPv6',
    { ...IPV6_KNOCKS, source: '2001:db8::8' },
    'Rejected: it names another address than it comes from.',
    /an address that cannot be read back/,
  ],
  [
    'another address, where it may',
    { source: '198.51.100.1', openForOther: true },
    'Accepted. Open port 22 for 203.0.113.7, with no time limit.',
    /may open for others: the knocks come from 198\.51\.100\.1/,
  ],
  [
    'a port that is not on the list',
    { allowed: '' },
    'Denied: the port is not on its list.',
    /“Open port 22 for 203\.0\.113\.7, with no time limit\.” But the client may not open port 22\./,
  ],
  ['a clock behind', { moment: '1800000600' }, 'Rejected: its clock is off.', /port 22, .* about 10 minutes behind/],
  ['a clock ahead', { moment: '1799999910' }, 'Rejected: its clock is off.', /about 90 seconds ahead/],
  ['a clock too far off', { moment: '1800000660' }, 'Rejected: no key fits.', /ten minutes/],
  ['another secret', { secret: OTHER_SECRET }, 'Rejected: no key fits.', /Another secret/],
  ['another server id', { serverId: 'gw' }, 'Rejected: no key fits.', /another server id/],
  ['another order', { ports: '821 945 985 863 840 934 913 880' }, 'Rejected: no key fits.', /out of order/],
];

for (const [what, changes, title, text] of SAID) {
  test(`said: ${what}`, (t) => {
    const words = describeVerdict(mustRead(changes));
    t.is(words.title, title);
    t.regex(words.text, text);
    t.is(words.isGood, title.startsWith('Accepted.'));
  });
}

test('what the key of each window makes of it', (t) => {
  const { tried } = mustRead({});
  t.deepEqual(tried.map(nameWindow), ['59999999, previous', '60000000, own', '60000001, next']);
  t.deepEqual(tried.map(describeTried), [
    'noise: the check is wrong',
    'the check is right, port 22',
    'noise: the check is wrong',
  ]);
});

test('before the first window there is none', (t) => {
  t.deepEqual(
    mustRead({ moment: '0' }).tried.map(({ offset }) => offset),
    [0, 1],
  );
});

test('a port of 0 is noise, too', (t) => {
  const block = new Uint8Array(8);
  t.is(describeTried({ window: 1, offset: 0, block, check: 'port-zero' }), 'noise: port 0');
});

const OUTSIDE = 'must be from 745 to 1000, unlike ';
const WRONG: readonly (readonly [field: ReadField, text: string, message: string | RegExp])[] = [
  ['secret', '', 'must be 43 characters of base64url, not 0'],
  ['serverId', '', 'must be 1 to 64 bytes as UTF-8, not 0'],
  ['basePort', '0', 'must be a whole number from 1 to 65280'],
  ...['', 'source', '203.0.113.7/24'].map((text) => ['source', text, 'must be an IPv4 or IPv6 address'] as const),
  ['source', '0.0.0.0', 'must not be 0.0.0.0'],
  ['source', 'fe80::1%2', 'must not have a zone: leave out the part from % on'],
  ['ports', '', 'must be eight ports, not 0'],
  ['ports', '945 821 985 863 840 934 913', 'must be eight ports, not 7'],
  ['ports', '945 821 985 863 840 934 913 880 1', 'must be eight ports, not 9'],
  ['ports', '944.5 821 985 863 840 934 913 22', `${OUTSIDE}944.5, 22: a knock outside counts for nothing`],
  ['ports', '744 1001 745 1000 800 800 800 800', `${OUTSIDE}744, 1001: a knock outside counts for nothing`],
  [
    'ports',
    `${'9'.repeat(99)} 745 745 745 745 745 745 745`,
    `${OUTSIDE}999999999999…: a knock outside counts for nothing`,
  ],
  ['moment', 'soon', /^must be “now”, unix seconds/],
  ...['0', '65536', '22-25', 'ssh'].map(
    (text) => ['allowed', text, 'must be ports from 1 to 65535, with spaces or commas between them'] as const,
  ),
];

for (const [field, text, message] of WRONG) {
  test(`wrong: ${field} ${JSON.stringify(text.slice(0, 40))}`, (t) => {
    const read = readSequence(readForm({ [field]: text }), 0);
    const [problem, ...others] = read.ok ? [] : read.problems;
    t.deepEqual([problem?.field, others], [field, []]);
    if (typeof message === 'string') t.is(problem?.message, message);
    else t.regex(problem?.message ?? '', message);
  });
}

test('every field can be wrong, and all of them are told at once, in the order of the form', (t) => {
  t.deepEqual([...new Set(WRONG.map(([field]) => field))].sort(), [...READ_FIELDS].sort());
  const read = readSequence(
    readForm(Object.fromEntries(READ_FIELDS.map((field) => [field, field === 'allowed' ? 'x' : '']))),
    0,
  );
  t.deepEqual(read.ok ? [] : read.problems.map(({ field }) => field), READ_FIELDS);
});

test('ports out of range are told beside a wrong secret', (t) => {
  const read = readSequence(readForm({ secret: '', ports: '1 2 3 4 5 6 7 8' }), 0);
  t.deepEqual(read.ok ? [] : read.problems.map(({ field }) => field), ['secret', 'ports']);
});

test('whatever is typed, nothing is thrown', (t) => {
  const known = Object.values(readForm()).filter((value) => typeof value === 'string');
  const anyText = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...known));
  const texts = Object.fromEntries(READ_FIELDS.map((field) => [field, anyText])) as Record<
    ReadField,
    fc.Arbitrary<string>
  >;
  const knocks = fc
    .array(fc.integer({ min: 745, max: 1000 }), { minLength: 8, maxLength: 8 })
    .map((ports) => ports.join(' '));
  const form = fc.oneof(
    fc.record({ ...texts, trustSource: fc.boolean(), openForOther: fc.boolean() }),
    fc.record({ ports: knocks, trustSource: fc.boolean(), openForOther: fc.boolean() }).map(readForm),
  );
  fc.assert(
    fc.property(form, (typed) => {
      const read = readSequence(typed, 1_800_000_000);
      return read.ok ? describeVerdict(read).text.length > 0 : read.problems.length > 0;
    }),
  );
  t.pass();
});
