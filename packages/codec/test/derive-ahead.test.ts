// How the decoder holds its keys: ahead of time, in slices, never more than four windows of them.

import test from 'ava';
import fc from 'fast-check';
import { type DecoderLimits, SequenceDecoder } from '#src/decoder.js';
import {
  type CountedClient,
  clientOf,
  countedClient,
  FROM,
  knockPorts,
  NOISE,
  NOW,
  NOW_WINDOW,
  SERVER_ID,
  secretOf,
} from './decoder-clients.ts';
import { refuses, untyped, type WrongUse } from './wrong-use.ts';

const CLIENTS = 7;

/** A decoder of seven clients, and how many keys it has derived since it was last asked. */
function counted(limits: DecoderLimits = {}): { decoder: SequenceDecoder; derived: () => number } {
  const clients: CountedClient[] = Array.from({ length: CLIENTS }, (_, i) => countedClient(`client-${i}`, i));
  const decoder = new SequenceDecoder(SERVER_ID, clients, undefined, limits);
  let before = 0;
  const derived = () => {
    const all = clients.reduce((sum, client) => sum + client.derivations(), 0);
    const since = all - before;
    before = all;
    return since;
  };
  return { decoder, derived };
}

test('keys are derived in slices, and it is told how many are missing', (t) => {
  const { decoder, derived } = counted();
  for (let missing = 4 * CLIENTS - 3; missing > 0; missing -= 3) {
    t.is(decoder.deriveAhead(NOW, 3), missing);
    t.is(derived(), 3);
  }
  t.is(decoder.deriveAhead(NOW, 3), 0);
  t.is(derived(), 1);
  t.is(decoder.deriveAhead(NOW + 29, 3), 0);
  t.is(derived(), 0);
});

test('a knock derives no more keys than it may, and says that others are missing until they are there', (t) => {
  const { decoder, derived } = counted({ derivedAtOnce: CLIENTS + 2 });
  const last = knockPorts({ secret: secretOf(CLIENTS - 1), unixSeconds: NOW - 30 });
  t.like(decoder.decode(last, FROM, NOW), { ok: false, reason: 'keys-missing' });
  t.is(derived(), CLIENTS + 2);
  t.like(decoder.decode(last, FROM, NOW), { ok: true, client: `client-${CLIENTS - 1}`, window: NOW_WINDOW - 1 });
  t.is(derived(), CLIENTS - 2, 'the window after it was not needed');
  t.like(decoder.decode(NOISE, FROM, NOW), { ok: false, reason: 'no-key-fits' });
  t.is(derived(), CLIENTS);
});

test('a client that fits is found though keys are missing', (t) => {
  const { decoder } = counted({ derivedAtOnce: 1 });
  t.like(decoder.decode(knockPorts({ secret: secretOf(0) }), FROM, NOW), { ok: true, client: 'client-0' });
});

test('whoever is likely is tried first, in all windows; a wrong guess changes nothing', (t) => {
  const { decoder } = counted();
  decoder.deriveAhead(NOW, 1000);
  const name = `client-${CLIENTS - 1}`;
  const ports = knockPorts({ secret: secretOf(CLIENTS - 1), unixSeconds: NOW + 30 });
  const decrypts = (likely?: string) => {
    const before = decoder.decrypts;
    t.like(decoder.decode(ports, FROM, NOW, likely), { ok: true, client: name, window: NOW_WINDOW + 1 });
    return decoder.decrypts - before;
  };
  t.is(decrypts(), 3 * CLIENTS);
  t.is(decrypts(name), 3);
  t.is(decrypts('client-0'), 3 + 3 * CLIENTS);
  t.is(decrypts('nobody'), 3 * CLIENTS);
});

test('one large slice derives all of four windows', (t) => {
  const { decoder, derived } = counted();
  t.is(decoder.deriveAhead(NOW, 1000), 0);
  t.is(derived(), 4 * CLIENTS);
});

for (const [slices, unixSeconds] of [
  [1, NOW],
  [2, NOW - 30],
  [3, NOW + 30],
] as const) {
  test(`after ${slices} windows of keys a knock of ${unixSeconds - NOW} seconds from now costs none`, (t) => {
    const { decoder, derived } = counted();
    t.is(decoder.deriveAhead(NOW, slices * CLIENTS), (4 - slices) * CLIENTS);
    derived();
    const ports = knockPorts({ secret: secretOf(CLIENTS - 1), unixSeconds });
    t.like(decoder.decode(ports, FROM, NOW), { ok: true, client: `client-${CLIENTS - 1}` });
    t.is(derived(), 0);
  });
}

test('with all keys derived, noise costs none, now and in the next window', (t) => {
  const { decoder, derived } = counted();
  decoder.deriveAhead(NOW, 1000);
  derived();
  decoder.decode(NOISE, FROM, NOW);
  decoder.decode(NOISE, FROM, NOW + 30);
  t.is(derived(), 0);
  // only the window behind the new next one is missing
  t.is(decoder.deriveAhead(NOW + 30, 1), CLIENTS - 1);
  t.is(decoder.deriveAhead(NOW + 30, CLIENTS - 1), 0);
});

