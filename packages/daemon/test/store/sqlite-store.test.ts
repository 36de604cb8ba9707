import test from 'ava';
import { MAX_QUEUED_LINES } from '#src/store/audit-table.js';
import { KEPT_WINDOWS } from '#src/store/claim-memory.js';
import { MAX_TEXT } from '#src/store/rows.js';
import { storeContract } from './contract.js';
import { claimOf, grantFor, inMemory, NOW, WINDOW } from './opening.js';

storeContract('store in memory', inMemory);

test('when no room is left it claims nothing, until old claims may be forgotten', (t) => {
  const store = inMemory({ maxClaims: 3 });
  for (let i = 0; i < 3; i++) t.is(store.claim(claimOf(i), grantFor(1), NOW), 'claimed');
  t.is(store.claim(claimOf(3), grantFor(2), NOW), 'store-full');
  t.deepEqual(store.doorState({ address: '10.0.0.2', protocol: 'tcp', port: 22 }, NOW), { open: false });
  t.is(store.claim(claimOf(0), grantFor(1), NOW), 'replay', 'what was claimed stays claimed');
  const justBefore = (WINDOW + 3) * 30_000 - 1;
  t.is(store.claim(claimOf(3, WINDOW + 2), grantFor(2), justBefore), 'store-full');
  t.is(store.claim(claimOf(3, WINDOW + 3), grantFor(2), justBefore + 1), 'claimed');
  t.is(store.claim(claimOf(0), grantFor(1), NOW), 'window-not-remembered', 'what was forgotten is refused');
  t.is(store.claim(claimOf(9), grantFor(1), NOW), 'window-not-remembered', 'and so is all of its window');
});

test('when room is needed half of the windows that have passed go, not all', (t) => {
  const store = inMemory({ maxClaims: 10 });
  for (let i = 0; i < 10; i++) store.claim(claimOf(i, WINDOW + i), grantFor(1), NOW);
  const nowMs = (WINDOW + 20) * 30_000;
  t.is(store.claim(claimOf(10, WINDOW + 20), grantFor(1), nowMs), 'claimed');
  t.is(store.claim(claimOf(9, WINDOW + 9), grantFor(1), nowMs), 'replay');
  t.is(store.claim(claimOf(8, WINDOW + 8), grantFor(1), nowMs), 'window-not-remembered');
});

test('claims are kept for a day, so that a clock that is set back makes nothing new of them', (t) => {
  const store = inMemory();
  t.is(store.claim(claimOf(1), grantFor(1), NOW), 'claimed');
  store.flush((WINDOW + KEPT_WINDOWS) * 30_000);
  t.is(store.claim(claimOf(1), grantFor(1), NOW), 'replay');
  t.is(store.claim(claimOf(2), grantFor(1), NOW), 'claimed', 'the window can still be used');
  store.flush((WINDOW + KEPT_WINDOWS + 1) * 30_000);
  t.is(store.claim(claimOf(1), grantFor(1), NOW), 'window-not-remembered');
  t.is(store.claim(claimOf(3, WINDOW + 1), grantFor(1), NOW), 'claimed');
});

test('grants are bounded; one that has ended makes room, closing always works', (t) => {
  const store = inMemory({ maxGrants: 2 });
  t.is(store.claim(claimOf(1), grantFor(1), NOW), 'claimed');
  t.is(store.claim(claimOf(2), grantFor(2, { endMs: NOW + 1000 }), NOW), 'claimed');
  t.is(store.claim(claimOf(3), grantFor(3), NOW), 'store-full');
  t.is(store.claim(claimOf(4), grantFor(1, { action: 'close' }), NOW), 'claimed');
  t.is(store.claim(claimOf(5), grantFor(3), NOW), 'claimed');
  t.is(store.claim(claimOf(6), grantFor(4), NOW), 'store-full');
  t.is(store.claim(claimOf(7), grantFor(4), NOW + 1000), 'claimed');
});

test('grants that were revoked or have ended are no longer counted against the bound', (t) => {
  const store = inMemory({ maxGrants: 1 });
  for (let i = 1; i < 20; i++) {
    t.is(store.claim(claimOf(i), grantFor(i, { endMs: NOW + i * 1000 }), NOW + i * 1000 - 1000), 'claimed');
    if (i % 2) store.revoke({}, 'x', NOW + i * 1000 - 1000);
    else store.flush(NOW + i * 1000);
  }
});

test('the audit trail is bounded; who was refused does not push out who was let in', (t) => {
  const store = inMemory({ maxAudit: 300 });
  store.claim(claimOf(1), grantFor(1), NOW);
  for (let i = 0; i < 2000; i++) {
    store.record({ timeMs: NOW + i, event: 'denied', client: `client-${i}`, reason: 'replay' });
    if (i % 500 === 0) store.flush(NOW);
  }
  const trail = store.audit({ limit: 10_000 });
  const denied = trail.filter(({ event }) => event === 'denied');
  t.true(denied.length > 190 && denied.length <= 300, String(denied.length));
  t.is(denied[0]?.client, 'client-1999');
  t.is(trail.filter(({ event }) => event === 'opened').length, 1);
  for (let i = 2; i < 500; i++) store.claim(claimOf(i), grantFor(1), NOW);
  const opened = store.audit({ limit: 10_000 }).filter(({ event }) => event === 'opened');
  t.true(opened.length > 190 && opened.length <= 300, String(opened.length));
});

test('lines that wait are bounded, and what does not fit is counted', (t) => {
  const store = inMemory();
  for (let i = 0; i < MAX_QUEUED_LINES + 5; i++) store.record({ timeMs: NOW, event: 'denied' });
  t.is(store.droppedEntries, 5);
  t.is(store.audit({ limit: 10_000 }).length, MAX_QUEUED_LINES);
});

test('long texts of the trail are cut', (t) => {
  const store = inMemory();
  store.record({ timeMs: NOW, event: 'failed', reason: 'x'.repeat(5000) });
  t.is(store.audit({ limit: 1 })[0]?.reason?.length, MAX_TEXT);
});

test('of grants that have ended and nobody asks for the last 10,000 are told', (t) => {
  const store = inMemory();
  const endingAt = (endMs: number, from: number, count: number) => {
    const all = Array.from({ length: count }, (_, i) => ({ protocol: 'tcp', port: from + i }) as const);
    t.is(store.claim(claimOf(from), grantFor(1, { ports: all, endMs }), NOW), 'claimed');
  };
  endingAt(NOW + 1000, 1, 5);
  endingAt(NOW + 2000, 100, 9998);
  store.flush(NOW + 1000);
  store.flush(NOW + 2000);
  const ended = store.takeEnded();
  t.is(ended.length, 10_000);
  t.is(ended.filter(({ port }) => port < 100).length, 2, 'those that ended first are left out');
  t.deepEqual(store.takeEnded(), []);
});
