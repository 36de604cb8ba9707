// Programs that are to be stopped, and grants of doors, in the store: through a restart, a damaged row, an older file.

import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import type { Grant } from '#src/authorise/authorise.js';
import { openDatabase } from '#src/store/database.js';
import { migrate, SCHEMA_VERSION, schemaVersion } from '#src/store/migrations.js';
import { openStore } from '#src/store/open-store.js';
import type { StoreLimits } from '#src/store/sqlite-store.js';
import { temporaryFolder } from '../config/sample.js';

const NOW = 1_800_000_000_000;
const ADDRESS = '198.51.100.7';
const SSH = { protocol: 'tcp', port: 22 } as const;
const CLAIM = { client: 'door:x', sourceAddress: ADDRESS };
const RUN: Grant = {
  client: 'door:x',
  door: 'x',
  address: ADDRESS,
  ports: [],
  action: 'run',
  shortened: false,
  run: {
    kind: 'run',
    argv: ['/bin/start'],
    user: 'backup',
    timeoutSeconds: 9,
    overlap: false,
    stop: { argv: ['/bin/stop', '%IP%'], afterSeconds: 60 },
  },
};
const STOP = {
  id: 1,
  dueMs: NOW + 60_000,
  door: 'x',
  client: 'door:x',
  address: ADDRESS,
  sinceMs: NOW,
  argv: ['/bin/stop', '%IP%'],
  user: 'backup',
  timeoutSeconds: 9,
};

function open(stateDir?: string, limits: Partial<StoreLimits> = {}, nowMs = NOW) {
  const opened = openStore({ nowMs, limits, ...(stateDir && { stateDir }) });
  if ('problems' in opened) throw new Error(JSON.stringify(opened.problems));
  return opened.store;
}

function doorGrant(client: string, action: 'open' | 'close', changes: Partial<Grant> = {}): Grant {
  return { client, door: 'x', address: ADDRESS, ports: [SSH], action, shortened: false, ...changes };
}

test('a stop whose program never began is taken back, and no other one', (t) => {
  const store = open();
  const other = { ...RUN, address: '198.51.100.8' };
  for (const [grant, nowMs] of [
    [RUN, NOW],
    [other, NOW],
    [RUN, NOW],
    [RUN, NOW + 1],
  ] as const) {
    t.is(store.claim(CLAIM, grant, nowMs), 'claimed');
  }
  const ids = () => store.dueStops(NOW + 120_000).map(({ id }) => id);
  store.takeBackStop(RUN, NOW);
  t.deepEqual(ids(), [1, 2, 4]);
  store.takeBackStop({ ...RUN, door: 'y' }, NOW);
  store.takeBackStop(RUN, NOW + 2);
  t.deepEqual(ids(), [1, 2, 4]);
});

test('a stop is due at its time, the earliest first, until it is forgotten', (t) => {
  const store = open();
  t.is(store.claim(CLAIM, RUN, NOW), 'claimed');
  const sooner = { ...RUN, run: { ...RUN.run!, stop: { ...RUN.run!.stop!, afterSeconds: 1 } } };
  t.is(store.claim(CLAIM, sooner, NOW), 'claimed');
  t.deepEqual(store.dueStops(NOW + 999), []);
  t.deepEqual(store.dueStops(NOW + 60_000), [{ ...STOP, id: 2, dueMs: NOW + 1000 }, STOP]);
  store.forgetStop(2);
  t.deepEqual(store.dueStops(NOW + 60_000), [STOP]);
  t.like(store.audit({ limit: 1 })[0], { event: 'ran', client: 'door:x', address: ADDRESS });
});

test('without a stop nothing is remembered, and a static sequence is claimed as often as it comes', (t) => {
  const store = open();
  const { stop: _, ...run } = RUN.run!;
  for (let i = 0; i < 3; i++) t.is(store.claim(CLAIM, { ...RUN, run }, NOW), 'claimed');
  t.deepEqual(store.dueStops(NOW * 2), []);
});

test('a stop outlives the process, and so does that it was run', async (t) => {
  const folder = await temporaryFolder(t);
  const first = open(folder);
  first.claim(CLAIM, RUN, NOW);
  first.claim(CLAIM, RUN, NOW);
  first.forgetStop(1);
  first.close();
  const second = open(folder);
  t.deepEqual(second.dueStops(NOW + 60_000), [{ ...STOP, id: 2 }]);
  second.claim(CLAIM, RUN, NOW);
  t.is(second.dueStops(NOW + 60_000).at(-1)?.id, 3);
  second.forgetStop(2);
  second.forgetStop(3);
  second.close();
  t.deepEqual(open(folder).dueStops(NOW * 2), []);
});

test('a clock that is set shifts it, also after a restart', async (t) => {
  const folder = await temporaryFolder(t);
  const first = open(folder);
  first.claim(CLAIM, RUN, NOW);
  first.shiftEnds(3_600_000);
  first.close();
  const second = open(folder, {}, NOW + 3_600_000);
  t.deepEqual(second.dueStops(NOW + 3_659_999), []);
  t.is(second.dueStops(NOW + 3_660_000).length, 1);
});

