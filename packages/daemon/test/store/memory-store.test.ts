import test from 'ava';
import type { Grant } from '#src/authorise/authorise.js';
import { MemoryStore } from '#src/store/memory-store.js';
import { storeContract } from './contract.js';

storeContract('memory store', () => new MemoryStore());

const NOW = 1_800_000_000_000;
const WINDOW = NOW / 30_000;

function claimOf(number: number, window = WINDOW) {
  return {
    client: 'alice',
    window,
    cipher: Uint8Array.of(number >> 8, number, 0, 0, 0, 0, 0, 0),
    sourceAddress: '10.0.0.1',
  };
}

function grantFor(number: number, overrides: Partial<Grant> = {}): Grant {
  const ports = [{ protocol: 'tcp', port: 22 }] as const;
  return { client: 'alice', address: `10.0.0.${number}`, ports, action: 'open', shortened: false, ...overrides };
}

test('when no room is left it claims nothing, until old claims may be forgotten', (t) => {
  const store = new MemoryStore({ maxClaims: 3 });
  for (let i = 0; i < 3; i++) t.is(store.claim(claimOf(i), grantFor(1), NOW), 'claimed');
  t.is(store.claim(claimOf(3), grantFor(2), NOW), 'store-full');
  t.deepEqual(store.doorState({ address: '10.0.0.2', protocol: 'tcp', port: 22 }, NOW), { open: false });
  t.is(store.claim(claimOf(0), grantFor(1), NOW), 'replay', 'what was claimed stays claimed');
  const justBefore = (WINDOW + 3) * 30_000 - 1;
  t.is(store.claim(claimOf(3, WINDOW + 2), grantFor(2), justBefore), 'store-full');
  t.is(store.claim(claimOf(3, WINDOW + 3), grantFor(2), justBefore + 1), 'claimed');
});

test('grants are bounded; one that has ended makes room, closing always works', (t) => {
  const store = new MemoryStore({ maxGrants: 2 });
  t.is(store.claim(claimOf(1), grantFor(1), NOW), 'claimed');
  t.is(store.claim(claimOf(2), grantFor(2, { endMs: NOW + 1000 }), NOW), 'claimed');
  t.is(store.claim(claimOf(3), grantFor(3), NOW), 'store-full');
  t.is(store.claim(claimOf(4), grantFor(1, { action: 'close' }), NOW), 'claimed');
  t.is(store.claim(claimOf(5), grantFor(3), NOW), 'claimed');
  t.is(store.claim(claimOf(6), grantFor(4), NOW), 'store-full');
  t.is(store.claim(claimOf(7), grantFor(4), NOW + 1000), 'claimed');
});
