import { spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { openDatabase } from '#src/store/database.js';
import { SCHEMA_VERSION } from '#src/store/migrations.js';
import { MOST_SET_ASIDE, type OpenedStore, openStore } from '#src/store/open-store.js';
import type { SqliteStore } from '#src/store/sqlite-store.js';
import type { Claim } from '#src/store/store.js';
import { storeContract } from './contract.js';

const NOW = 1_800_000_000_000;
const WINDOW = NOW / 30_000;
const isRoot = process.getuid?.() === 0;

function folder(t?: ExecutionContext): string {
  const path = mkdtempSync(join(tmpdir(), 'eightknock-store-'));
  t?.teardown(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

function storeOf(opened: OpenedStore): SqliteStore {
  if ('problems' in opened) throw new Error(JSON.stringify(opened.problems));
  return opened.store;
}

function problemsOf(opened: OpenedStore) {
  if (!('problems' in opened)) throw new Error('it was opened');
  return opened.problems;
}

function claimOf(number: number, window = WINDOW): Claim {
  const cipher = Uint8Array.of(number >> 24, number >> 16, number >> 8, number, 0, 0, 0, 0);
  return { client: 'alice', window, cipher, sourceAddress: '198.51.100.7' };
}

const ports = [{ protocol: 'tcp', port: 22 }] as const;
const OPEN = { client: 'alice', address: '198.51.100.7', ports, action: 'open', shortened: false } as const;

const folders: string[] = [];
test.after.always(() => {
  for (const path of folders) rmSync(path, { recursive: true, force: true });
});
storeContract('store on disk', () => {
  const path = folder();
  folders.push(path);
  return storeOf(openStore({ stateDir: path, nowMs: NOW }));
});

test('what was claimed, granted and written is there after a restart', (t) => {
  const stateDir = folder(t);
  const before = storeOf(openStore({ stateDir, nowMs: NOW }));
  before.claim(claimOf(1), { ...OPEN, endMs: NOW + 60_000 }, NOW);
  before.claim(claimOf(2), { ...OPEN, address: '2001:db8::7' }, NOW);
  before.record({ timeMs: NOW, event: 'denied', reason: 'replay' });
  before.close();
  const after = storeOf(openStore({ stateDir, nowMs: NOW + 1000 }));
  t.is(after.claim(claimOf(1), OPEN, NOW + 1000), 'replay');
  t.is(after.openDoors(NOW + 1000).length, 2);
  t.is(after.audit({ limit: 10 }).length, 3, 'what waited was written when it was closed');
  after.close();
});

test('folder and files are closed to others, whatever the umask is', (t) => {
  const before = process.umask(0);
  t.teardown(() => process.umask(before));
  const stateDir = join(folder(t), 'a/b');
  const store = storeOf(openStore({ stateDir, nowMs: NOW }));
  store.claim(claimOf(1), OPEN, NOW);
  t.is(statSync(stateDir).mode & 0o777, 0o700);
  for (const name of readdirSync(stateDir)) t.is(statSync(join(stateDir, name)).mode & 0o777, 0o600, name);
  t.true(readdirSync(stateDir).includes('state.db'));
  store.close();
});

const wrong: Readonly<Record<string, readonly [(stateDir: string) => void, RegExp]>> = {
  'a store that others can read': [(dir) => chmodSync(join(dir, 'state.db'), 0o644), /neither group nor others/],
  'a folder that others can write': [(dir) => chmodSync(dir, 0o777), /neither group nor others may write/],
  'a symbolic link in place of the store': [
    (dir) => {
      rmSync(join(dir, 'state.db'));
      symlinkSync('/etc/passwd', join(dir, 'state.db'));
    },
    /a regular file/,
  ],
  'a folder in place of the store': [
    (dir) => {
      rmSync(join(dir, 'state.db'));
      mkdirSync(join(dir, 'state.db'));
    },
    /EISDIR|regular file/,
  ],
  ...(isRoot && {
    'a store of somebody else': [(dir: string) => chownSync(join(dir, 'state.db'), 65534, 65534), /owner who is root/],
    'a folder of somebody else': [(dir: string) => chownSync(dir, 65534, 65534), /owner who is root/],
  }),
};
for (const [title, [spoil, expected]] of Object.entries(wrong)) {
  test(`refused: ${title}`, (t) => {
    const stateDir = folder(t);
    storeOf(openStore({ stateDir, nowMs: NOW })).close();
    spoil(stateDir);
    const [problem, ...more] = problemsOf(openStore({ stateDir, nowMs: NOW }));
    t.regex(problem?.expected ?? '', expected);
    t.deepEqual(more, []);
  });
}

test('refused: a file in place of the folder', (t) => {
  const stateDir = join(folder(t), 'file');
  writeFileSync(stateDir, '');
  t.regex(problemsOf(openStore({ stateDir, nowMs: NOW }))[0]?.expected ?? '', /a folder/);
});

test('a second one on the same folder is refused, and the first goes on', (t) => {
  const stateDir = folder(t);
  const store = storeOf(openStore({ stateDir, nowMs: NOW }));
  const [problem] = problemsOf(openStore({ stateDir, nowMs: NOW }));
  t.regex(problem?.expected ?? '', /another one is running/);
  t.is(store.claim(claimOf(1), OPEN, NOW), 'claimed');
  store.close();
  storeOf(openStore({ stateDir, nowMs: NOW })).close();
});

test('a store of a newer program is refused and not touched', (t) => {
  const stateDir = folder(t);
  storeOf(openStore({ stateDir, nowMs: NOW })).close();
  const file = join(stateDir, 'state.db');
  const database = openDatabase(file);
  database.exec(`PRAGMA user_version = ${SCHEMA_VERSION + 1}`);
  database.close();
  const before = readFileSync(file);
  const [problem] = problemsOf(openStore({ stateDir, nowMs: NOW }));
  t.is(problem?.value, `version ${SCHEMA_VERSION + 1}`);
  t.true(before.equals(readFileSync(file)));
  t.deepEqual(readdirSync(stateDir), ['state.db']);
});

const damages: Readonly<Record<string, (file: string) => void>> = {
  'no database at all': (file) => writeFileSync(file, 'hello '.repeat(1000)),
  'cut to nothing': (file) => writeFileSync(file, ''),
  'cut in the middle': (file) => writeFileSync(file, readFileSync(file).subarray(0, 5000)),
  'a page of zeros': (file) => writeFileSync(file, readFileSync(file).fill(0, 4096, 8192)),
  'another program’s database': (file) => {
    rmSync(file);
    writeFileSync(file, '', { mode: 0o600 });
    const database = openDatabase(file);
    database.exec('CREATE TABLE claims (x); CREATE TABLE other (y)');
    database.close();
  },
  'a table is missing': (file) => {
    const database = openDatabase(file);
    database.exec('DROP TABLE grants');
    database.close();
  },
  'what is forgotten is forgotten': (file) => {
    const database = openDatabase(file);
    database.exec('DELETE FROM meta');
    database.close();
  },
};
for (const [title, damage] of Object.entries(damages)) {
  test(`damaged: ${title}: set aside, and nothing of the windows until now is accepted`, (t) => {
    const stateDir = folder(t);
    const file = join(stateDir, 'state.db');
    const before = storeOf(openStore({ stateDir, nowMs: NOW }));
    for (let i = 0; i < 200; i++) before.claim(claimOf(i), { ...OPEN, address: `10.0.1.${i}` }, NOW);
    before.close();
    damage(file);
    const damaged = readFileSync(file);

    const opened = openStore({ stateDir, nowMs: NOW + 1000 });
    const store = storeOf(opened);
    const { path = '' } = ('setAside' in opened && opened.setAside) || {};
    t.is(path, join(stateDir, 'state.db.corrupt-20270115T080001Z'));
    const isDatabase = title === 'another program’s database' || damaged.length === 0;
    if (!isDatabase) t.true(damaged.equals(readFileSync(path)), 'kept as it was');
    t.deepEqual(store.openDoors(NOW + 1000), []);
    t.is(store.claim(claimOf(1), OPEN, NOW + 1000), 'window-not-remembered');
    t.is(store.claim(claimOf(999), OPEN, NOW + 1000), 'window-not-remembered');
    t.is(store.claim(claimOf(1, WINDOW + 1), OPEN, NOW + 1000), 'claimed');
    store.close();
    const again = openStore({ stateDir, nowMs: NOW + 2000 });
    t.false('setAside' in again, 'once is enough');
    t.is(storeOf(again).claim(claimOf(998), OPEN, NOW + 2000), 'window-not-remembered', 'remembered for good');
    storeOf(again).close();
  });
}

test('damaged stores that are kept are bounded, and none is overwritten', (t) => {
  const stateDir = folder(t);
  for (let i = 0; i < MOST_SET_ASIDE + 3; i++) {
    writeFileSync(join(stateDir, 'state.db'), `damaged ${i}`, { mode: 0o600 });
    storeOf(openStore({ stateDir, nowMs: NOW + Math.floor(i / 2) * 1000 })).close();
  }
  const kept = readdirSync(stateDir).filter((name) => name.includes('corrupt'));
  t.is(kept.length, MOST_SET_ASIDE);
  t.is(new Set(kept.map((name) => readFileSync(join(stateDir, name), 'utf8'))).size, MOST_SET_ASIDE);
});

test('a file whose bytes were changed at random: never an exception, a grant that was not given, a replay', (t) => {
  const stateDir = folder(t);
  const file = join(stateDir, 'state.db');
  const before = storeOf(openStore({ stateDir, nowMs: NOW }));
  for (let i = 0; i < 60; i++) before.claim(claimOf(i), { ...OPEN, address: `10.0.1.${i}` }, NOW);
  before.close();
  const whole = readFileSync(file);
  const given = new Set(Array.from({ length: 60 }, (_, i) => `10.0.1.${i}`));
  const change = fc.record({ at: fc.nat(whole.length - 1), byte: fc.nat(255) });
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), fc.option(fc.nat(whole.length)), (changes, cut) => {
      const bytes = Buffer.from(whole);
      for (const { at, byte } of changes) bytes[at] = byte;
      rmSync(stateDir, { recursive: true });
      mkdirSync(stateDir, { mode: 0o700 });
      writeFileSync(file, cut === null ? bytes : bytes.subarray(0, cut), { mode: 0o600 });
      const opened = openStore({ stateDir, nowMs: NOW });
      if ('problems' in opened) return opened.problems.every(({ value }) => value?.startsWith('version ') === true);
      const { store } = opened;
      const doors = store.openDoors(NOW);
      const spent = Array.from({ length: 60 }, (_, i) => store.claim(claimOf(i), OPEN, NOW));
      store.close();
      // A byte within a value is not noticed by SQLite: the address may be another one, yet no more than were given.
      const lost = doors.filter(({ address }) => !given.has(address)).length;
      return (
        lost <= changes.length &&
        doors.length <= 60 &&
        spent.filter((one) => one === 'claimed').length <= changes.length
      );
    }),
    { numRuns: process.env.SLOW ? 20_000 : 150 },
  );
  t.pass();
});

test('killed in the middle of its work: what was claimed is there, and every grant has its claim', async (t) => {
  const stateDir = folder(t);
  const program = join(dirname(fileURLToPath(import.meta.url)), '../faults/claim-until-killed.js');
  for (let round = 0; round < 3; round++) {
    const child = spawn(process.execPath, [program, stateDir, String(round)], { stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    await new Promise<void>((resolve) => {
      child.stdout.on('data', (chunk: Buffer) => {
        said += chunk;
        if (said.split('\n').length > 40) child.kill('SIGKILL');
      });
      child.on('close', () => resolve());
    });
    const claimed = said.split('\n').slice(0, -1).map(Number);
    t.true(claimed.length >= 40);
    const store = storeOf(openStore({ stateDir, nowMs: NOW }));
    for (const i of claimed) t.is(store.claim(claimOf(i), OPEN, NOW), 'replay', `claim ${i}`);
    const opened = store.audit({ limit: 10_000 }).length;
    t.is(store.countGrants(NOW), opened, 'claim, grant and trail are one');
    store.close();
  }
  t.true(existsSync(join(stateDir, 'state.db')));
});
