// Keys are tried four at once, then two, then one: whoever it is, and however many there are, is found.

import test from 'ava';
import { SequenceDecoder } from '#src/decoder.js';
import { clientOf, FROM, knockPorts, NOISE, NOW, NOW_WINDOW, SERVER_ID, secretOf } from './decoder-clients.ts';

const MOST = 9;
const clients = Array.from({ length: MOST }, (_, i) => clientOf({ name: `client-${i}`, secret: secretOf(i) }));
const WINDOWS = [-1, 0, 1];
const ports = WINDOWS.map((window) =>
  clients.map(({ secret }) => knockPorts({ secret, unixSeconds: NOW + 30 * window })),
);

for (let count = 1; count <= MOST; count++) {
  test(`each of ${count} clients in each window, in any order of their knocks, with all keys and while some are missing`, (t) => {
    const some = clients.slice(0, count);
    const decoder = new SequenceDecoder(SERVER_ID, some);
    decoder.deriveAhead(NOW, 1000);
    for (const [i, window] of WINDOWS.entries()) {
      for (const [rank, { name }] of some.entries()) {
        const knocked = ports[i]?.[rank] as readonly number[];
        const expected = { ok: true, client: name, window: NOW_WINDOW + window } as const;
        t.like(decoder.decode(knocked, FROM, NOW), expected);
        t.like(new SequenceDecoder(SERVER_ID, some).decode(knocked, FROM, NOW), expected);
        for (let at = 0; at < count; at++) {
          const orders = Array.from({ length: count }, (_, j) => (j === at ? knocked : NOISE));
          t.like(decoder.decodeProven(orders, FROM, NOW), { decoded: expected, arrangement: at });
        }
      }
    }
  });

  test(`a sequence that nobody of ${count} has sent costs one decryption for each key`, (t) => {
    const decoder = new SequenceDecoder(SERVER_ID, clients.slice(0, count));
    t.like(decoder.decode(NOISE, FROM, NOW), { reason: 'no-key-fits' });
    t.is(decoder.decrypts, 3 * count);
    decoder.decode(NOISE, FROM, NOW, 'client-0');
    t.is(decoder.decrypts, 6 * count + 3, 'and three for whom it was expected of');
    for (let i = 0; i < 2; i++) decoder.decode(NOISE, FROM, 0);
    t.is(decoder.decrypts, 10 * count + 3, 'before the first window of all there is none');
  });
}
