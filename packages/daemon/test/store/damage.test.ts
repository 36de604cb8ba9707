// Files of the store that were changed at random or by somebody: never an exception, never a grant that was not given,
// never a sequence accepted a second time. The border itself, a row, is tried with more inputs in rows.test.ts.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { openDatabase } from '#src/store/database.js';
import { openStore } from '#src/store/open-store.js';
import { auditValues, claimValues, grantValues } from '#src/store/rows.js';
import { SqliteStore } from '#src/store/sqlite-store.js';
import type { LiveGrant } from '#src/store/store.js';
import { claimOf, folder, grantFor, NOW, OPEN, openAt, storeOf, WINDOW } from './opening.js';

const CLAIMS = 150;
const FILES = ['state.db', 'state.db-wal'];

/** A store with so many claims and grants, and its files as a kill leaves them: the database and its -wal. */
function filled(t: ExecutionContext): { readonly files: Map<string, Buffer>; readonly given: Set<string> } {
  const stateDir = folder(t);
  const store = openAt(stateDir);
  for (let i = 0; i < CLAIMS; i++) {
    store.claim(claimOf(i), grantFor(i, i % 3 === 0 ? {} : { endMs: NOW + 60_000 + i }), NOW);
  }
  for (let i = 0; i < 40; i++) store.record({ timeMs: NOW, event: 'denied', client: `client-${i}`, reason: 'replay' });
  store.revoke({ address: '10.0.0.5' }, 'x', NOW);
  const given = new Set(
    store
      .openDoors(NOW)
      .map((door) => JSON.stringify(door))
      .sort(),
  );
  // Not read in this process: to close the file would give up the lock.
  const copies = folder(t);
  execFileSync('/usr/bin/cp', [...FILES.map((name) => join(stateDir, name)), copies]);
  store.close();
  return { files: new Map(FILES.map((name) => [name, readFileSync(join(copies, name))])), given };
}

/** Opens a store of these files. @returns what is wrong with what it says */
function faultOf(stateDir: string, files: ReadonlyMap<string, Buffer>, given: ReadonlySet<string>): string | undefined {
  rmSync(stateDir, { recursive: true, force: true });
  mkdirSync(stateDir, { mode: 0o700 });
  for (const [name, bytes] of files) writeFileSync(join(stateDir, name), bytes, { mode: 0o600 });
  const opened = openStore({ stateDir, nowMs: NOW });
  // A changed version number is that of a later program.
  if ('problems' in opened) {
    return opened.problems.every(({ value }) => value?.startsWith('version ')) ? undefined : 'a problem';
  }
  const { store } = opened;
  try {
    const foreign = store.openDoors(NOW).find((door) => !given.has(JSON.stringify(door)));
    if (foreign) return `a grant that was not given: ${JSON.stringify(foreign)}`;
    for (let i = 0; i < CLAIMS; i++) {
      if (store.claim(claimOf(i), { ...OPEN, action: 'close' }, NOW) === 'claimed') return `claim ${i} again`;
    }
    store.audit({ limit: 10_000 });
    store.revoke({ client: 'alice' }, 'x', NOW);
    store.flush(NOW + 1000);
    return undefined;
  } finally {
    store.close();
  }
}

test('every bit of the header: no exception, no grant that was not given, no replay', (t) => {
  const { files, given } = filled(t);
  const whole = files.get('state.db') ?? Buffer.alloc(0);
  const stateDir = folder(t, existsSync('/dev/shm') ? '/dev/shm' : undefined);
  for (let bit = 0; bit < 100 * 8; bit += process.env.SLOW ? 1 : 3) {
    const bytes = Buffer.from(whole);
    bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    t.is(faultOf(stateDir, new Map([['state.db', bytes]]), given), undefined, `bit ${bit}`);
  }
});

test('random bytes, cuts and zeros in database and -wal (whole files, hundreds; thousands with SLOW)', (t) => {
  const { files, given } = filled(t);
  const stateDir = folder(t, existsSync('/dev/shm') ? '/dev/shm' : undefined);
  const at = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  const change = fc.record({
    file: fc.constantFrom(...FILES),
    kind: fc.constantFrom('byte', 'byte', 'byte', 'zeros', 'cut', 'gone'),
    at,
    byte: fc.nat(255),
    length: fc.nat(5000),
  });
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), (changes) => {
      const changed = new Map([...files].map(([name, bytes]) => [name, Buffer.from(bytes)]));
      for (const { file, kind, at: part, byte, length } of changes) {
        const bytes = changed.get(file);
        if (!bytes || bytes.length === 0) continue;
        const i = Math.floor(part * bytes.length);
        if (kind === 'byte') bytes[i] = byte;
        if (kind === 'zeros') bytes.fill(0, i, Math.min(bytes.length, i + length));
        if (kind === 'cut') changed.set(file, bytes.subarray(0, i));
        // A missing database beside its -wal is tried below.
        if (kind === 'gone' && file === 'state.db-wal') changed.delete(file);
      }
      const fault = faultOf(stateDir, changed, given);
      if (fault !== undefined) t.log(fault);
      return fault === undefined;
    }),
    { numRuns: process.env.SLOW ? 20_000 : 200 },
  );
  t.pass();
});

