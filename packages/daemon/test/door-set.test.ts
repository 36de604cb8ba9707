import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import type { DigitsKind, DoorConfig, OneTimeKind, SequenceKind } from '#src/config/door-config.js';
import { DoorSet } from '#src/door-set.js';
import type { Recogniser } from '#src/recognise/recogniser.js';
import { temporaryFolder } from './config/sample.js';
import { knockOn } from './knock.js';

const EIGHT: Recogniser = { recognise: () => undefined };
const KNOCKED = { timeoutMs: 120_000, tcpFlags: { mask: 0x12, value: 2 }, order: 'strict', source: 'same' } as const;

function sequence(name: string, ...ports: number[]): DoorConfig & SequenceKind {
  const knocks = ports.map((port) => ({ protocol: 'tcp', port }) as const);
  return { name, kind: 'sequence', knocks, ...KNOCKED, action: { kind: 'close', ports: [] } };
}

function configOf(...doors: DoorConfig[]) {
  return { doors, basePort: 745 };
}

/** The doors that a knock completes. */
function knock(set: DoorSet, port: number, sourceAddress = '198.51.100.7'): string[] {
  const event = knockOn(port, { sourceAddress });
  return set.hearersOf(event).flatMap(({ recogniser }) => {
    const found = recogniser.recognise(event, 0);
    return found?.kind === 'request' && 'door' in found.request ? [found.request.door] : [];
  });
}

test('one knock can complete several doors, each by its own memory', (t) => {
  const set = new DoorSet(EIGHT, configOf(sequence('a', 1, 2), sequence('b', 3, 2)), true);
  t.deepEqual(
    [1, 3, 2].map((port) => knock(set, port)),
    [[], [], ['a', 'b']],
  );
});

test('a door that is the same goes on through a reload, another one begins anew', (t) => {
  const set = new DoorSet(EIGHT, configOf(sequence('a', 1, 2), sequence('b', 1, 3), sequence('c', 1, 4)), true);
  knock(set, 1);
  set.reconfigure(configOf(sequence('a', 1, 2), { ...sequence('b', 1, 3), timeoutMs: 5 }));
  t.deepEqual(knock(set, 2), ['a']);
  t.deepEqual(knock(set, 3), []);
  t.deepEqual(knock(set, 4), [], 'c is gone');
});

test('what must be captured follows the doors', (t) => {
  const set = new DoorSet(EIGHT, configOf(), true);
  t.deepEqual(set.wanted.doors, []);
  set.reconfigure(configOf(sequence('a', 1, 2, 9)));
  t.deepEqual(
    set.wanted.doors.map(({ first, last }) => [first, last]),
    [
      [1, 2],
      [9, 9],
    ],
  );
  t.is(set.wanted.held, 3);
  t.is(set.wanted.forgottenAfterMs, 120_000);
});

test('a number in the eight knocks is heard by nobody else', (t) => {
  const door: DoorConfig = { name: 'n', kind: 'encrypted', port: 9000, action: { kind: 'close', ports: [] } };
  const set = new DoorSet(EIGHT, configOf(door), true);
  t.deepEqual(
    set.hearersOf(knockOn(9000)).map(({ recogniser }) => recogniser),
    [EIGHT],
  );
});

test('a file is read again, and its lines are counted', async (t) => {
  const file = join(await temporaryFolder(t), 'once');
  await writeFile(file, '1,2\n3,4\n');
  const door: DoorConfig = { name: 'o', kind: 'one-time', file, ...KNOCKED, action: { kind: 'close', ports: [] } };
  const set = new DoorSet(EIGHT, configOf(door), true);
  t.is(set.linesLeft('o'), 2);
  t.is(set.linesLeft('x'), undefined);
  t.deepEqual(
    [1, 2].map((port) => knock(set, port)),
    [[], ['o']],
  );
  t.is(set.files.get('o')?.spend('1,2'), 'spent');
  await writeFile(file, '5,6\n');
  set.reconfigure(configOf(door));
  t.deepEqual(
    [3, 4, 5, 6].flatMap((port) => knock(set, port)),
    ['o'],
  );
  t.is(set.linesLeft('o'), 1);
});

const CLOSE = { kind: 'close', ports: [] } as const;
const tcp = (port: number) => ({ protocol: 'tcp', port }) as const;
const DIGITS: DoorConfig & DigitsKind = {
  ...{ name: 'd', kind: 'digits', start: [tcp(1)], zero: tcp(2), end: [tcp(12)], action: CLOSE },
  ...{ timeoutMs: 120_000, tcpFlags: KNOCKED.tcpFlags },
};
const ONCE: DoorConfig & OneTimeKind = { name: 'o', kind: 'one-time', file: '', ...KNOCKED, action: CLOSE };

/** Doors that nobody knocks on. */
const others = (count: number) => Array.from({ length: count }, (_, i) => sequence(`other-${i}`, 50_000, 60_000));

for (const [title, door, beside, expected] of [
  ['of a sequence, alone', sequence('a', 1, 3, 12), 0, 16_384],
  ['of digits, alone', DIGITS, 0, 16_384],
  ['of one-time sequences, alone', ONCE, 0, 16_384],
  ['of a sequence, one of four', sequence('a', 1, 3, 12), 3, 16_384],
  ['of a sequence, one of eight', sequence('a', 1, 3, 12), 7, 8192],
  ['of digits, one of eight', DIGITS, 7, 8192],
  ['of one-time sequences, one of eight', ONCE, 7, 8192],
  ['of a sequence, one of 200', sequence('a', 1, 3, 12), 199, 512],
] as const) {
  test(`a door ${title}, remembers ${expected} sources`, async (t) => {
    const file = join(await temporaryFolder(t), 'once');
    await writeFile(file, '1,3,12\n');
    const own = door.kind === 'one-time' ? { ...door, file } : door;
    /** Does somebody who was in the middle of it get in when so many others have come since? */
    const opensAfter = (strangers: number) => {
      const set = new DoorSet(EIGHT, configOf(own, ...others(beside)), true);
      knock(set, 1);
      for (let i = 0; i < strangers; i++) knock(set, 1, `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`);
      return [...knock(set, 3), ...knock(set, 12)];
    };
    t.deepEqual(opensAfter(expected - 1), [own.name]);
    t.deepEqual(opensAfter(expected), []);
  });
}
