import test from 'ava';
import fc from 'fast-check';
import { hideSecrets, looksLikeSecret, nameLooksLikeSecret } from '#src/like-a-secret.js';
import { encodeSecret } from '#src/secret.js';
import { secret } from './arbitraries.ts';

test('a secret, also within a link, with up to five characters that do not belong', (t) => {
  const slip = fc.record({
    at: fc.integer({ min: 1, max: 42 }),
    by: fc.constantFrom('', '/', ' ', '.', 'é', '\n', '"'),
  });
  fc.assert(
    fc.property(secret, fc.array(slip, { maxLength: 5 }), fc.boolean(), (bytes, slips, inLink) => {
      let text = encodeSecret(bytes);
      for (const { at, by } of slips) text = text.slice(0, at) + by + text.slice(at + 1);
      t.true(looksLikeSecret(inLink ? `eightknock://h?secret=${text}` : text), text);
    }),
  );
});

for (const text of [
  '',
  'tcp/22',
  '2027-02-30',
  'gw.example.net',
  '/etc/knockdaemon/clients.d/Some-very-long-Name.toml',
]) {
  test(`no secret: "${text}"`, (t) => t.false(looksLikeSecret(text)));
}

const NAMES = [
  'gw-production-eu-central-1-frankfurt-a',
  'internal-a1b2c3d4e5f60718293a4b5c6d7e8f90-1234567890.eu-west-1.elb.example.net',
  '0b5c1c1e-8a6f-4c57-9f0e-2f2f0a2c7d11',
];
for (const text of NAMES) {
  test(`a name: "${text}"`, (t) => {
    t.false(looksLikeSecret(text));
    t.false(nameLooksLikeSecret(text));
    t.is(hideSecrets(`host ${text}.`), `host ${text}.`);
  });
}

test('keys in hexadecimal and base32 are no names', (t) => {
  for (const text of ['0123456789abcdef'.repeat(4), 'abcdefghijklmnopqrstuvwxyz234567'.repeat(2)]) {
    t.true(looksLikeSecret(text));
    t.is(hideSecrets(text), '…');
  }
});

test('where a name is known to be one, it may have capitals', (t) => {
  for (const text of ['Office.Gateway.Frankfurt.Datacenter.North1', 'GW.Office-Berlin.Example-Company.Example.Net']) {
    t.true(looksLikeSecret(text));
    t.false(nameLooksLikeSecret(text));
  }
});

test('a secret is hidden where a name is expected, too: whole, with one slip, as a part of a name', (t) => {
  const slip = fc.tuple(fc.integer({ min: 0, max: 42 }), fc.constantFrom('', '.', '-', 'a', ' '));
  fc.assert(
    fc.property(secret, fc.option(slip), fc.constantFrom('', '.example.net', '.toml'), (bytes, slipped, end) => {
      const whole = encodeSecret(bytes);
      const [at, by] = slipped ?? [43, ''];
      // Of a hundred thousand secrets that are cut in two, one has a longer part without capitals.
      fc.pre(/[A-Z_]/.test(at > 21 ? whole.slice(0, at) : whole.slice(at + 1)));
      const text = `${whole.slice(0, at)}${by}${whole.slice(at + 1)}${end}`;
      t.true(nameLooksLikeSecret(text), text);
      if (slipped === null) t.false(hideSecrets(`host ${text} x`).includes(whole.slice(0, 8)));
    }),
    { numRuns: process.env.SLOW === '1' ? 1_000_000 : 10_000 },
  );
});

test('hideSecrets takes it out and leaves the rest', (t) => {
  t.is(hideSecrets(`--key ${'aA0_'.repeat(11)} x ${'b'.repeat(35)}`), `--key … x ${'b'.repeat(35)}`);
});
