import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
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
import { openDatabase } from '#src/store/database.js';
import { SCHEMA_VERSION } from '#src/store/migrations.js';
import { openStore } from '#src/store/open-store.js';
import { MAX_SET_ASIDE } from '#src/store/state-files.js';
import { storeContract } from './contract.js';
import { claimOf, folder, NOW, OPEN, openAt, ports, problemsOf, storeOf, WINDOW } from './opening.js';

const isRoot = process.getuid?.() === 0;

const folders: string[] = [];
test.after.always(() => {
  for (const path of folders) rmSync(path, { recursive: true, force: true });
});
storeContract('store on disk', () => {
  const path = mkdtempSync(join(tmpdir(), 'eightknock-store-'));
  folders.push(path);
  return openAt(path);
});

test('what was claimed, granted and written is there after a restart', (t) => {
  const stateDir = folder(t);
  const before = openAt(stateDir);
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

test.serial('folder and files are closed to others and open to us, whatever the umask is', (t) => {
  for (const umask of [0, 0o777]) closedToOthers(t, umask);
});

function closedToOthers(t: ExecutionContext, umask: number): void {
  const stateDir = join(folder(t), umask === 0 ? 'a/b' : '');
  const before = process.umask(umask);
  t.teardown(() => process.umask(before));
  const store = openAt(stateDir);
  store.claim(claimOf(1), OPEN, NOW);
  process.umask(before);
  t.is(statSync(stateDir).mode & 0o777, 0o700);
  for (const name of readdirSync(stateDir)) t.is(statSync(join(stateDir, name)).mode & 0o777, 0o600, name);
  t.deepEqual(readdirSync(stateDir).sort(), ['state.db', 'state.db-wal']);
  store.close();
}

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
  'a -wal that others can read': [(dir) => writeFileSync(join(dir, 'state.db-wal'), ''), /neither group nor others/],
  'a symbolic link in place of the -wal': [
    (dir) => symlinkSync('/etc/passwd', join(dir, 'state.db-wal')),
    /a regular file/,
  ],
  'a symbolic link to nothing in place of a journal': [
    (dir) => symlinkSync(join(dir, 'nothing'), join(dir, 'state.db-journal')),
    /a regular file/,
  ],
  'a folder in place of the store': [
    (dir) => {
      rmSync(join(dir, 'state.db'));
      mkdirSync(join(dir, 'state.db'));
    },
    /regular file/,
  ],
  ...(isRoot && {
    'a store of somebody else': [(dir: string) => chownSync(join(dir, 'state.db'), 65534, 65534), /owner who is root/],
    'a folder of somebody else': [(dir: string) => chownSync(dir, 65534, 65534), /owner who is root/],
  }),
};
for (const [title, [spoil, expected]] of Object.entries(wrong)) {
  test(`refused: ${title}`, (t) => {
    const stateDir = folder(t);
    openAt(stateDir).close();
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
  const store = openAt(stateDir);
  const [problem] = problemsOf(openStore({ stateDir, nowMs: NOW }));
  t.regex(problem?.expected ?? '', /another one is running/);
  t.is(store.claim(claimOf(1), OPEN, NOW), 'claimed');
  store.close();
  openAt(stateDir).close();
});

test('a store of a newer program is refused and not touched', (t) => {
  const stateDir = folder(t);
  openAt(stateDir).close();
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
  'a trigger that somebody has added': (file) => {
    const database = openDatabase(file);
    database.exec('CREATE TRIGGER t AFTER INSERT ON claims BEGIN DELETE FROM claims; END');
    database.close();
  },
  'a version below the first': (file) => {
    const database = openDatabase(file);
    database.exec('PRAGMA user_version = -1');
    database.close();
  },
  'what is forgotten is forgotten': (file) => {
    const database = openDatabase(file);
    database.exec('DELETE FROM memory');
    database.close();
  },
};
for (const [title, damage] of Object.entries(damages)) {
  test(`damaged: ${title}: set aside, and nothing that can have been accepted until now is accepted`, (t) => {
    const stateDir = folder(t);
    const file = join(stateDir, 'state.db');
    const before = openAt(stateDir);
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
    t.is(store.claim(claimOf(1, WINDOW + 1), OPEN, NOW + 1000), 'window-not-remembered', 'a client may be ahead');
    t.is(store.claim(claimOf(1, WINDOW + 2), OPEN, NOW + 30_000), 'claimed');
    store.close();
    const again = openStore({ stateDir, nowMs: NOW + 2000 });
    t.false('setAside' in again, 'once is enough');
    t.is(storeOf(again).claim(claimOf(998), OPEN, NOW + 2000), 'window-not-remembered', 'remembered for good');
    storeOf(again).close();
  });
}

test('damaged stores that are kept are bounded, and none is overwritten', (t) => {
  const stateDir = folder(t);
  for (let i = 0; i < MAX_SET_ASIDE + 3; i++) {
    writeFileSync(join(stateDir, 'state.db'), `damaged ${i}`, { mode: 0o600 });
    storeOf(openStore({ stateDir, nowMs: NOW + Math.floor(i / 2) * 1000 })).close();
  }
  const kept = readdirSync(stateDir).filter((name) => name.includes('corrupt'));
  t.is(kept.length, MAX_SET_ASIDE);
  t.is(new Set(kept.map((name) => readFileSync(join(stateDir, name), 'utf8'))).size, MAX_SET_ASIDE);
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
    const store = openAt(stateDir);
    for (const i of claimed) t.is(store.claim(claimOf(i), OPEN, NOW), 'replay', `claim ${i}`);
    const opened = store.audit({ limit: 10_000 }).length;
    t.is(store.countGrants(NOW), opened, 'claim, grant and trail are one');
    store.close();
  }
  t.true(existsSync(join(stateDir, 'state.db')));
});

/** Starts a process that opens the store and then waits. @returns what it says, and how to end it */
function opener(stateDir: string) {
  const program = join(dirname(fileURLToPath(import.meta.url)), '../faults/open-and-wait.js');
  const child = spawn(process.execPath, [program, stateDir], { stdio: ['pipe', 'pipe', 'inherit'] });
  const answer = new Promise<string>((resolve) => child.stdout.once('data', (said: Buffer) => resolve(String(said))));
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const end = async (how: NodeJS.Signals): Promise<void> => {
    child.kill(how);
    await ended;
  };
  /** They are all there, and begin at the same moment. */
  return { answer, end, begin: () => child.stdin.write('now\n') };
}

for (const existed of [false, true]) {
  test(`four start at the same moment on a folder ${existed ? 'with' : 'without'} a store: one has it, three say why not`, async (t) => {
    const stateDir = folder(t);
    if (existed) openAt(stateDir).close();
    const all = Array.from({ length: 4 }, () => opener(stateDir));
    for (const { begin } of all) begin();
    const answers = await Promise.all(all.map(({ answer }) => answer));
    t.is(answers.filter((answer) => answer === 'open').length, 1, answers.join('; '));
    t.is(answers.filter((answer) => answer.includes('another one is running')).length, 3, answers.join('; '));
    t.true('problems' in openStore({ stateDir, nowMs: NOW }));
    for (const { end } of all) await end('SIGKILL');
    const store = openAt(stateDir);
    t.is(store.claim(claimOf(1), OPEN, NOW), 'claimed', 'the lock goes with the process, and nothing was forgotten');
    store.close();
  });
}

test('who only looks into the file does not open the door for a second daemon', (t) => {
  const stateDir = folder(t);
  const store = openAt(stateDir);
  closeSync(openSync(join(stateDir, 'state.db'), 'r'));
  t.true('problems' in openStore({ stateDir, nowMs: NOW }), 'the lock is on the folder');
  store.close();
});

test('another program cannot write into the file while it is in use, nor read it', (t) => {
  const stateDir = folder(t);
  const store = openAt(stateDir);
  store.claim(claimOf(1), OPEN, NOW);
  const program = join(dirname(fileURLToPath(import.meta.url)), '../faults/look-into-store.js');
  t.regex(spawnSync(process.execPath, [program, stateDir], { encoding: 'utf8' }).stdout, /^SQLITE_BUSY/);
  t.is(store.claim(claimOf(2), OPEN, NOW), 'claimed');
  store.close();
  t.is(spawnSync(process.execPath, [program, stateDir], { encoding: 'utf8' }).stdout, 'ok');
});

test('after a boot with a clock that is behind, a grant lasts as long as it was to last, not for the error of the clock', (t) => {
  const stateDir = folder(t);
  const minute = 60_000;
  const tenDays = 14_400 * minute;
  const first = openAt(stateDir);
  t.is(first.behindMs, 0);
  first.claim(claimOf(1), { ...OPEN, endMs: NOW + minute }, NOW);
  first.claim(claimOf(2), { ...OPEN, address: '10.0.0.2' }, NOW);
  first.close();
  const wrongMs = NOW + 5000 - tenDays;
  const second = openAt(stateDir, wrongMs);
  t.is(second.behindMs, tenDays - 5000);
  const door = { address: OPEN.address, ...ports[0] };
  t.like(second.doorState(door, wrongMs), { open: true, endMs: wrongMs + minute });
  t.deepEqual(second.doorState({ ...door, address: '10.0.0.2' }, wrongMs), { open: true, client: 'alice' });
  // The time is set right: what is left stays what was left.
  second.shiftEnds(tenDays);
  second.close();
  // And once more, with the wrong clock a little later.
  const third = openAt(stateDir, wrongMs + minute);
  const state = third.doorState(door, wrongMs + minute);
  t.true(state.open && (state.endMs ?? 0) - (wrongMs + minute) <= minute);
  third.close();
});
