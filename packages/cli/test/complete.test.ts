// Which words can come next, for a program with one of each.

import test from 'ava';
import fc from 'fast-check';
import { complete, OTHER_PROGRAM } from '#src/complete.js';
import { SAMPLE, sampleWithDefault } from './sample.ts';

const COMMANDS = ['add', 'remove', 'exec', 'log', 'help'];
const OPTIONS = ['--version', '--transport', '--ip', '--key-file', '--wait', '--ipv4', '--help'];

const offers = test.macro({
  title: (given, words: readonly string[]) => given ?? ['knocker', ...words].map((word) => word || "''").join(' '),
  exec(t, words: readonly string[], expected: readonly string[], ...kinds: string[]) {
    const completion = complete(SAMPLE, words);
    t.deepEqual(
      completion.candidates.map(({ word }) => word),
      [...expected],
    );
    t.deepEqual(completion.kinds, kinds);
  },
});

test(offers, [], COMMANDS, 'server');
test(offers, [''], COMMANDS, 'server');
test(offers, ['a'], ['add'], 'server');
test(offers, ['-'], [...OPTIONS, '-V', '-4', '-h']);
test(offers, ['--'], OPTIONS);
test(offers, ['--tr'], ['--transport']);
test(offers, ['--transport', 'tcp', '--tr'], []);
test(offers, ['--transport', ''], ['tcp', 'udp']);
test(offers, ['--transport', 'u'], ['udp']);
test(offers, ['--transport=u'], ['--transport=udp']);
test(offers, ['--ip', ''], ['auto', 'source'], 'address');
test(offers, ['--ip', 's'], ['source'], 'address');
test(offers, ['--key-file', ''], [], 'file');
test(offers, ['--key-file=x'], [], 'file');
test(offers, ['--ipv4=x'], []);
test('an option that does not exist', offers, ['--nosuch', 'x', ''], OPTIONS);
test(offers, ['-4', '--ip'], ['--ip']);
test(offers, ['-4', '--ipv'], []);
test('what an option awaits is its value, whatever it looks like', offers, ['--key-file', '--transport'], [], 'file');
test('a value that may be left out', offers, ['--wait', ''], [], 'seconds');
test('and is left out', offers, ['--wait', '--tr'], ['--transport']);
test('and was left out', offers, ['--wait', '--transport', ''], ['tcp', 'udp']);
test('a value is no argument', offers, ['--key-file', 'add', 'r'], ['remove'], 'server');
test('after the argument there is no command', offers, ['gw', 'r'], []);
test('nothing but options is left', offers, ['gw', ''], [...OPTIONS]);
test('names of commands', offers, ['help', 'r'], ['remove']);
test(offers, ['add', ''], [], 'name');
test(offers, ['add', 'gw', ''], [], 'link');
test(offers, ['add', '--'], ['--ports', '--force', '--help']);
test(offers, ['add', '--force', '--f'], []);
test(offers, ['add', 'gw', 'x', '--f'], ['--force']);
test(offers, ['remove', 'a', 'b', ''], [], 'server');
test(offers, ['log', 'm'], ['many']);
test(offers, ['exec', 'gw', ''], [], OTHER_PROGRAM);
test('options after the first argument are the other program’s', offers, ['exec', 'gw', 'ls', '-'], [], 'file');
test(offers, ['exec', '--h'], ['--help']);
test('after two dashes there are no options', offers, ['--', '--tr'], [], 'server');
test('what is hidden is not offered', offers, ['sec'], [], 'server');

test('options of the command that is run by default, and none twice', (t) => {
  const words = (...typed: string[]) => complete(sampleWithDefault(), typed).candidates.map(({ word }) => word);
  t.deepEqual(words('--'), ['--help', '--test']);
  t.deepEqual(words(''), ['run', 'check']);
  t.deepEqual(words('check', '--'), ['--config', '--help']);
});

test('values that were given are known', (t) => {
  const typed = (...words: string[]) => [...complete(sampleWithDefault(), ['check', ...words, '']).typed];
  t.deepEqual(typed('--config', '/x'), [['--config', '/x']]);
  t.deepEqual(typed('--config=/y'), [['--config', '/y']]);
});

test('any words: no exception, and every candidate goes on from the last word', (t) => {
  const known = [...COMMANDS, ...OPTIONS, '-4', '--', '--ip=', 'gw', ''];
  const words = fc.array(fc.oneof(fc.constantFrom(...known), fc.string()), { maxLength: 6 });
  fc.assert(
    fc.property(words, (typed) => {
      const last = typed.at(-1) ?? '';
      return complete(SAMPLE, typed).candidates.every(({ word }) => word.startsWith(last));
    }),
    { numRuns: process.env.SLOW === '1' ? 100_000 : 2000 },
  );
  t.pass();
});
