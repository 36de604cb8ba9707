// What ssh and a shell make of the text is what was put in.

import { execFileSync } from 'node:child_process';
import test from 'ava';
import fc from 'fast-check';
import { formatProxyCommand, quoteWord } from '#src/proxy-command.js';

const numRuns = process.env.SLOW ? 3000 : 150;

/** The words that a shell gives a program. */
function readBack(command: string, shell: string): string[] {
  const text = execFileSync(shell, ['-c', `printf '%s\\0' ${command}`], { encoding: 'utf8' });
  return text.split('\0').slice(0, -1);
}

/** ssh's expansion of TOKENS, as far as it concerns us: an unknown one is an error there. */
function expand(text: string): string {
  return text.replaceAll(/%(.)/gs, (_, token: string) => {
    const value = { '%': '%', h: 'gw.example.net', p: '22' }[token];
    if (value === undefined) throw new Error(`unknown token %${token}`);
    return value;
  });
}

test('plain words stay as they are', (t) => {
  t.is(
    formatProxyCommand(['/usr/bin/node', '/opt/a-b/knockclient.js', 'proxy', '--server=gw']),
    '/usr/bin/node /opt/a-b/knockclient.js proxy --server=gw %h %p',
  );
});

test('others are quoted', (t) => {
  t.is(quoteWord(''), "''");
  t.is(quoteWord('=cat'), "'=cat'");
  t.is(quoteWord("it's"), "'it'\\''s'");
  t.is(formatProxyCommand(['/a b/100%h']), "'/a b/100%%h' %h %p");
});

for (const shell of ['/bin/sh', '/bin/bash']) {
  test(`${shell} reads back every word`, (t) => {
    const character = fc.oneof(
      fc.constantFrom(...' \t\n\'"\\$`%!#&;|<>()*?[]{}~=^'),
      fc.string({ unit: 'grapheme', maxLength: 1 }),
    );
    const word = fc.array(character, { maxLength: 12 }).map((all) => all.join('').replaceAll('\0', ''));
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), (words) => {
        t.deepEqual(readBack(expand(formatProxyCommand(words)), shell), [...words, 'gw.example.net', '22']);
      }),
      { numRuns },
    );
    t.pass();
  });
}
