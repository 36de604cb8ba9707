// Who may import what: as docs/architecture.md says it, in "One importer for each dangerous thing" and in "The daemon's folders".

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PAGE = readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8');
const DAEMON = 'packages/daemon/src/';

/** What the page calls a library, where that is not what is imported. */
const SPECIFIERS: Readonly<Record<string, string>> = {
  '@noble/ciphers': '@noble/ciphers/aes.js',
  'MD5, SHA-1 (@noble/hashes)': '@noble/hashes/legacy.js',
};

interface Import {
  readonly file: string;
  /** As it stands there. */
  readonly what: string;
}

const files = ['cli', 'client', 'codec', 'daemon'].flatMap((name) => {
  const folder = join('packages', name, 'src');
  const names = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' });
  return names.filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts')).map((file) => join(folder, file));
});
const imports: readonly Import[] = files.flatMap((file) => {
  const text = readFileSync(join(ROOT, file), 'utf8').replaceAll(/^\s*(?:\/\/|\*).*$/gm, '');
  const found = text.matchAll(/(?:\bfrom|\bimport|\bimport\(|\brequire\()\s*['"]([^'"]+)['"]/g);
  return [...found].map(([, what = '']) => ({ file, what }));
});

/** The cells of a table's rows, those of the head left out. */
function rowsUnder(heading: string): string[][] {
  const section = PAGE.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('| '));
  return rows.slice(1).map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

const words = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word);

test('each dangerous library has the importers that the page names, and no others', (t) => {
  const rows = rowsUnder('One importer for each dangerous thing');
  t.true(rows.length > 7);
  for (const [library = '', importers = ''] of rows) {
    const wanted = SPECIFIERS[library] ?? library;
    const actual = imports.filter(({ what }) => what === wanted).map(({ file }) => file);
    const named = words(importers).map((file) => `packages/${file}`);
    t.deepEqual([...new Set(actual)].sort(), named.sort(), library);
  }
});

/** From which folder of the daemon to which; '' is none. */
const folderOf = (file: string) => (file.startsWith(DAEMON) ? dirname(file.slice(DAEMON.length)).split('/')[0] : '');
const edges = imports.flatMap(({ file, what }) => {
  if (!file.startsWith(DAEMON) || !what.startsWith('.')) return [];
  const [from = '', to = ''] = [folderOf(file), folderOf(normalize(join(dirname(file), what)))];
  return from === to || from === '.' || to === '.' ? [] : [{ from, to, file }];
});

test('the folders of the daemon import from those that the page names', (t) => {
  const rows = rowsUnder("The daemon's folders");
  t.true(rows.length > 12);
  const named = new Map(rows.map(([folder = '', , , from = '']) => [words(folder)[0]?.slice(0, -1), words(from)]));
  for (const { from, to, file } of edges) {
    t.true(named.get(from)?.includes(`${to}/`), `${file} imports from ${to}/, which docs/architecture.md does not say`);
  }
  for (const [folder, others] of named) {
    const actual = new Set(edges.filter(({ from }) => from === folder).map(({ to }) => `${to}/`));
    t.deepEqual([...(others ?? [])].sort(), [...actual].sort(), folder);
  }
});

test('nothing that decides depends on what acts, listens, or is asked', (t) => {
  const core = ['packet', 'recognise', 'authorise'];
  const rest = ['act', 'capture', 'commands', 'control', 'metrics', 'native', 'service', 'store'];
  t.deepEqual(
    edges.filter(({ from, to }) => core.includes(from) && rest.includes(to)),
    [],
  );
});