test('one changed byte anywhere in a row is noticed (single bytes of a leaf, one after the other)', (t) => {
  const { files, given } = filled(t);
  const whole = files.get('state.db') ?? Buffer.alloc(0);
  const stateDir = folder(t, existsSync('/dev/shm') ? '/dev/shm' : undefined);
  const stride = process.env.SLOW ? 7 : 397;
  for (let i = 100; i < whole.length; i += stride) {
    const bytes = Buffer.from(whole);
    bytes[i] = (bytes[i] ?? 0) ^ 0x01;
    t.is(faultOf(stateDir, new Map([['state.db', bytes]]), given), undefined, `byte ${i}`);
  }
});

test('without its -wal a store that was killed has all that was committed', (t) => {
  const { files, given } = filled(t);
  const stateDir = folder(t);
  writeFileSync(join(stateDir, 'state.db'), files.get('state.db') ?? '', { mode: 0o600 });
  t.true((files.get('state.db-wal') ?? '').length > 0);
  const store = openAt(stateDir);
  t.deepEqual(
    new Set(
      store
        .openDoors(NOW)
        .map((door) => JSON.stringify(door))
        .sort(),
    ),
    given,
  );
  for (let i = 0; i < CLAIMS; i++) t.is(store.claim(claimOf(i), OPEN, NOW), 'replay');
  t.is(store.claim(claimOf(CLAIMS), OPEN, NOW), 'claimed', 'and nothing else is refused');
  store.close();
});

/** A store of five grants in whose file something is then changed by SQL. */
function tampered(t: ExecutionContext, sql: string, values: readonly (string | number | Uint8Array | null)[] = []) {
  const stateDir = folder(t);
  const store = openAt(stateDir);
  for (let i = 0; i < 5; i++) store.claim(claimOf(i), grantFor(i), NOW);
  store.close();
  const database = openDatabase(join(stateDir, 'state.db'));
  t.is(database.prepare(sql).run(...values).changes > 0, true);
  database.close();
  return stateDir;
}

test('a grant that is not as it was written is left out and counted; the others stay, and so do the claims', (t) => {
  const stateDir = tampered(t, "UPDATE grants SET address = '10.0.0.99' WHERE address = '10.0.0.3'");
  for (const [i, damaged] of [1, 0].entries()) {
    const opened = openStore({ stateDir, nowMs: NOW });
    t.false('setAside' in opened);
    const store = storeOf(opened);
    t.is(store.damagedRows, damaged, 'the second time it is no longer there');
    t.deepEqual(
      store
        .openDoors(NOW)
        .map(({ address }) => address)
        .sort(),
      ['10.0.0.0', '10.0.0.1', '10.0.0.2', '10.0.0.4'],
    );
    t.is(store.claim(claimOf(3), OPEN, NOW), 'replay');
    t.is(store.claim(claimOf(100 + i), { ...OPEN, action: 'close' }, NOW), 'claimed');
    store.close();
  }
});

for (const [what, change] of Object.entries({
  end: 'UPDATE grants SET end_ms = 1 WHERE address = ?',
  port: 'UPDATE grants SET port = 23 WHERE address = ?',
  client: "UPDATE grants SET client = 'bob' WHERE address = ?",
  sum: 'UPDATE grants SET sum = sum + 1 WHERE address = ?',
})) {
  test(`a grant whose ${what} was changed is none`, (t) => {
    const store = openAt(tampered(t, change, ['10.0.0.3']));
    t.is(store.countGrants(0), 4);
    t.is(store.damagedRows, 1);
    store.close();
  });
}

test('a claim that is not as it was written: nothing that can have been accepted until now is accepted, for good', (t) => {
  const stateDir = tampered(t, 'UPDATE claims SET cipher = ? WHERE cipher = ?', [claimOf(7).cipher, claimOf(3).cipher]);
  for (const nowMs of [NOW, NOW + 1]) {
    const store = openAt(stateDir, nowMs);
    t.is(store.damagedRows, nowMs === NOW ? 1 : 0);
    t.is(store.countGrants(NOW), 5, 'what is open stays open');
    t.is(store.claim(claimOf(3), OPEN, nowMs), 'window-not-remembered');
    t.is(store.claim(claimOf(9, WINDOW + 1), OPEN, nowMs), 'window-not-remembered');
    store.close();
  }
  const store = openAt(stateDir, NOW + 30_000);
  t.is(store.claim(claimOf(9, WINDOW + 2), OPEN, NOW + 30_000), 'claimed');
  store.close();
});

