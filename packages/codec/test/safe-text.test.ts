import test from 'ava';
import fc from 'fast-check';
import { escapeControls, escapeUnsafe, makeSafe, showName, showValue } from '#src/index.js';

const SECRET = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8';

const shows = test.macro({
  title: (given) => `showValue: ${given}`,
  exec(t, value: unknown, expected: string) {
    t.is(showValue(value), expected);
  },
});

test('nothing', shows, undefined, 'missing');
test('a text', shows, 'tcp/22', '"tcp/22"');
test('quotes and line breaks', shows, 'a"\n', '"a\\"\\n"');
test('a long text', shows, 'ab '.repeat(30), `"${'ab '.repeat(20)}…"`);
test('a secret', shows, SECRET, 'a text of 43 characters');
test('a secret with a slip', shows, `${SECRET.slice(0, 20)} ${SECRET.slice(21)}`, 'a text of 43 characters');
test('a link', shows, `eightknock://h?secret=${SECRET}`, 'a text of 65 characters');
test('C1 and direction marks', shows, '\u009b\u202e\u061c\u200e\u200f', '"\\u009b\\u202e\\u061c\\u200e\\u200f"');
test('a number', shows, 1.5, '1.5');
test('a bigint', shows, 2n ** 63n, '9223372036854775808');
test('an array', shows, [SECRET], 'an array');
test('an empty array', shows, [], 'an empty array');
test('a table', shows, { secret: SECRET }, 'a table');

test('showName: whole, in one line, never a secret', (t) => {
  const long = `gw-${'long-'.repeat(11)}name.example.net`;
  t.is(showName(long), `"${long}"`);
  t.is(showName('a\u009b"\n'), '"a\\u009b\\"\\n"');
  t.is(showName(SECRET), 'a text of 43 characters');
});

test('escapeControls leaves ordinary names alone', (t) => {
  t.is(escapeControls('/etc/a "b"\\c/ä.toml'), '/etc/a "b"\\c/ä.toml');
  t.is(escapeControls('a\u001b[2Jb\n\u0085'), 'a\\u001b[2Jb\\n\\u0085');
});

test('any text is shown in one line without control characters', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const shown = showValue(text) + escapeControls(text) + makeSafe(text);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
      t.notRegex(shown, /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/);
    }),
  );
});

test('makeSafe takes out what could be a secret as well', (t) => {
  t.is(makeSafe(`no "file"\u009b ${SECRET}`), 'no "file"\\u009b …');
});

test('what is escaped in JSON reads back as it was', (t) => {
  fc.assert(
    fc.property(fc.json({ stringUnit: 'binary' }), (json) => {
      t.deepEqual(JSON.parse(escapeUnsafe(json)), JSON.parse(json));
    }),
  );
});
