import test from 'ava';
import { LiveGrants } from '#src/store/live-grants.js';
import type { LiveGrant } from '#src/store/store.js';
import { NOW } from './opening.js';

function grant(overrides: Partial<LiveGrant> = {}): LiveGrant {
  const from = { sourceAddress: '10.0.0.1', sinceMs: NOW };
  return { address: '10.0.0.1', protocol: 'tcp', port: 22, client: 'alice', ...from, ...overrides };
}

test('whether some may have ended is known without looking at them', (t) => {
  const grants = new LiveGrants();
  t.false(grants.mayHaveEnded(NOW * 2), 'none');
  grants.put(grant());
  t.false(grants.mayHaveEnded(NOW * 2), 'none that ends');
  grants.put(grant({ port: 23, endMs: NOW + 5 }));
  grants.put(grant({ port: 24, endMs: NOW + 9 }));
  t.false(grants.mayHaveEnded(NOW + 4));
  t.true(grants.mayHaveEnded(NOW + 5));
  grants.removeEnded(NOW + 5);
  t.is(grants.size, 2);
  t.false(grants.mayHaveEnded(NOW + 8));
  grants.shift(100);
  t.false(grants.mayHaveEnded(NOW + 108));
  t.true(grants.mayHaveEnded(NOW + 109));
});

test('an ended grant is there until it is removed, and holds nothing open', (t) => {
  const grants = new LiveGrants();
  grants.put(grant({ endMs: NOW }));
  t.true(grants.has(grant(), 'alice'));
  t.false(grants.hasLive(grant(), 'alice', NOW));
  t.true(grants.hasLive(grant(), 'alice', NOW - 1));
  t.is(grants.size, 1);
  t.is(grants.count(NOW), 0);
  t.deepEqual(grants.openDoors(NOW), []);
  t.deepEqual(grants.stateOf(grant(), NOW), { open: false });
});

test('of one client and door there is one grant, the last', (t) => {
  const grants = new LiveGrants();
  grants.put(grant({ endMs: NOW + 9 }));
  grants.put(grant({ endMs: NOW + 5 }));
  t.is(grants.size, 1);
  grants.remove(grant(), 'bob');
  t.is(grants.size, 1);
  grants.remove(grant(), 'alice');
  t.is(grants.size, 0);
  t.deepEqual([...grants.all()], []);
});
