// One piece at a time: what is made, what is left alone, what is put beside.

import { chmod, chown, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { installPiece, type Piece } from '#src/service/install-files.js';
import { temporaryFolder } from '../config/sample.ts';

const FILE: Piece = { kind: 'file', path: '/etc/a/b/file', mode: 0o640, text: 'text\n' };
const FOLDER: Piece = { kind: 'folder', path: '/etc/a/folder', mode: 0o750 };

async function put(t: ExecutionContext, dryRun = false) {
  const root = await temporaryFolder(t);
  return { root, at: (path: string) => join(root, path), target: { root, dryRun } };
}

async function modeOf(path: string): Promise<string> {
  return ((await stat(path)).mode & 0o7777).toString(8);
}

for (const umask of [0o000, 0o777]) {
  test.serial(`made with their modes under umask ${umask.toString(8)}, and the folders above them`, async (t) => {
    const { at, target } = await put(t);
    const before = process.umask(umask);
    const results = [await installPiece(FILE, target), await installPiece(FOLDER, target)];
    process.umask(before);
    t.deepEqual(results, [
      { path: FILE.path, done: 'written' },
      { path: FOLDER.path, done: 'made' },
    ]);
    t.deepEqual(await Promise.all(['/etc', '/etc/a/b', FILE.path, FOLDER.path].map((path) => modeOf(at(path)))), [
      '755',
      '755',
      '640',
      '750',
    ]);
    t.is(await readFile(at(FILE.path), 'utf8'), 'text\n');
    t.deepEqual(await readdir(at('/etc/a/b')), ['file']);
  });
}

test('a second time nothing is done', async (t) => {
  const { at, target } = await put(t);
  for (const piece of [FILE, FOLDER]) await installPiece(piece, target);
  const before = await stat(at(FILE.path));
  for (const piece of [FILE, FOLDER])
    t.deepEqual(await installPiece(piece, target), { path: piece.path, done: 'kept' });
  const after = await stat(at(FILE.path));
  t.deepEqual([after.ino, after.ctimeMs], [before.ino, before.ctimeMs]);
});

test('a dry run says the same and touches nothing', async (t) => {
  const { root, target } = await put(t, true);
  t.is((await installPiece(FILE, target)).done, 'written');
  t.is((await installPiece(FOLDER, target)).done, 'made');
  t.deepEqual(await readdir(root), []);
});

test('a file that differs stays; the new one is put beside it, each time anew', async (t) => {
  const { at, target } = await put(t);
  await installPiece({ ...FILE, text: 'mine\n' }, target);
  for (const text of ['text\n', 'newer\n']) {
    t.deepEqual(await installPiece({ ...FILE, text }, target), { path: FILE.path, done: 'beside' });
    t.is(await readFile(at(`${FILE.path}.new`), 'utf8'), text);
    t.is(await modeOf(at(`${FILE.path}.new`)), '640');
  }
  t.is(await readFile(at(FILE.path), 'utf8'), 'mine\n');
  t.deepEqual((await readdir(at('/etc/a/b'))).sort(), ['file', 'file.new']);
});

test('beside it in a dry run: nothing is written', async (t) => {
  const { root, at, target } = await put(t);
  await installPiece({ ...FILE, text: 'mine\n' }, target);
  t.is((await installPiece(FILE, { root, dryRun: true })).done, 'beside');
  t.deepEqual(await readdir(at('/etc/a/b')), ['file']);
});

test("a file that is the administrator's is not even compared", async (t) => {
  const { at, target } = await put(t);
  await installPiece({ ...FILE, text: 'mine\n' }, target);
  t.is((await installPiece({ ...FILE, keep: true }, target)).done, 'kept');
  t.deepEqual(await readdir(at('/etc/a/b')), ['file']);
});

test('a mode that lets in more than was meant is told, and left', async (t) => {
  const { at, target } = await put(t);
  for (const piece of [FILE, FOLDER]) await installPiece(piece, target);
  await chmod(at(FILE.path), 0o644);
  await chmod(at(FOLDER.path), 0o700);
  t.deepEqual(await installPiece(FILE, target), { path: FILE.path, done: 'kept', differs: { mode: 0o644 } });
  t.deepEqual(await installPiece(FOLDER, target), { path: FOLDER.path, done: 'kept' }, 'one that lets in less is not');
  t.is(await modeOf(at(FILE.path)), '644');
});

const asRoot = process.geteuid?.() === 0 ? test : test.skip;

asRoot('made for their owner (needs root)', async (t) => {
  const { at, target } = await put(t);
  const owner = { uid: 4321, gid: 5432 };
  for (const piece of [FILE, FOLDER]) {
    await installPiece({ ...piece, owner }, target);
    const { uid, gid } = await stat(at(piece.path));
    t.deepEqual([uid, gid], [4321, 5432]);
  }
  t.is((await stat(at('/etc/a'))).uid, 0, 'the folders above are not');
});

asRoot('another owner is told, and left (needs root)', async (t) => {
  const { at, target } = await put(t);
  const piece = { ...FOLDER, owner: { uid: 4321, gid: 5432 } };
  await installPiece(piece, target);
  await chown(at(FOLDER.path), 0, 5432);
  t.deepEqual((await installPiece(piece, target)).differs, { owner: { uid: 0, gid: 5432 } });
  t.is((await stat(at(FOLDER.path))).uid, 0);
});

for (const [title, piece, obstacle] of [
  ['a link in the place of a file', FILE, (place: string) => symlink('/etc/passwd', place)],
  ['a link in the place of a folder', FOLDER, (place: string) => symlink('/etc', place)],
  ['a folder in the place of a file', FILE, (place: string) => mkdir(place)],
  ['a file in the place of a folder', FOLDER, (place: string) => writeFile(place, '')],
] as const) {
  test(`${title} is an error, and left`, async (t) => {
    const { at, target } = await put(t);
    await mkdir(at('/etc/a/b'), { recursive: true });
    await obstacle(at(piece.path));
    await t.throwsAsync(installPiece(piece, target), { message: `${at(piece.path)} is not a ${piece.kind}` });
  });
}

test('what a run that was killed left behind is replaced', async (t) => {
  const { at, target } = await put(t);
  await mkdir(at('/etc/a/b'), { recursive: true });
  await writeFile(at('/etc/a/b/.file.unfinished'), 'half');
  t.is((await installPiece(FILE, target)).done, 'written');
  t.deepEqual(await readdir(at('/etc/a/b')), ['file']);
});
