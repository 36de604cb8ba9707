import test from 'ava';
import fc from 'fast-check';
import { hideSecrets, looksLikeSecret } from '#src/like-a-secret.js';
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

test('hideSecrets takes it out and leaves the rest', (t) => {
  t.is(hideSecrets(`--key ${'aA0_'.repeat(11)} x ${'b'.repeat(35)}`), `--key … x ${'b'.repeat(35)}`);
});
