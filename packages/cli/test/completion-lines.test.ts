// What each shell is told, and that nothing a shell would act on gets there.

import test from 'ava';
import fc from 'fast-check';
import { complete } from '#src/complete.js';
import { formatCompletion, joinBrokenWords } from '#src/completion-lines.js';
import { SHELLS, type Shell } from '#src/shells.js';
import { SAMPLE } from './sample.ts';

function lines(shell: Shell, words: readonly string[], names: readonly string[] = []): string[] {
  const completion = complete(SAMPLE, joinBrokenWords(shell, words));
  return formatCompletion(shell, completion, names, words).split('\n').slice(0, -1);
}

test('a word and its help, as each shell wants it', (t) => {
  t.deepEqual(lines('bash', ['--tr']), ['--transport']);
  t.deepEqual(lines('zsh', ['--tr']), ['--transport:how (default: "tcp")']);
  t.deepEqual(lines('fish', ['--tr']), ['--transport\thow (default: "tcp")']);
});

test('without help there is the word alone; colons are escaped for zsh', (t) => {
  t.deepEqual(lines('zsh', ['remove', ''], ['gw', 'a:b']), ['gw', 'a\\:b']);
  t.deepEqual(lines('fish', ['remove', ''], ['gw', 'a:b']), ['gw', 'a:b']);
});

test('bash breaks words at "=" and ":", and replaces what follows', (t) => {
  t.deepEqual(lines('bash', ['--transport', '=', 'u']), ['udp']);
  t.deepEqual(lines('bash', ['--transport', '=']), ['tcp', 'udp']);
  t.deepEqual(lines('bash', ['--transport=u']), ['--transport=udp']);
  t.deepEqual(lines('zsh', ['--transport=u']), ['--transport=udp']);
  t.deepEqual(lines('bash', ['add', 'gw', 'eightknock', '://', 'x', '--f']), ['--force']);
  t.deepEqual(lines('bash', ['=']), []);
});

test('what the shell finds itself', (t) => {
  for (const shell of SHELLS) {
    t.deepEqual(lines(shell, ['--key-file', '']), [':files']);
    t.deepEqual(lines(shell, ['exec', 'gw', '']), [':programs']);
  }
});

test('names begin with what was typed, and come once', (t) => {
  t.deepEqual(lines('bash', ['remove', 'g'], ['gw', 'home', 'gw']), ['gw']);
});

test('no name a shell would act on, or take for something else', (t) => {
  const names = [
    '$(touch x)',
    '`x`',
    'a b',
    'a;b',
    "a'b",
    'a"b',
    'a\\b',
    'a\nb',
    'a\tb',
    ':files',
    '~',
    '*',
    '',
    'ä',
    '\u001b[2J',
  ];
  for (const shell of SHELLS) t.deepEqual(lines(shell, ['remove', ''], names), []);
  fc.assert(
    fc.property(fc.string(), (name) =>
      lines('fish', ['remove', ''], [name]).every((line) => !/[^\w./@%+=,:-]/.test(line)),
    ),
  );
});
