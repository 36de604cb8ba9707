// What the decoder is given: any eight numbers are a normal case, wrong use is not.

import test from 'ava';
import fc from 'fast-check';
import { SequenceDecoder } from '#src/decoder.js';
import { parseSource } from '#src/source.js';
import { anyNumber, unixSeconds } from './arbitraries.ts';
import { ALL_PORTS, answer, clientOf, decoderOf, FROM, NOISE, NOW, SOURCE, secretOf } from './decoder-clients.ts';
import { refuses, untyped, type WrongUse } from './wrong-use.ts';

const anyone = decoderOf({ ports: ALL_PORTS }, { name: 'bob', openForOther: true, ports: ALL_PORTS });
test('no eight numbers make it throw, in any order, from whatever address', (t) => {
  const numbers = fc.oneof(
    fc.array(anyNumber, { minLength: 8, maxLength: 8 }),
    fc.array(fc.integer({ min: 745, max: 1000 }), { minLength: 8, maxLength: 8 }),
  );
  const reasons = new Set<string>();
  fc.assert(
    fc.property(numbers, fc.oneof(fc.ipV4(), fc.ipV6()), (ports, text) => {
      const from = parseSource(text);
      const result = anyone.decode(ports, from, NOW);
      const inRange = ports.every((port) => Number.isInteger(port) && port >= 745 && port <= 1000);
      t.is(!result.ok && result.reason === 'knock-out-of-range', !inRange);
      reasons.add(result.ok ? 'ok' : result.reason);
      const proven = result.ok && (result.claimedAddress === from.address || result.claimedAddress === 'source');
      t.deepEqual(anyone.decodeProven([ports], from, NOW)?.decoded, proven ? result : undefined);
    }),
    { numRuns: process.env.SLOW ? 1_000_000 : 2000 },
  );
  // with every port allowed a third of all noise fits some key, so that the ways behind the check are gone, too
  t.deepEqual([...reasons].sort(), ['address-mismatch', 'knock-out-of-range', 'no-key-fits', 'ok']);
});

test('holes and other things than numbers in the array do not make it throw either', (t) => {
  for (const ports of [
    new Array(8),
    Array(8).fill('x'),
    NOISE.map(String),
    NOISE.map((port) => [port]),
    Array(8).fill(null),
    Array(8).fill({}),
  ]) {
    t.deepEqual(anyone.decode(untyped(ports), FROM, NOW), { ok: false, reason: 'knock-out-of-range' });
  }
});

test('any moment from 1970 on will do', (t) => {
  const decoder = decoderOf({});
  fc.assert(
    fc.property(fc.oneof(unixSeconds, fc.maxSafeNat()), (seconds) => {
      t.like(answer(decoder, { unixSeconds: seconds }, SOURCE, seconds), { ok: true, client: 'alice' });
    }),
  );
});

const made = (id: unknown, client: object = {}, base?: unknown) =>
  new SequenceDecoder(untyped(id), [{ ...clientOf(), ...client }], untyped(base));
const asked = (ports: unknown, from: unknown = FROM, at: unknown = NOW) =>
  anyone.decode(untyped(ports), untyped(from), untyped(at));
const wrongUses: readonly WrongUse[] = [
  ['an empty server id', RangeError, 'serverId', () => made('')],
  ['no server id', TypeError, 'serverId', () => made(undefined)],
  ['base port 0', RangeError, 'basePort', () => made('gw', {}, 0)],
  ['base port 65281', RangeError, 'basePort', () => made('gw', {}, 65281)],
  ['base port as text', TypeError, 'basePort', () => made('gw', {}, '745')],
  ['31 bytes', RangeError, 'secret of client "alice"', () => made('gw', { secret: new Uint8Array(31).fill(0xee) })],
  ['a secret as text', TypeError, 'secret of client "alice"', () => made('gw', { secret: 'hush'.repeat(8) })],
  ['one name twice', RangeError, 'clients', () => decoderOf({}, { secret: secretOf(2) })],
  ['seven ports', RangeError, 'ports', () => asked(NOISE.slice(1))],
  ['nine ports', RangeError, 'ports', () => asked([...NOISE, 745])],
  ['ports as text', TypeError, 'ports', () => asked('12345678')],
  ['ports as a typed array', TypeError, 'ports', () => asked(Uint16Array.from(NOISE))],
  ['a source as text', TypeError, 'source', () => asked(NOISE, SOURCE)],
  ['a source that parseSource has not made', TypeError, 'source', () => asked(NOISE, { ...FROM })],
  ['no source', TypeError, 'source', () => asked(NOISE, null)],
  ['moment NaN', RangeError, 'unixSeconds', () => asked(NOISE, FROM, Number.NaN)],
  ['moment -1', RangeError, 'unixSeconds', () => asked(NOISE, FROM, -1)],
  ['moment as text', TypeError, 'unixSeconds', () => asked(NOISE, FROM, '1800000000')],
];
for (const row of wrongUses) test(`wrong use: ${row[0]}`, (t) => refuses(t, row, ['hush', '238', 'ee,', 'eeee']));
