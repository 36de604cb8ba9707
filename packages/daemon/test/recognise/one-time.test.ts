import type { OneTimeLine } from '@eightknock/codec';
import test from 'ava';
import type { OneTimeKind } from '#src/config/door-config.js';
import { OneTimeDoor } from '#src/recognise/one-time.js';
import { knockOn } from '../knock.js';

const KIND: OneTimeKind = {
  kind: 'one-time',
  file: '/x',
  order: 'strict',
  source: 'same',
  timeoutMs: 10_000,
  tcpFlags: { mask: 0x12, value: 2 },
};

function line(...ports: number[]): OneTimeLine {
  return { line: ports.join(), knocks: ports.map((port) => ({ protocol: 'tcp', port }) as const) };
}

function world(...lines: OneTimeLine[]) {
  const unused = [...lines];
  const door = new OneTimeDoor('once', KIND, { unused: () => unused });
  const knock = (...ports: number[]) => ports.map((port) => door.recognise(knockOn(port), 0)).at(-1);
  return { unused, door, knock };
}

test('only the next line counts, and says which it is', (t) => {
  const { knock, unused } = world(line(1, 2), line(3, 4));
  t.is(knock(3, 4), undefined);
  const request = { door: 'once', sourceAddress: '198.51.100.7', once: { line: '1,2' } };
  t.deepEqual(knock(1, 2), { kind: 'request', request });
  t.truthy(knock(1, 2), 'as long as it was not used');
  unused.shift();
  t.is(knock(1, 2), undefined, 'a replay is nothing');
  t.like(knock(3, 4), { request: { once: { line: '3,4' } } });
  unused.shift();
  t.is(knock(3, 4), undefined);
});

test('what was knocked before the line was its turn does not count', (t) => {
  const { knock, unused } = world(line(1, 2), line(2, 3));
  t.truthy(knock(1, 2));
  unused.shift();
  t.is(knock(3), undefined, 'the 2 was of the line before');
  t.truthy(knock(2, 3));
});

test('it must hear the ports of all lines, and the shortest one', (t) => {
  const heard = world(line(1, 2, 3), line(4, 5)).door.heard();
  t.deepEqual(
    heard.knocks.map(({ port }) => port),
    [1, 2, 3, 4, 5],
  );
  t.is(heard.shortest, 2);
  t.is(world().door.heard().shortest, 8);
});
