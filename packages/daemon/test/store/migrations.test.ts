import test from 'ava';
import { openDatabase } from '#src/store/database.js';
import { hasOurTables, migrate, SCHEMA_VERSION, schemaVersion } from '#src/store/migrations.js';

const STEPS = [
  'CREATE TABLE a (x INTEGER) STRICT; INSERT INTO a VALUES (1)',
  'ALTER TABLE a ADD COLUMN y INTEGER; UPDATE a SET y = x + 1',
  'CREATE TABLE b AS SELECT y FROM a; INSERT INTO b VALUES (9)',
];

test('an empty database is brought to our version, and then nothing more happens', (t) => {
  const database = openDatabase(':memory:');
  t.is(schemaVersion(database), 0);
  migrate(database);
  t.is(schemaVersion(database), SCHEMA_VERSION);
  t.true(hasOurTables(database));
  migrate(database);
  t.is(schemaVersion(database), SCHEMA_VERSION);
});

for (let older = 0; older <= STEPS.length; older++) {
  test(`from version ${older} only the newer steps are taken`, (t) => {
    const database = openDatabase(':memory:');
    migrate(database, STEPS.slice(0, older));
    t.is(schemaVersion(database), older);
    t.true(hasOurTables(database, STEPS));
    migrate(database, STEPS);
    t.is(schemaVersion(database), STEPS.length);
    t.deepEqual(database.prepare('SELECT y FROM b').all(), [{ y: 2 }, { y: 9 }]);
  });
}

test('a step that fails has not happened, and those before it have', (t) => {
  const database = openDatabase(':memory:');
  const wrong = [STEPS[0] ?? '', 'CREATE TABLE c (x); INSERT INTO missing VALUES (1)'];
  t.throws(() => migrate(database, wrong), { any: true, code: 'SQLITE_ERROR' });
  t.is(schemaVersion(database), 1);
  t.deepEqual(database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all(), [{ name: 'a' }]);
  migrate(database, STEPS);
  t.is(schemaVersion(database), 3);
});

for (const foreign of [
  'CREATE TRIGGER t AFTER DELETE ON grants BEGIN INSERT INTO memory VALUES (2, 0, 0); END',
  'CREATE VIEW v AS SELECT 1',
  'DROP TABLE audit',
  'ALTER TABLE claims ADD COLUMN x INTEGER',
  'CREATE INDEX i ON claims (client)',
]) {
  test(`not our tables: ${foreign}`, (t) => {
    const database = openDatabase(':memory:');
    migrate(database);
    database.exec(foreign);
    t.false(hasOurTables(database));
  });
}
