// How far a source has come in a sequence: what knockd's log says of it.

import type { TransportPort } from '@eightknock/codec';
import test from 'ava';
import { OneTimeDoor } from '#src/recognise/one-time.js';
import { SequenceDoor } from '#src/recognise/sequence.js';
import { knockOn } from '../knock.js';

const KIND = { timeoutMs: 1000, tcpFlags: { mask: 2, value: 2 }, source: 'same' } as const;

function tcp(...ports: number[]): TransportPort[] {
  return ports.map((port) => ({ protocol: 'tcp', port }));
}

/** The stages that these ports reach, knocked on with a gap between them. */
function stages(order: 'strict' | 'tolerant', knocks: number[], ports: number[], gapMs = 0): number[] {
  const reached: number[] = [];
  const kind = { ...KIND, kind: 'sequence', order, knocks: tcp(...knocks) } as const;
  const door = new SequenceDoor('x', kind, undefined, (_, stage) => reached.push(stage));
  ports.forEach((port, i) => {
    door.recognise(knockOn(port, { timeMs: i * gapMs }), 0);
  });
  return reached;
}

const rows: readonly [string, number[], number[], number[], number[]][] = [
  ['the sequence, twice', [1, 2, 3], [1, 2, 3, 1, 2, 3], [1, 2, 3, 1, 2, 3], [1, 2, 3, 1, 2, 3]],
  ['a wrong knock of its own', [1, 2, 3], [1, 3, 2, 3], [1], [1, 2, 3]],
  ['a new beginning', [1, 2, 3], [1, 2, 1, 2, 3], [1, 2, 1, 2, 3], [1, 2, 1, 2, 3]],
  ['a port of nobody', [1, 2], [1, 9, 2], [1, 2], [1, 2]],
  ['the same port twice', [1, 1, 2], [1, 1, 1, 2], [1, 2, 2, 3], [1, 2, 2, 3]],
  ['one knock', [1], [1, 1], [1, 1], [1, 1]],
];
for (const [title, knocks, ports, strict, tolerant] of rows) {
  test(`strict: ${title}`, (t) => t.deepEqual(stages('strict', knocks, ports), strict));
  test(`tolerant: ${title}`, (t) => t.deepEqual(stages('tolerant', knocks, ports), tolerant));
}

test('what is too old does not count', (t) => {
  t.deepEqual(stages('strict', [1, 2, 3], [1, 2, 3], 600), [1, 2]);
  t.deepEqual(stages('tolerant', [1, 2, 3], [1, 2, 3], 600), [1, 2]);
});

test('one-time sequences tell it too, and who it is', (t) => {
  const told: [string, number][] = [];
  const line = { line: '1,2', knocks: tcp(1, 2) };
  const door = new OneTimeDoor(
    'x',
    { ...KIND, kind: 'one-time', order: 'strict', file: '/x' },
    { unused: () => [line] },
    undefined,
    (source, stage) => told.push([source, stage]),
  );
  for (const port of [1, 2]) door.recognise(knockOn(port), 0);
  t.deepEqual(told, [
    ['198.51.100.7', 1],
    ['198.51.100.7', 2],
  ]);
});

test('where any flags will do, the packets of one connection are one knock', (t) => {
  const kind = { ...KIND, kind: 'sequence', order: 'strict', tcpFlags: { mask: 0, value: 0 } } as const;
  const door = new SequenceDoor('x', { ...kind, knocks: tcp(1, 2, 3) });
  const connection = (port: number) =>
    [2, 16, 24, 17].map((tcpFlags, i) => knockOn(port, { tcpFlags, sourcePort: 5000 + port, sequenceNumber: 100 + i }));
  const opened = [1, 2, 3].flatMap(connection).filter((event) => door.recognise(event, 0));
  t.is(opened.length, 1);
});

test('of a sequence of 32 knocks each is known when it comes again', (t) => {
  const ports = Array.from({ length: 32 }, (_, i) => 100 + i);
  const door = new SequenceDoor('x', { ...KIND, kind: 'sequence', order: 'strict', knocks: tcp(...ports) });
  const events = ports.map((port) => knockOn(port));
  const opened = [...events.slice(0, 31), ...events.slice(0, 31), ...events.slice(31), ...events];
  t.is(opened.filter((event) => door.recognise(event, 0)).length, 1);
});
