// A door whose programs depend on the family of the address.

import test from 'ava';
import { accessOf, decide } from '#src/authorise/decide.js';
import type { RunAction } from '#src/config/door-config.js';

const ACTION: RunAction = { kind: 'run', argv: ['/a'], user: 'root', timeoutSeconds: 1, overlap: true };

function decided(families: RunAction['families'], sourceAddress: string) {
  const action: RunAction = { ...ACTION, stop: { argv: ['/s'], afterSeconds: 1 }, ...(families && { families }) };
  const door = { name: 'x', kind: 'encrypted', port: 1, action } as const;
  return decide({ door: 'x', sourceAddress }, accessOf({ clients: [], doors: [door] }), 0);
}

test('each family has its own program and its own stop', (t) => {
  const stop = { argv: ['/s6'], afterSeconds: 6 } as const;
  const families = { ipv4: { argv: ['/four'] }, ipv6: { argv: ['/six'], stop } } as const;
  t.like(decided(families, '192.0.2.1'), { action: 'run', run: { ...ACTION, argv: ['/four'] } });
  t.false('stop' in (decided(families, '192.0.2.1') as { run: object }).run);
  t.deepEqual((decided(families, '2001:db8::1') as { run: object }).run, { ...ACTION, argv: ['/six'], stop });
});

test('a family without a program gets none', (t) => {
  t.deepEqual(decided({ ipv6: { argv: ['/six'] } }, '192.0.2.1'), { reason: 'nothing-to-run' });
  t.deepEqual(decided({}, '2001:db8::1'), { reason: 'nothing-to-run' });
});

test('without families both get the same', (t) => {
  t.like(decided(undefined, '192.0.2.1'), { run: { argv: ['/a'] } });
  t.like(decided(undefined, '2001:db8::1'), { run: { argv: ['/a'] } });
});