test('rows from elsewhere, with the right sums: none that is not canonical is a grant, none reaches the caller', (t) => {
  const stateDir = tampered(t, 'DELETE FROM grants');
  const database = openDatabase(join(stateDir, 'state.db'));
  const good: LiveGrant = { ...grantFor(1), protocol: 'tcp', port: 22, sourceAddress: '10.0.0.1', sinceMs: NOW };
  const hostile: object[] = [
    { address: '10.0.0.1 }; flush ruleset' },
    { address: '::ffff:10.0.0.1' },
    { address: '2001:DB8::1' },
    { address: '' },
    { protocol: 'icmp' },
    { port: 0 },
    { port: 65_536 },
    { client: 'al"ice' },
    { client: '' },
    { sourceAddress: 'x' },
    { sinceMs: -1 },
    { endMs: -1 },
    { target: { address: '10.0.0.5', port: 0, masquerade: false } },
    { target: { address: '10.0.0.5 }; flush ruleset', port: 22, masquerade: false } },
    { target: { address: '::5', port: 22, masquerade: false } },
    { target: { address: '10.0.0.5', port: 22, masquerade: 1 as unknown as boolean } },
  ];
  const columns = 'address, protocol, port, client, source, since_ms, end_ms, target, sum';
  const insert = database.prepare(`INSERT INTO grants (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  for (const [i, each] of [{}, ...hostile].entries()) insert.run(...grantValues({ ...good, port: 22 + i, ...each }));
  const line = auditValues(2 ** 53, { timeMs: NOW, event: 'opened' });
  database.prepare('INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)').run(...line);
  database.prepare('INSERT INTO claims VALUES (?, ?, ?, ?)').run(...claimValues({ ...claimOf(50), client: "' OR 1" }));
  database.close();
  const store = openAt(stateDir);
  t.deepEqual(store.openDoors(NOW), [{ address: '10.0.0.1', protocol: 'tcp', port: 22, client: 'alice' }]);
  t.is(store.damagedRows, hostile.length + 1);
  t.is(store.claim(claimOf(1, WINDOW + 2), grantFor(7), NOW + 30_000), 'claimed');
  t.is(store.audit({ limit: 10 })[0]?.address, '10.0.0.7', 'numbers of lines that cannot go on begin anew');
  store.close();
});

test('cut short while a new store was put in place of an old one: it is not taken for one that never was', (t) => {
  const left: Readonly<Record<string, (dir: string) => void>> = {
    'the damaged one is away, the new one has not its name yet': (dir) => {
      renameSync(join(dir, 'state.db'), join(dir, 'state.db.corrupt-20270115T080000Z'));
      writeFileSync(join(dir, 'state.db.new'), 'half of it', { mode: 0o600 });
    },
    'the -wal of the damaged one is still there': (dir) => renameSync(join(dir, 'state.db'), join(dir, 'moved')),
  };
  const { files } = filled(t);
  for (const [title, leave] of Object.entries(left)) {
    const stateDir = folder(t);
    for (const [name, bytes] of files) writeFileSync(join(stateDir, name), bytes, { mode: 0o600 });
    leave(stateDir);
    const opened = openStore({ stateDir, nowMs: NOW });
    const store = storeOf(opened);
    t.is(store.claim(claimOf(1), OPEN, NOW), 'window-not-remembered', title);
    t.deepEqual(store.openDoors(NOW), [], title);
    const { setAside } = opened as { setAside?: { message: string } };
    t.is(setAside?.message, 'the file is missing', title);
    store.close();
    t.false(readdirSync(stateDir).includes('state.db.new'), title);
  }
});

test('what is left of a first start that was cut short is no old store', (t) => {
  const stateDir = folder(t);
  writeFileSync(join(stateDir, 'state.db.new'), 'half of it', { mode: 0o600 });
  const store = openAt(stateDir);
  t.is(store.claim(claimOf(1), OPEN, NOW), 'claimed');
  store.close();
  t.deepEqual(readdirSync(stateDir), ['state.db']);
});

test('damage that is found at work: claims are refused, a restart is asked for, what is open stays', (t) => {
  const { files } = filled(t);
  const file = join(folder(t), 'state.db');
  writeFileSync(file, files.get('state.db') ?? '', { mode: 0o600 });
  const database = openDatabase(file);
  const store = new SqliteStore(database, {}, NOW);
  const open = store.openDoors(NOW);
  t.true(open.length > 100);
  // Nothing is kept in memory by SQLite, and another process writes over the file.
  database.pragma('cache_size = 0', { simple: true });
  database.pragma('shrink_memory', { simple: true });
  const pages = Math.floor(statSync(file).size / 4096);
  execFileSync(
    '/usr/bin/dd',
    ['if=/dev/urandom', `of=${file}`, 'bs=4096', 'seek=1', `count=${pages - 1}`, 'conv=notrunc'],
    { stdio: 'ignore' },
  );
  t.is(store.claim(claimOf(1), OPEN, NOW), 'store-unwritable');
  t.is(store.claim(claimOf(1000), OPEN, NOW), 'store-unwritable');
  const condition = store.condition();
  t.regex(condition.writable ? '' : condition.message, /SQLITE_CORRUPT.*a restart sets it aside/);
  t.is(store.revoke({}, 'x', NOW), 'store-unwritable');
  store.flush(NOW);
  t.deepEqual(store.audit({ limit: 10 }), []);
  t.false(store.condition().writable, 'it does not come and go');
  t.deepEqual(store.openDoors(NOW), open);
  store.close();
});
