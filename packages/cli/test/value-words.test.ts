// Placeholders → words.

import test from 'ava';
import { readPlaceholder } from '#src/value-words.js';

test('a single word is a kind', (t) => {
  t.deepEqual(readPlaceholder('file'), { placeholder: 'file', literals: [], kinds: ['file'] });
});

test('of several, those in capitals are kinds', (t) => {
  const { literals, kinds } = readPlaceholder('auto|source|ADDRESS');
  t.deepEqual([literals, kinds], [['auto', 'source'], ['address']]);
});

test('choices that commander knows', (t) => {
  const { literals, kinds } = readPlaceholder('shell', ['bash', 'zsh']);
  t.deepEqual([literals, kinds], [['bash', 'zsh'], []]);
});
