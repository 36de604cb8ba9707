// The border between the file and the daemon: whatever stands in a row, it is read as it was written or not at all.

import { formatAddress, tryParseAddress } from '@eightknock/codec';
import test from 'ava';
import fc from 'fast-check';
import type { Row, Value } from '#src/store/database.js';
import {
  auditValues,
  claimValues,
  countClaims,
  grantValues,
  MAX_TEXT,
  memoryValues,
  readAuditEntry,
  readForgottenWindow,
  readGrant,
} from '#src/store/rows.js';
import type { AuditEntry, LiveGrant } from '#src/store/store.js';

const numRuns = process.env.SLOW ? 1_000_000 : 2000;
const GRANT_COLUMNS = 8;
const AUDIT = 'refused id time_ms event client source address ports end_ms reason sum'.split(' ');

function rowOf(columns: readonly string[], values: readonly unknown[]): Row {
  return Object.fromEntries(columns.map((column, i) => [column, values[i]]));
}

const address = fc
  .oneof(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.uint8Array({ minLength: 16, maxLength: 16 }))
  .map(formatAddress);
const client = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/);
const time = fc.integer({ min: 0, max: 8.64e15 });
const grant: fc.Arbitrary<LiveGrant> = fc.record(
  {
    address,
    protocol: fc.constantFrom('tcp', 'udp'),
    port: fc.integer({ min: 1, max: 65_535 }),
    client,
    sourceAddress: address,
    sinceMs: time,
    endMs: time,
  },
  { requiredKeys: ['address', 'protocol', 'port', 'client', 'sourceAddress', 'sinceMs'] },
);
const text = fc.string({ unit: 'binary', maxLength: MAX_TEXT });
const entry: fc.Arbitrary<AuditEntry> = fc.record(
  {
    timeMs: time,
    event: fc.constantFrom('opened', 'closed', 'denied', 'rejected', 'failed', 'revoked'),
    client: text,
    source: text,
    address: text,
    ports: text,
    endMs: time,
    reason: text,
  },
  { requiredKeys: ['timeMs', 'event'] },
);
/** What SQLite can give for a column. */
const value = fc.oneof(
  fc.constant(null),
  fc.integer(),
  fc.double(),
  fc.string({ unit: 'binary' }),
  fc.uint8Array(),
  address,
  fc.constantFrom('tcp', 'udp', 22, 0, 65_536, '010.0.0.1', '10.0.0.1 }; flush ruleset', '::ffff:1.2.3.4', 'FE80::1'),
);

test('a grant is read as it was written', (t) => {
  fc.assert(
    fc.property(grant, (one) => {
      t.deepEqual(readGrant(JSON.stringify(grantValues(one))), { ...one });
    }),
    { numRuns: 500 },
  );
});

test('a line of the trail is read as it was written', (t) => {
  fc.assert(
    fc.property(entry, fc.nat(), (one, id) => {
      t.deepEqual(readAuditEntry(rowOf(AUDIT, auditValues(id, one))), { ...one });
    }),
    { numRuns: 500 },
  );
});

test('long texts are cut, half characters replaced, times are whole: what is written can be read', (t) => {
  const odd = { timeMs: -0.5, event: 'failed', reason: `\ud83d${'x'.repeat(300)}`, endMs: 1e20 } as const;
  const read = readAuditEntry(rowOf(AUDIT, auditValues(1, odd)));
  t.deepEqual(read, { timeMs: 0, event: 'failed', reason: `\ufffd${'x'.repeat(MAX_TEXT - 2)}…`, endMs: 8.64e15 });
  const cutInHalf = { timeMs: 0, event: 'failed', reason: '😀'.repeat(200) } as const;
  t.is(readAuditEntry(rowOf(AUDIT, auditValues(1, cutInHalf)))?.reason?.length, MAX_TEXT);
});

test('a grant of which one column was changed is none', (t) => {
  fc.assert(
    fc.property(grant, fc.nat(GRANT_COLUMNS - 1), value, (one, column, other) => {
      const values: unknown[] = grantValues(one);
      // What JSON cannot say, SQLite does not either.
      fc.pre(JSON.stringify(values[column]) !== JSON.stringify(other));
      values[column] = other;
      return readGrant(JSON.stringify(values)) === undefined;
    }),
    { numRuns },
  );
  t.pass();
});