test('without keys derived ahead a decode derives those of three windows, once', (t) => {
  const { decoder, derived } = counted();
  decoder.decode(NOISE, FROM, NOW);
  t.is(derived(), 3 * CLIENTS);
  decoder.decode(NOISE, FROM, NOW);
  t.is(derived(), 0);
});

test('a decode completes what was begun ahead', (t) => {
  const { decoder, derived } = counted();
  t.is(decoder.deriveAhead(NOW, 2), 4 * CLIENTS - 2);
  decoder.decode(NOISE, FROM, NOW);
  t.is(derived(), 3 * CLIENTS);
  t.is(decoder.deriveAhead(NOW, 1), CLIENTS - 1);
});

for (const [windows, missing] of [
  [1, 1],
  [2, 2],
  [3, 3],
  [4, 4],
  [1000, 4],
  [-1, 1],
  [-2, 2],
  [-4, 4],
] as const) {
  test(`when the clock goes ${windows} windows, ${missing} of four windows are missing`, (t) => {
    const { decoder } = counted();
    decoder.deriveAhead(NOW, 1000);
    t.is(decoder.deriveAhead(NOW + 30 * windows, 1), missing * CLIENTS - 1);
  });
}

for (const windows of [1, -1]) {
  test(`when the clock goes ${windows} window and back, the one at the end is missing again`, (t) => {
    const { decoder } = counted();
    for (const seconds of [NOW, NOW + 30 * windows]) t.is(decoder.deriveAhead(seconds, 1000), 0);
    t.is(decoder.deriveAhead(NOW, 1), CLIENTS - 1);
  });
}

test('windows that are over are forgotten', (t) => {
  for (const visit of ['decode', 'deriveAhead'] as const) {
    const { decoder, derived } = counted();
    const go = (seconds: number) => {
      if (visit === 'decode') decoder.decode(NOISE, FROM, seconds);
      else decoder.deriveAhead(seconds, 1000);
      return derived();
    };
    const all = (visit === 'decode' ? 3 : 4) * CLIENTS;
    // what was held for each of these would be found again on the second round
    for (let round = 0; round < 2; round++) {
      for (let jump = 0; jump < 5; jump++) t.is(go(NOW + 3000 * jump), all, `${visit}, round ${round}, jump ${jump}`);
    }
  }
});

test('in the first window of all there is none before, ahead either', (t) => {
  const { decoder } = counted();
  t.is(decoder.deriveAhead(0, 1), 3 * CLIENTS - 1);
  t.is(decoder.deriveAhead(29, 1000), 0);
  t.is(decoder.deriveAhead(30, 1), CLIENTS - 1);
});

test('without clients nothing is missing', (t) => {
  t.is(new SequenceDecoder(SERVER_ID, []).deriveAhead(NOW, 1), 0);
});

test('however the clock jumps, the answers are those of a decoder that was just made', (t) => {
  const clients = [clientOf(), clientOf({ name: 'bob', secret: secretOf(2), openForOther: true })];
  const step = fc.record({
    // near steps meet windows that are held, far ones do not
    at: fc.oneof({ weight: 4, arbitrary: fc.integer({ min: -4, max: 4 }) }, fc.integer({ min: -1000, max: 10 ** 6 })),
    knockOff: fc.integer({ min: -2, max: 2 }),
    number: fc.integer({ min: 1, max: 3 }),
    most: fc.integer({ min: 1, max: 9 }),
    ahead: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 10 }), (steps) => {
      const decoder = new SequenceDecoder(SERVER_ID, clients);
      for (const { at, knockOff, number, most, ahead } of steps) {
        const now = (NOW_WINDOW + at) * 30;
        if (ahead) t.true(decoder.deriveAhead(now, most) <= 4 * clients.length - most + 1);
        const ports = knockPorts({ secret: secretOf(number), unixSeconds: now + 30 * knockOff });
        const fresh = new SequenceDecoder(SERVER_ID, clients);
        t.deepEqual(decoder.decode(ports, FROM, now), fresh.decode(ports, FROM, now));
      }
    }),
    { numRuns: 50 },
  );
});

const ahead = (seconds: unknown, most: unknown) => counted().decoder.deriveAhead(untyped(seconds), untyped(most));
const wrongUses: readonly WrongUse[] = [
  ['a slice of none', RangeError, 'most', () => ahead(NOW, 0)],
  ['a slice of -1', RangeError, 'most', () => ahead(NOW, -1)],
  ['a slice of 1.5', RangeError, 'most', () => ahead(NOW, 1.5)],
  ['a slice of NaN', RangeError, 'most', () => ahead(NOW, Number.NaN)],
  ['no slice', TypeError, 'most', () => ahead(NOW, undefined)],
  ['moment -1', RangeError, 'unixSeconds', () => ahead(-1, 1)],
  ['moment as text', TypeError, 'unixSeconds', () => ahead('now', 1)],
];
for (const row of wrongUses) test(`wrong use: ${row[0]}`, (t) => refuses(t, row));
