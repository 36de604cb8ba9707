// What the pages say is shown by a test is shown by it, every link of theirs leads somewhere, and every command is one.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { shownCommands } from './lab/programs.ts';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');

/** Asked once. */
const COMMANDS = shownCommands();

/** What stands in the blocks of commands of a page; a line that is continued is one. */
function blocksOf(page: string): string {
  const blocks = page.matchAll(/^```(?:sh|console)\b.*\n([\s\S]*?)^```$/gm);
  return [...blocks]
    .map(([, text]) => text)
    .join('')
    .replaceAll(/\\\n\s*/g, '');
}

const rows = [
  ...readFileSync(join(ROOT, 'docs/faults.md'), 'utf8').matchAll(/^\| (.+) \| (.+) \| `([a-z-]+)`: (.+) \|$/gm),
];

test('the table of faults has rows', (t) => t.true(rows.length > 30));

for (const [, fault = '', , file = '', title = ''] of rows) {
  test(`shown: ${fault}`, (t) => {
    const path = ['e2e', 'load'].map((folder) => join(ROOT, 'test', folder, `${file}.test.ts`)).find(existsSync);
    t.truthy(path, `a test file ${file}.test.ts`);
    // Titles are templates here and there: the words count, not what is put in.
    t.true(readFileSync(path as string, 'utf8').includes(title), `a title with "${title}" in ${path}`);
  });
}

const pages = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', ...packageReadmes()].concat(
  readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
);
function packageReadmes(): string[] {
  const names = readdirSync(join(ROOT, 'packages')).map((name) => join('packages', name, 'README.md'));
  return names.filter((name) => existsSync(join(ROOT, name)));
}

for (const page of pages) {
  test(`names in ${page}: npm is asked for no package of ours, which are published nowhere`, (t) => {
    const inLine = /(?<!`)`(?!`)[^`]+`/g;
    const text = readFileSync(join(ROOT, page), 'utf8').replaceAll(inLine, (code) => code.replaceAll('\n', ' '));
    for (const [, rest = ''] of text.matchAll(/\b(?:npm (?:install|i|exec)|npx) ([^`#\n]*)/g)) {
      for (const word of rest.split(/\s+/)) t.notRegex(word, /^(?:knockclient|knockdaemon|@eightknock\/\w+)(?:@|$)/);
    }
    t.pass();
  });

  test(`commands of ${page} exist`, async (t) => {
    const commands = await COMMANDS;
    const text = readFileSync(join(ROOT, page), 'utf8');
    for (const [line, program = '', rest = ''] of blocksOf(text).matchAll(
      /^(?:\$ )?(knock(?:client|daemon))\b([^#\n|>]*)/gm,
    )) {
      const words = rest.trim().split(/\s+/);
      const known = commands.find((command) => command.words[0] === program && command.words[1] === words[0]);
      const used = known ?? commands.find((command) => command.words.length === 1 && command.words[0] === program);
      // A line that a program has written is none that is typed.
      if (rest.startsWith(':')) continue;
      // What follows "--" is not ours.
      const options = words.slice(0, words.indexOf('--') < 0 ? undefined : words.indexOf('--'));
      for (const option of options.filter((word) => /^--\w/.test(word))) {
        const isShownWrong = text.includes(`unknown option "${option}"`);
        t.true(isShownWrong || used?.options.includes(option.replace(/=.*/, '')), line);
      }
      if (program === 'knockdaemon' && /^[a-z]/.test(words[0] ?? '')) t.truthy(known, line);
    }
    t.pass();
  });

  test(`the daemon of ${page} is where the README puts it`, (t) => {
    const text = readFileSync(join(ROOT, page), 'utf8');
    for (const [path] of text.matchAll(/\/usr\/[\w/]*bin\/knockdaemon\b/g)) t.is(path, '/usr/local/sbin/knockdaemon');
    t.pass();
  });

  test(`links of ${page}`, (t) => {
    const text = readFileSync(join(ROOT, page), 'utf8');
    for (const [, target = ''] of text.matchAll(/\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)/g)) {
      t.true(existsSync(join(ROOT, dirname(page), target)), target);
    }
    t.pass();
  });
}
