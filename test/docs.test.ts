// What the pages say is shown by a test is shown by it, and every link of theirs leads somewhere.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');

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

const pages = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md'].concat(
  readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
);
for (const page of pages) {
  test(`links of ${page}`, (t) => {
    const text = readFileSync(join(ROOT, page), 'utf8');
    for (const [, target = ''] of text.matchAll(/\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)/g)) {
      t.true(existsSync(join(ROOT, dirname(page), target)), target);
    }
    t.pass();
  });
}
