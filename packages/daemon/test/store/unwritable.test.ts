// A store that cannot be written: full, or read-only. Knocks are refused and nothing is half done; what is open is known,
// and when there is room again all is as it was. The disks are small tmpfs and need root.

import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { Problem } from '#src/config/problem.js';
import { beginMemory } from '#src/store/claim-memory.js';
import { openDatabase } from '#src/store/database.js';
import { migrate } from '#src/store/migrations.js';
import { openStore } from '#src/store/open-store.js';
import { SqliteStore, type StoreLimits } from '#src/store/sqlite-store.js';
import { claimOf, folder, grantFor, NOW, OPEN, openAt, problemsOf, WINDOW } from './opening.js';

const diskTest = process.getuid?.() === 0 ? test.serial : test.serial.skip;
const MINUTE = 60_000;

/** A store whose database may have so many pages more than it has now. */
function bounded(
  pages: number,
  limits: Partial<StoreLimits> = {},
): { readonly store: SqliteStore; readonly allow: (more: number) => void } {
  const database = openDatabase(':memory:');
  migrate(database);
  beginMemory(database, -1);
  const store = new SqliteStore(database, limits, NOW);
  const allow = (more: number) => {
    const now = Number(database.pragma('page_count', { simple: true }));
    database.pragma(`max_page_count = ${now + more}`, { simple: true });
  };
  allow(pages);
  return { store, allow };
}

/** Claims until one is refused. @returns how many were taken */
function claimUntilFull(t: ExecutionContext, store: SqliteStore, from = 0): number {
  for (let i = from; i < from + 100_000; i++) {
    const answer = store.claim(claimOf(i), grantFor(i & 0xffff, { endMs: NOW + MINUTE }), NOW);
    if (answer === 'claimed') continue;
    t.is(answer, 'store-unwritable');
    return i;
  }
  throw new Error('it was never full');
}

test('full: the claim is refused, nothing of it is there, and reading goes on; with room it is taken', (t) => {
  const { store, allow } = bounded(2);
  const taken = claimUntilFull(t, store);
  t.true(taken > 10);
  const condition = store.condition();
  t.regex(condition.writable ? '' : condition.message, /full.*SQLITE_FULL/);
  t.is(store.countGrants(NOW), taken);
  t.is(store.openDoors(NOW).length, taken);
  t.is(store.audit({ limit: 10_000 }).length, taken);
  t.is(store.claim(claimOf(0), OPEN, NOW), 'replay', 'what was taken is remembered');
  t.false(store.condition().writable, 'a question that needs no writing changes nothing');
  t.is(store.claim(claimOf(taken), OPEN, NOW), 'store-unwritable', 'and what was not can be asked again');
  allow(100);
  t.is(store.claim(claimOf(taken), OPEN, NOW), 'claimed');
  t.deepEqual(store.condition(), { writable: true });
});

test('full: what was refused is not counted against the bounds', (t) => {
  const taken = claimUntilFull(t, bounded(2).store);
  const { store, allow } = bounded(2, { maxClaims: taken + 5 });
  t.is(claimUntilFull(t, store), taken);
  for (let i = 0; i < 10; i++) t.is(store.claim(claimOf(taken), OPEN, NOW), 'store-unwritable');
  allow(100);
  for (let i = 0; i < 5; i++) t.is(store.claim(claimOf(taken + i), OPEN, NOW), 'claimed');
  t.is(store.claim(claimOf(taken + 5), OPEN, NOW), 'store-full');
  t.deepEqual(store.condition(), { writable: true });
});

test('full: what waits for the trail waits on, within its bound', (t) => {
  const { store, allow } = bounded(0);
  for (let i = 0; i < 1005; i++) store.record({ timeMs: NOW, event: 'denied', reason: 'x'.repeat(200) });
  store.flush(NOW);
  t.false(store.condition().writable);
  t.is(store.droppedEntries, 5);
  t.deepEqual(store.audit({ limit: 10_000 }), []);
  allow(1000);
  store.flush(NOW);
  t.deepEqual(store.condition(), { writable: true });
  t.is(store.audit({ limit: 10_000 }).length, 1000);
});

test('full: a flush without anything to write tries whether there is room again', (t) => {
  const { store, allow } = bounded(1);
  claimUntilFull(t, store);
  store.flush(NOW);
  t.deepEqual(store.condition(), { writable: true }, 'this row is there already');
  allow(0);
});

