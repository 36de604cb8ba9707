// What must be on the disk before anything is done for it: whoever is told that a sequence is claimed, or that a file is
// replaced, finds it so when the power goes at that moment. No power is cut here: the calls that bring it to the disk are seen.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { openDatabase } from '#src/store/database.js';
import { temporaryFolder } from '../config/sample.js';

/** From test/build/store/. */
const SOURCE = fileURLToPath(new URL('../../faults/disk-calls.c', import.meta.url));
const PROGRAM = fileURLToPath(new URL('../faults/write-and-say.js', import.meta.url));

/** Lines from one on to another, without the folder. */
function between(lines: readonly string[], first: string, last: string): string[] {
  return lines.slice(lines.indexOf(first) + 1, lines.indexOf(last));
}

test('a claim and a replaced file are on the disk before the caller is told', async (t) => {
  const folder = await temporaryFolder(t);
  const library = join(folder, 'disk-calls.so');
  execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', library, SOURCE, '-ldl']);
  const seen = join(folder, 'seen');
  execFileSync(process.execPath, [PROGRAM, folder], { env: { LD_PRELOAD: library, DISK_CALLS: seen } });
  const lines = readFileSync(seen, 'utf8').replaceAll(`${folder}/`, '').replaceAll(folder, '.').trim().split('\n');

  const claiming = between(lines, 'claim', 'claimed');
  t.is(claiming[0], 'sync state/state.db-wal', 'from then on it is not lost any more');
  t.is(claiming.at(-1), 'sync state/state.db', 'and needs no -wal any more');

  const replacing = between(lines, 'replace', 'replaced').map((line) => line.replace(/[0-9a-f]{12}/, 'BESIDE'));
  t.deepEqual(replacing, ['sync .once.BESIDE', 'rename .once.BESIDE once', 'sync .']);
});

for (const [pragma, value] of [
  ['synchronous', 2],
  ['journal_mode', 'wal'],
  ['locking_mode', 'exclusive'],
  ['wal_autocheckpoint', 1],
  ['trusted_schema', 0],
  ['cell_size_check', 1],
] as const) {
  test(`a database of ours has ${pragma} = ${value}`, async (t) => {
    const database = openDatabase(join(await temporaryFolder(t), 'some.db'));
    t.teardown(() => database.close());
    t.is(database.pragma(pragma, { simple: true }), value);
  });
}