test('a start with a clock that is behind: it is due after its whole time, and no later', async (t) => {
  const folder = await temporaryFolder(t);
  const first = open(folder);
  first.claim(CLAIM, RUN, NOW);
  first.close();
  const tenDays = 864_000_000;
  const second = open(folder, {}, NOW - tenDays);
  t.is(second.behindMs, tenDays);
  t.deepEqual(second.dueStops(NOW - tenDays + 59_999), []);
  t.like(second.dueStops(NOW - tenDays + 60_000), [{ sinceMs: NOW - tenDays }]);
});

test('there is room for so many, and no more', (t) => {
  const store = open(undefined, { maxStops: 2 });
  t.is(store.claim(CLAIM, RUN, NOW), 'claimed');
  t.is(store.claim(CLAIM, RUN, NOW), 'claimed');
  t.is(store.claim(CLAIM, RUN, NOW), 'store-full');
  store.forgetStop(1);
  t.is(store.claim(CLAIM, RUN, NOW), 'claimed');
});

test('a row that was changed is left out, counted, and gone', async (t) => {
  const folder = await temporaryFolder(t);
  const first = open(folder);
  first.claim(CLAIM, RUN, NOW);
  first.claim(CLAIM, RUN, NOW);
  first.close();
  const database = openDatabase(join(folder, 'state.db'));
  database.exec(`UPDATE stops SET job = replace(job, '/bin/stop', '/bin/evil') WHERE id = 1`);
  database.close();
  const second = open(folder);
  t.is(second.damagedRows, 1);
  t.deepEqual(
    second.dueStops(NOW + 60_000).map(({ id }) => id),
    [2],
  );
  second.close();
  t.is(open(folder).damagedRows, 0);
});

test('a store of the first version gets the table, and keeps what it has', async (t) => {
  const folder = await temporaryFolder(t);
  const file = join(folder, 'state.db');
  const first = open(folder);
  const grant: Grant = { client: 'alice', address: ADDRESS, ports: [SSH], action: 'open', shortened: false };
  first.claim({ client: 'alice', window: NOW / 30_000, cipher: new Uint8Array(8), sourceAddress: ADDRESS }, grant, NOW);
  first.close();
  const database = openDatabase(file);
  database.exec('DROP TABLE stops; ALTER TABLE grants DROP COLUMN target; PRAGMA user_version = 1');
  database.close();
  await copyFile(file, join(folder, 'kept'));
  const second = open(folder);
  t.is(second.countGrants(NOW), 1);
  t.is(second.claim(CLAIM, RUN, NOW), 'claimed');
  second.close();
  const migrated = openDatabase(file);
  t.is(schemaVersion(migrated), SCHEMA_VERSION);
  migrated.close();
  t.is(SCHEMA_VERSION, 3);
  t.notThrows(() => migrate(openDatabase(':memory:')));
});

test('a door that closes ends what doors have opened, and not what clients have', (t) => {
  const store = open();
  const claimed = (grant: Grant) => store.claim({ client: grant.client, sourceAddress: ADDRESS }, grant, NOW);
  claimed(doorGrant('door:a', 'open'));
  claimed(doorGrant('door:b', 'open', { endMs: NOW + 1000 }));
  claimed({ ...doorGrant('alice', 'open'), address: '192.0.2.1' });
  claimed(doorGrant('alice', 'open'));
  claimed(doorGrant('door:bye', 'close'));
  t.deepEqual(
    store.grants({}, 10, NOW).map(({ client, address }) => [client, address]),
    [
      ['alice', '192.0.2.1'],
      ['alice', ADDRESS],
    ],
  );
  claimed(doorGrant('door:a', 'open'));
  claimed(doorGrant('alice', 'close'));
  t.deepEqual(
    store.grants({}, 10, NOW).map(({ client }) => client),
    ['alice'],
    'a client through a door: hers and theirs',
  );
});

test('grants that have ended by their time are told once', (t) => {
  const store = open();
  store.claim(CLAIM, doorGrant('door:x', 'open', { endMs: NOW + 1000 }), NOW);
  store.flush(NOW + 999);
  t.deepEqual(store.takeEnded(), []);
  store.flush(NOW + 1000);
  t.like(store.takeEnded()[0], { client: 'door:x', address: ADDRESS, endMs: NOW + 1000 });
  t.deepEqual(store.takeEnded(), []);
});

test('a client that has used a door is named with it in the audit trail', (t) => {
  const store = open();
  store.claim({ client: 'alice', sourceAddress: ADDRESS }, doorGrant('alice', 'open'), NOW);
  t.like(store.audit({ limit: 1 })[0], { event: 'opened', client: 'alice', reason: 'door "x"' });
});