test('a store that is closed refuses, and throws nothing', (t) => {
  const { store } = bounded(100);
  store.claim(claimOf(1), OPEN, NOW);
  store.close();
  store.close();
  t.is(store.claim(claimOf(2), OPEN, NOW), 'store-unwritable');
  t.is(store.revoke({}, 'x', NOW), 'store-unwritable');
  t.deepEqual(store.audit({ limit: 1 }), []);
  store.record({ timeMs: NOW, event: 'failed' });
  store.shiftEnds(5);
  store.flush(NOW);
  t.false(store.condition().writable);
});

/** A disk of its own, so small. */
function disk(t: ExecutionContext, options: string): string {
  const path = folder(t);
  execFileSync('/usr/bin/mount', ['-t', 'tmpfs', '-o', `mode=700,${options}`, 'none', path]);
  t.teardown(() => spawnSync('/usr/bin/umount', ['-l', path]));
  return path;
}

diskTest("as the daemon's user with files of root: whose they are, and how he gets them", (t) => {
  const [stateDir, user] = [folder(t), 65_533];
  openAt(stateDir).close();
  chownSync(stateDir, user, user);
  const program = `
    const { openStore } = await import(${JSON.stringify(import.meta.resolve('#src/store/open-store.js'))});
    console.log(JSON.stringify(openStore({ stateDir: ${JSON.stringify(stateDir)}, nowMs: ${NOW} }).problems));`;
  const as = [`--reuid=${user}`, `--regid=${user}`, '--clear-groups'];
  const node = [process.execPath, '--input-type=module', '-e', program];
  const problems = (): Problem[] =>
    JSON.parse(execFileSync('/usr/bin/setpriv', [...as, ...node], { encoding: 'utf8' }));
  const file = join(stateDir, 'state.db');
  t.like(problems(), [{ file, hint: `as root: chown 65533 ${file}` }]);
  t.regex(problems()[0]?.expected ?? '', /SQLITE_CANTOPEN/);
  chownSync(file, user, user);
  writeFileSync(`${file}-wal`, '', { mode: 0o600 });
  t.like(problems(), [{ file, hint: `as root: chown 65533 ${file}-wal` }]);
  for (const mode of [0o700, 0o755]) {
    chownSync(stateDir, 0, 0);
    chmodSync(stateDir, mode);
    const expected = 'a folder in which the user who runs this may write';
    t.like(problems(), [{ path: 'state_dir', expected, hint: `as root: chown -R 65533 ${stateDir}` }]);
  }
});

diskTest(
  'a full disk: refused, then as before; after a restart all that was claimed is there, and nothing else',
  (t) => {
    const root = disk(t, 'size=2m');
    const stateDir = join(root, 'state');
    const store = openAt(stateDir);
    t.is(store.claim(claimOf(0), grantFor(0, { endMs: NOW + MINUTE }), NOW), 'claimed');
    spawnSync('/usr/bin/dd', ['if=/dev/zero', `of=${root}/full`, 'bs=4096']);
    const taken = claimUntilFull(t, store, 1);
    t.is(store.countGrants(NOW), taken);
    store.shiftEnds(1000);
    t.is(store.revoke({ address: '10.0.0.0' }, 'x', NOW), 'store-unwritable');
    t.is(store.countGrants(NOW), taken);
    rmSync(join(root, 'full'));
    store.flush(NOW);
    t.deepEqual(store.condition(), { writable: true });
    t.is(store.claim(claimOf(taken), grantFor(taken), NOW), 'claimed');
    store.close();
    const again = openAt(stateDir, NOW + 1000);
    t.is(again.countGrants(NOW), taken + 1);
    t.is(again.damagedRows, 0);
    t.deepEqual(again.doorState({ address: '10.0.0.0', protocol: 'tcp', port: 22 }, NOW), {
      open: true,
      client: 'alice',
      endMs: NOW + MINUTE + 1000,
    });
    for (let i = 0; i <= taken; i++) t.is(again.claim(claimOf(i), OPEN, NOW), 'replay');
    again.close();
  },
);

diskTest('a disk that is full at the start: the store is read, and knocks are refused until there is room', (t) => {
  const root = disk(t, 'size=1m');
  const stateDir = join(root, 'state');
  const before = openAt(stateDir);
  before.claim(claimOf(1), OPEN, NOW);
  before.close();
  spawnSync('/usr/bin/dd', ['if=/dev/zero', `of=${root}/full`, 'bs=4096']);
  const store = openAt(stateDir);
  t.is(store.countGrants(NOW), 1);
  t.is(store.claim(claimOf(2), OPEN, NOW), 'store-unwritable');
  t.is(store.claim(claimOf(1), OPEN, NOW), 'replay');
  rmSync(join(root, 'full'));
  t.is(store.claim(claimOf(2), OPEN, NOW), 'claimed');
  store.close();
});

