// Clients that change while a server runs: the keys that are known already are taken over, and no others.

import test from 'ava';
import fc from 'fast-check';
import { type DecoderClient, SequenceDecoder } from '#src/decoder.js';
import { clientOf, countedClient, FROM, knockPorts, NOISE, NOW, SERVER_ID, secretOf } from './decoder-clients.ts';
import { refuses, untyped, type WrongUse } from './wrong-use.ts';

const numbered = (number: number) => clientOf({ name: `client-${number}`, secret: secretOf(number) });

function derived(clients: readonly DecoderClient[], serverId = SERVER_ID): SequenceDecoder {
  const decoder = new SequenceDecoder(serverId, clients);
  decoder.deriveAhead(NOW, 1000);
  return decoder;
}

/** How many of four windows' keys are missing after a decoder of `after` has taken over what one of `before` had. */
function missing(before: readonly DecoderClient[], after: readonly DecoderClient[], most: number): number {
  const decoder = new SequenceDecoder(SERVER_ID, after);
  decoder.adoptKeys(derived(before), most);
  return decoder.deriveAhead(NOW, 1) + 1;
}

const [a, b, c, d] = [1, 2, 3, 4].map(numbered) as [DecoderClient, DecoderClient, DecoderClient, DecoderClient];
const cases: readonly [string, DecoderClient[], DecoderClient[], most: number, missing: number][] = [
  ['one was added at the end', [a, b, c], [a, b, c, d], 0, 4],
  ['one was added in front', [a, b, c], [d, a, b, c], 0, 16],
  ['one was added in front, and may be derived', [a, b, c], [d, a, b, c], 3, 4],
  ['one has another secret', [a, b, c], [a, b, { ...c, secret: secretOf(9) }], 0, 4],
  ['one has another name', [a, b, c], [a, b, { ...c, name: 'carol' }], 0, 4],
];
for (const [title, before, after, most, expected] of cases) {
  test(`${title}: ${expected} keys are missing`, (t) => t.is(missing(before, after, most), expected));
}

test('the same clients, in another order or fewer of them, need no key at all', (t) => {
  for (const numbers of [[1, 2, 3], [3, 1], [2]]) {
    const clients = numbers.map((number) => countedClient(`client-${number}`, number));
    const decoder = new SequenceDecoder(SERVER_ID, clients);
    decoder.adoptKeys(derived([a, b, c]), 0);
    const compared = clients.reduce((sum, { derivations }) => sum + derivations(), 0);
    t.is(decoder.deriveAhead(NOW, 1), 0);
    decoder.decode(NOISE, FROM, NOW);
    t.is(
      clients.reduce((sum, { derivations }) => sum + derivations(), 0),
      compared,
    );
  }
});

test('with another server id nothing is taken over', (t) => {
  const decoder = new SequenceDecoder('other.example.net', [a]);
  decoder.adoptKeys(derived([a]), 0);
  t.is(decoder.deriveAhead(NOW, 1), 3);
});

test('what is answered afterwards is what a decoder that was just made answers', (t) => {
  const some = fc.uniqueArray(fc.integer({ min: 1, max: 4 }), { maxLength: 4 });
  const secretNumber = fc.integer({ min: 1, max: 5 });
  fc.assert(
    fc.property(
      some,
      some,
      fc.nat(4),
      fc.nat(3),
      secretNumber,
      fc.nat(9),
      (before, after, changed, ahead, number, most) => {
        const clients = after.map((n) => ({ ...numbered(n), secret: secretOf(n === changed ? 5 : n) }));
        const old = new SequenceDecoder(SERVER_ID, before.map(numbered));
        if (ahead > 0) old.deriveAhead(NOW - 30, ahead);
        const decoder = new SequenceDecoder(SERVER_ID, clients);
        decoder.adoptKeys(old, most);
        const ports = knockPorts({ secret: secretOf(number) });
        const fresh = new SequenceDecoder(SERVER_ID, clients);
        t.deepEqual(decoder.decode(ports, FROM, NOW), fresh.decode(ports, FROM, NOW));
      },
    ),
    { numRuns: 100 },
  );
});

const adopt = (most: unknown) => new SequenceDecoder(SERVER_ID, []).adoptKeys(derived([]), untyped(most));
const wrongUses: readonly WrongUse[] = [
  ['-1 keys', RangeError, 'most', () => adopt(-1)],
  ['no number of keys', TypeError, 'most', () => adopt(undefined)],
];
for (const row of wrongUses) test(`wrong use: ${row[0]}`, (t) => refuses(t, row));