test('a text that is no row: no exception, and no grant', (t) => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json(), value), (text) => readGrant(text) === undefined),
    { numRuns: 1000 },
  );
  t.pass();
});

test('whatever stands in a row, even with the right sum: no exception, and no grant but a canonical one', (t) => {
  const hostile = fc.tuple(
    fc.oneof(address, value),
    fc.oneof(fc.constantFrom('tcp', 'udp'), value),
    fc.oneof(fc.integer({ min: -1, max: 65_537 }), value),
    fc.oneof(client, value),
    fc.oneof(address, value),
    fc.oneof(time, value),
    fc.oneof(time, value),
  );
  let read = 0;
  fc.assert(
    fc.property(hostile, ([a, protocol, port, who, source, since, end]) => {
      const forged = { address: a, protocol, port, client: who, sourceAddress: source, sinceMs: since, endMs: end };
      const found = readGrant(JSON.stringify(grantValues(forged as LiveGrant)));
      if (!found) return true;
      read++;
      for (const each of [found.address, found.sourceAddress]) {
        const bytes = tryParseAddress(each);
        if (!bytes || formatAddress(bytes) !== each || !/^[0-9a-f.:]+$/.test(each)) return false;
      }
      if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(found.client) || !/^(tcp|udp)$/.test(found.protocol)) return false;
      const { sinceMs, endMs = 0 } = found;
      return found.port >= 1 && found.port <= 65_535 && [found.port, sinceMs, endMs].every(Number.isSafeInteger);
    }),
    { numRuns },
  );
  t.true(read > 0, 'some are grants');
});

test('whatever stands in a line of the trail: no exception, and none that was changed', (t) => {
  fc.assert(
    fc.property(entry, fc.nat(AUDIT.length - 1), value, (one, column, other) => {
      const values: unknown[] = auditValues(7, one);
      fc.pre(values[column] !== other);
      values[column] = other;
      return readAuditEntry(rowOf(AUDIT, values)) === undefined;
    }),
    { numRuns: process.env.SLOW ? 200_000 : 1000 },
  );
  t.pass();
});

/** As `CLAIMS_AS_TEXT` makes it. */
function asText(claims: readonly (readonly Value[])[]): string {
  return claims
    .map(
      ([, cipher, who, sum]) =>
        `${Buffer.from(cipher as Uint8Array)
          .toString('hex')
          .toUpperCase()}/${who}/${sum}`,
    )
    .join(',');
}

const claims = fc.array(fc.record({ cipher: fc.uint8Array({ minLength: 8, maxLength: 8 }), client }), {
  minLength: 1,
  maxLength: 5,
});

test('claims are counted as they were written; one changed character makes one or two less', (t) => {
  fc.assert(
    fc.property(claims, fc.nat(2 ** 40), fc.nat(), fc.nat(255), (all, window, at, byte) => {
      const whole = asText(all.map((one) => claimValues({ ...one, window })));
      if (countClaims(window, whole) !== all.length) return false;
      if (countClaims(window + 1, whole) !== 0) return false;
      const i = at % whole.length;
      const changed = whole.slice(0, i) + String.fromCharCode(byte) + whole.slice(i + 1);
      const left = countClaims(window, changed);
      return changed === whole || (left < all.length && left >= all.length - 2);
    }),
    { numRuns },
  );
  for (const nothing of [null, '', ',', '//', 7, new Uint8Array(3)]) t.is(countClaims(5, nothing), 0);
  for (const noWindow of [null, -1, 0.5, 'x', Number.NaN]) t.is(countClaims(noWindow, ''), 0);
});

test('what is forgotten is read as it was written, or not at all', (t) => {
  const [, window, sum] = memoryValues(60_000_000);
  t.is(readForgottenWindow({ forgotten_window: window, sum }), 60_000_000);
  t.is(readForgottenWindow({ forgotten_window: 59_999_999, sum }), undefined);
  t.is(readForgottenWindow({ forgotten_window: null, sum }), undefined);
  t.is(readForgottenWindow(undefined), undefined);
});