diskTest('a disk that is full at the first start, or with a damaged store: it says so, and changes nothing', (t) => {
  const root = disk(t, 'size=64k');
  const stateDir = join(root, 'state');
  mkdirSync(stateDir, { mode: 0o700 });
  writeFileSync(join(stateDir, 'state.db'), 'damaged', { mode: 0o600 });
  spawnSync('/usr/bin/dd', ['if=/dev/zero', `of=${root}/full`, 'bs=4096']);
  const [problem, ...more] = problemsOf(openStore({ stateDir, nowMs: NOW }));
  t.regex(problem?.expected ?? '', /can be read and written, but: .*(full|no space)/i);
  t.deepEqual(more, []);
  t.true(readdirSync(stateDir).includes('state.db'), 'what is there stays until the new one is whole');
  rmSync(join(stateDir, 'state.db'));
  rmSync(join(stateDir, 'state.db.new'), { force: true });
  spawnSync('/usr/bin/dd', ['if=/dev/zero', `of=${root}/full`, 'bs=4096', 'oflag=append', 'conv=notrunc']);
  t.regex(problemsOf(openStore({ stateDir, nowMs: NOW }))[0]?.expected ?? '', /but: .*(full|no space)/i);
  rmSync(join(root, 'full'));
  const store = openAt(stateDir);
  t.is(store.claim(claimOf(1), OPEN, NOW), 'claimed', 'there never was one');
  store.close();
});

for (const wal of [false, true]) {
  diskTest(
    `a read-only disk at the start, ${wal ? 'after a kill' : 'closed in order'}: what is open is known, knocks are refused`,
    (t) => {
      const root = disk(t, 'size=2m');
      const first = openAt(join(root, 'first'));
      first.claim(claimOf(1), OPEN, NOW);
      first.claim(claimOf(2), grantFor(2, { endMs: NOW + MINUTE }), NOW);
      // With its -wal it is as a kill leaves it.
      const stateDir = join(root, 'state');
      execFileSync('/usr/bin/cp', ['-r', join(root, 'first'), stateDir]);
      first.close();
      if (!wal) openAt(stateDir).close();
      t.is(existsSync(join(stateDir, 'state.db-wal')), wal);
      execFileSync('/usr/bin/mount', ['-o', 'remount,ro', root]);
      const store = openAt(stateDir);
      t.is(store.countGrants(NOW), 2);
      t.is(store.claim(claimOf(3), OPEN, NOW), 'store-unwritable');
      t.is(store.claim(claimOf(1), OPEN, NOW), 'replay');
      t.is(store.audit({ limit: 10 }).length, 2);
      const condition = store.condition();
      t.regex(condition.writable ? '' : condition.message, /read-only at the start/);
      t.deepEqual(
        readdirSync('/dev/shm').filter((name) => name.startsWith('knockdaemon-')),
        [],
      );
      t.true('problems' in openStore({ stateDir, nowMs: NOW }), 'it is locked all the same');
      store.close();
      execFileSync('/usr/bin/mount', ['-o', 'remount,rw', root]);
      const again = openAt(stateDir);
      t.is(again.claim(claimOf(3), OPEN, NOW), 'claimed');
      again.close();
    },
  );
}

diskTest('a read-only disk with a damaged store, or with none: it says so', (t) => {
  const root = disk(t, 'size=1m');
  const damaged = join(root, 'damaged');
  for (const dir of [damaged, join(root, 'empty')]) mkdirSync(dir, { mode: 0o700 });
  writeFileSync(join(damaged, 'state.db'), 'hello '.repeat(1000), { mode: 0o600 });
  execFileSync('/usr/bin/mount', ['-o', 'remount,ro', root]);
  for (const name of ['damaged', 'empty', 'missing']) {
    const [problem, ...more] = problemsOf(openStore({ stateDir: join(root, name), nowMs: NOW }));
    t.regex(problem?.expected ?? '', /but: .*(EROFS|ENOENT|read-only)/, name);
    t.deepEqual(more, []);
  }
});

test('a clock that is set while nothing can be written: the ends are right at once, and on disk when it can', (t) => {
  const { store, allow } = bounded(1);
  const taken = claimUntilFull(t, store);
  allow(0);
  store.shiftEnds(3_600_000);
  t.is(store.countGrants(NOW + 3_600_000), taken);
  allow(100);
  t.is(store.claim(claimOf(taken, WINDOW + 120), OPEN, NOW + 3_600_000), 'claimed');
  t.deepEqual(store.condition(), { writable: true });
  t.is(store.countGrants(NOW + 3_600_000), taken + 1);
});
