// When more than one key fits: who is taken for the one who knocked.

import test from 'ava';
import { SequenceDecoder } from '#src/decoder.js';
import { decodeSequence } from '#src/sequence.js';
import {
  ALL_PORTS,
  answer,
  clientOf,
  decoderOf,
  knockPorts,
  NOW,
  NOW_WINDOW,
  OTHER,
  SERVER_ID,
  SOURCE,
  secretOf,
} from './decoder-clients.ts';

const V6 = '2001:db8::7';

/** A secret under whose key the default knock is a request too, for some foreign address and port. */
function collidingSecret(): Uint8Array {
  for (let number = 1000; number < 2000; number++) {
    const secret = secretOf(number);
    const decoded = decodeSequence({ secret, serverId: SERVER_ID }, knockPorts(), NOW_WINDOW);
    if (decoded.ok && decoded.address.some((byte) => byte !== 0)) return secret;
  }
  throw new Error('one of sixteen keys should do');
}

const colliding = clientOf({ name: 'bob', secret: collidingSecret(), ports: ALL_PORTS });
const foreign = { ...colliding, openForOther: true };

test('a right address of a later client beats what an earlier one may mean by it', (t) => {
  for (const earlier of [colliding, foreign]) {
    const decoder = new SequenceDecoder(SERVER_ID, [earlier, clientOf()]);
    t.like(answer(decoder), { ok: true, client: 'alice', claimedAddress: SOURCE });
  }
  t.like(answer(new SequenceDecoder(SERVER_ID, [foreign])), { ok: true, client: 'bob' });
  t.like(answer(new SequenceDecoder(SERVER_ID, [colliding])), { reason: 'address-mismatch', client: 'bob' });
});

test('a right address in a neighbouring window beats a foreign one in the window of now', (t) => {
  const decoder = decoderOf({ openForOther: true, ports: ALL_PORTS });
  const key = { secret: secretOf(1), serverId: SERVER_ID };
  for (const windows of [-1, 1]) {
    let tried = 0;
    for (let time = 0; time < 256; time++) {
      const options = { time, unixSeconds: NOW + 30 * windows };
      if (!decodeSequence(key, knockPorts(options), NOW_WINDOW).ok) continue;
      tried++;
      t.like(answer(decoder, options), { window: NOW_WINDOW + windows, claimedAddress: SOURCE, time });
    }
    t.true(tried > 0);
  }
});

test('who may open for others beats who may not, whoever comes first', (t) => {
  const other = clientOf({ openForOther: true });
  for (const clients of [
    [colliding, other],
    [other, colliding],
  ]) {
    const decoder = new SequenceDecoder(SERVER_ID, clients);
    t.like(answer(decoder, {}, OTHER), { ok: true, client: 'alice', claimedAddress: SOURCE });
  }
});

test('of two clients with equal rights and one key the first is found', (t) => {
  const twins = (overrides: object) => decoderOf({ ...overrides, name: 'first' }, { ...overrides, name: 'second' });
  t.like(answer(twins({})), { ok: true, client: 'first' });
  t.like(answer(twins({ openForOther: true }), {}, OTHER), { ok: true, client: 'first' });
  t.like(answer(twins({}), {}, OTHER), { ok: false, client: 'first' });
  t.like(answer(twins({}), {}, V6), { ok: false, client: 'first' });
  t.like(answer(twins({ trustSource: false }), { address: 'source' }), { ok: false, client: 'first' });
});

test('of two clients with one key the one who trusts the source is found', (t) => {
  const decoder = decoderOf({ name: 'first', trustSource: false }, { name: 'second' });
  t.like(answer(decoder, { address: 'source' }), { ok: true, client: 'second' });
});
