// The manual pages as a reader gets them: what --help says, in the words of --help, and nothing a formatter complains of.

import { mkdir, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { ROOT } from '../lab/page-commands.ts';
import { programFolder, shownCommands } from '../lab/programs.ts';
import { mustRun, run } from '../lab/run.ts';

const COMMANDS = await shownCommands();
const PAGES = ['knockclient.1', 'knockdaemon.8'];

/** Makes the pages in a folder of the test, in one such as man looks for. @returns their files by name */
async function makePages(t: ExecutionContext, env: Record<string, string> = {}): Promise<Record<string, string>> {
  const { folder } = await programFolder(t);
  await mustRun(process.execPath, [join(ROOT, 'tools/man-pages.mjs'), folder], { env });
  const files = PAGES.map(async (page) => {
    const section = join(folder, `man${page.at(-1)}`);
    await mkdir(section);
    await rename(join(folder, page), join(section, page));
    return [page, join(section, page)] as const;
  });
  return Object.fromEntries(await Promise.all(files));
}

/** Reads a page, without breaks within words. */
function read(file: string): Promise<string> {
  return mustRun('/usr/bin/man', ['--local-file', '--no-hyphenation', '--no-justification', '--warnings', file], {
    env: { MANWIDTH: '500', LC_ALL: 'C.UTF-8' },
  });
}

/** The part of a page that is about a command: its own, or that of the program itself. */
function partOf(page: string, words: readonly string[]): string {
  const [, name] = words;
  const parts = name === undefined ? page.split(/^(?=OPTIONS$)/m)[1]?.split(/^(?=COMMANDS$)/m) : undefined;
  return parts?.[0] ?? page.split(/^(?= {3}\S|[A-Z])/m).find((part) => part.startsWith(`   ${name}\n`)) ?? '';
}

const squeeze = (text: string) => text.replaceAll(/\s+/g, ' ').trim();

test('--quiet leaves nothing that the command cannot be asked for', (t) => {
  const texts = COMMANDS.flatMap(({ words, help, options }) => {
    const [text] = /--quiet [\s\S]*?(?=\n {0,4}-|\n\n|$)/.exec(help) ?? [];
    return text === undefined ? [] : [{ words, options, text }];
  });
  t.true(texts.length > 5);
  for (const { words, options, text } of texts) {
    const named = [...text.matchAll(/--[\w-]+/g)].map(([option]) => option);
    t.deepEqual(
      named.filter((option) => !options.includes(option)),
      [],
      words.join(' '),
    );
  }
});

test('every option and argument of the help is on the page, in the same words', async (t) => {
  const files = await makePages(t);
  const pages = new Map<string, string>();
  for (const [name, file] of Object.entries(files)) pages.set(name.split('.')[0] ?? '', await read(file));
  for (const { words, help, options } of COMMANDS) {
    const part = partOf(pages.get(words[0] ?? '') ?? '', words);
    const shown = [...part.matchAll(/^ {5}(?:-\w, )?(--[\w-]+)/gm)].map(([, option]) => option);
    t.deepEqual(shown, [...options], words.join(' '));
    const items = help.split(/^(?:Arguments|Options):\n/m).slice(1);
    const texts = items.flatMap((list) => (list.split(/\n\n/)[0] ?? '').split(/\n(?= {2}\S)/));
    t.true(texts.length > 0);
    for (const text of texts) {
      const [, term = '', meaning = ''] = /^ {2}(\S+(?: \S+)*?) {2,}([\s\S]*)$/.exec(text) ?? [];
      const plain = squeeze(`${term.replaceAll(/[<>]/g, '')} ${meaning}`).toLowerCase();
      t.true(squeeze(part.replaceAll(' ...', '')).toLowerCase().includes(plain), `${words.join(' ')}: ${plain}`);
    }
  }
});

test('the page says what each command is for', async (t) => {
  const files = await makePages(t);
  for (const [name, file] of Object.entries(files)) {
    const program = name.split('.')[0] as string;
    const page = await read(file);
    const [, list = ''] =
      COMMANDS.find(({ words }) => words.length === 1 && words[0] === program)?.help.split('\nCommands:\n') ?? [];
    for (const text of list.split(/\n(?= {2}\S)/)) {
      const [, command = '', meaning = ''] = /^ {2}(\S+)(?: \S+)*? {2,}([\s\S]*)$/.exec(text) ?? [];
      t.true(
        squeeze(partOf(page, [program, command]))
          .toLowerCase()
          .includes(squeeze(meaning).toLowerCase()),
        text,
      );
    }
    for (const section of ['ENVIRONMENT', 'FILES', 'EXIT STATUS', 'EXAMPLES', 'SEE ALSO']) {
      t.true(page.includes(`\n${section}\n`), `${name} ${section}`);
    }
  }
});

test('no formatter has anything to complain of', async (t) => {
  for (const [name, file] of Object.entries(await makePages(t))) {
    const { stdout, stderr } = await run('/usr/bin/mandoc', ['-T', 'lint', file]);
    // Whether other pages are installed here is not the page's affair.
    const complaints = `${stdout}${stderr}`
      .split('\n')
      .filter((line) => line !== '' && !/referenced manual not found|outdated mandoc\.db/.test(line));
    t.deepEqual(complaints, [], `mandoc ${name}`);
    const groff = await run('/usr/bin/groff', ['-ww', '-mandoc', '-Tutf8', file]);
    t.deepEqual([groff.code, groff.stderr], [0, ''], `groff ${name}`);
    const man = await run('/usr/bin/man', ['--local-file', '--warnings=w', file], { env: { LC_ALL: 'C.UTF-8' } });
    t.deepEqual([man.code, man.stderr], [0, ''], `man ${name}`);
  }
});

test('examples use commands and options that exist', async (t) => {
  for (const file of Object.values(await makePages(t))) {
    const [, examples = ''] = (await read(file)).split(/^EXAMPLES$/m);
    const lines = [...examples.matchAll(/\b(knock(?:client|daemon)) ([^&)\n]+)/g)];
    t.true(lines.length > 3);
    for (const [line, program, rest = ''] of lines) {
      const typed = rest.trim().split(' ');
      const known = COMMANDS.find(({ words }) => words[0] === program && words[1] === typed[0]);
      const used = known ?? COMMANDS.find(({ words }) => words[0] === program);
      for (const option of typed.filter((word) => word.startsWith('--'))) t.true(used?.options.includes(option), line);
      if (program === 'knockdaemon') t.truthy(known, line);
    }
  }
});

test('the date is that of the source, so that a page can be made again to the byte', async (t) => {
  const { 'knockclient.1': file = '' } = await makePages(t, { SOURCE_DATE_EPOCH: '1800000000' });
  t.regex(await read(file), /January 15, 2027/);
});

test('packages bring their page', async (t) => {
  for (const [i, name] of ['client', 'daemon'].entries()) {
    const { stdout } = await run('npm', ['pack', '--dry-run', '--json'], {
      cwd: join(ROOT, 'packages', name),
      env: { PATH: process.env.PATH ?? '' },
    });
    const [{ files }] = JSON.parse(stdout.slice(stdout.indexOf('[')));
    const paths = files.map(({ path }: { path: string }) => path);
    t.true(paths.includes(`man/${PAGES[i]}`), name);
    t.true((await readdir(join(ROOT, 'packages', name, 'man'))).includes(PAGES[i] as string));
  }
});
