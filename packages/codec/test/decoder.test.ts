import test from 'ava';
import { SequenceDecoder } from '#src/decoder.js';
import { bytesOfPorts } from '#src/sequence.js';
import { deriveWindowKey, ipv6AddressField } from '#src/window-key.js';
import {
  answer,
  clientOf,
  decoderOf,
  FROM,
  knockPorts,
  NOISE,
  NOW,
  NOW_WINDOW,
  OTHER,
  SERVER_ID,
  SOURCE,
  secretOf,
} from './decoder-clients.ts';

const NO_KEY_FITS = { ok: false, reason: 'no-key-fits' } as const;
const V6 = '2001:db8::7';
const OTHER_V6 = '2001:db8::8';

test('a request is recognised, with all that it says', (t) => {
  const ports = knockPorts();
  t.deepEqual(decoderOf({}).decode(ports, FROM, NOW), {
    ok: true,
    client: 'alice',
    window: NOW_WINDOW,
    cipher: bytesOfPorts(ports, 745),
    claimedAddress: SOURCE,
    port: 22,
    time: 5,
  });
});

for (const [windows, accepted] of [
  [-3, false],
  [-2, false],
  [-1, true],
  [0, true],
  [1, true],
  [2, false],
  [3, false],
] as const) {
  test(`a client whose clock is ${windows} windows off is ${accepted ? 'accepted' : 'refused'}`, (t) => {
    for (const second of [0, 29]) {
      const result = answer(decoderOf({}), { unixSeconds: NOW + 30 * windows + second }, SOURCE, NOW + 29 - second);
      if (accepted) t.like(result, { ok: true, client: 'alice', window: NOW_WINDOW + windows, port: 22 });
      else t.deepEqual(result, NO_KEY_FITS);
    }
  });
}

test('in the first window of all there is none before', (t) => {
  t.like(answer(decoderOf({}), { unixSeconds: 0 }, SOURCE, 0), { ok: true, window: 0 });
  t.like(answer(decoderOf({}), { unixSeconds: 30 }, SOURCE, 0), { ok: true, window: 1 });
  t.deepEqual(decoderOf({}).decode(NOISE, FROM, 0), NO_KEY_FITS);
});

test('refused: another key, another server id, another order, noise, no clients', (t) => {
  t.deepEqual(answer(decoderOf({}), { secret: secretOf(2) }), NO_KEY_FITS);
  t.deepEqual(answer(decoderOf({}), { serverId: 'gw.example.org' }), NO_KEY_FITS);
  t.deepEqual(decoderOf({}).decode([...knockPorts()].reverse(), FROM, NOW), NO_KEY_FITS);
  t.deepEqual(decoderOf({}).decode(NOISE, FROM, NOW), NO_KEY_FITS);
  t.deepEqual(answer(decoderOf()), NO_KEY_FITS);
});

test('refused: a knock out of range that would fit if it were wrapped round', (t) => {
  const ports = knockPorts();
  for (const [i, port] of ports.entries()) {
    for (const wrong of [port + 256, port - 256, port + 65536, -port, port + 0.5]) {
      t.deepEqual(
        decoderOf({}).decode(
          ports.map((other, j) => (j === i ? wrong : other)),
          FROM,
          NOW,
        ),
        { ok: false, reason: 'knock-out-of-range' },
      );
    }
  }
});

test('with another base port the same bytes are other ports', (t) => {
  const decoder = new SequenceDecoder(SERVER_ID, [clientOf()], 20000);
  const ports = knockPorts();
  t.like(
    decoder.decode(
      ports.map((port) => port - 745 + 20000),
      FROM,
      NOW,
    ),
    { ok: true, client: 'alice' },
  );
  t.deepEqual(decoder.decode(ports, FROM, NOW), { ok: false, reason: 'knock-out-of-range' });
});

test('"source" is accepted from everywhere, where it is trusted', (t) => {
  for (const from of [SOURCE, OTHER, V6]) {
    t.like(answer(decoderOf({}), { address: 'source' }, from), { ok: true, claimedAddress: 'source' });
  }
});

for (const openForOther of [false, true]) {
  test(`"source" is refused where it is not trusted; openForOther is ${openForOther}`, (t) => {
    const decoder = decoderOf({ trustSource: false, openForOther });
    const refusal = { ok: false, reason: 'source-not-trusted', client: 'alice', port: 22 };
    for (const from of [SOURCE, V6]) t.deepEqual(answer(decoder, { address: 'source' }, from), refusal);
    t.like(answer(decoder), { ok: true, claimedAddress: SOURCE });
  });
}

test('another address is refused, with the client and the address', (t) => {
  t.deepEqual(answer(decoderOf({}), {}, OTHER), {
    ok: false,
    reason: 'address-mismatch',
    client: 'alice',
    port: 22,
    claimedAddress: SOURCE,
  });
});

for (const byte of [0, 1, 2, 3]) {
  test(`byte ${byte} of the address counts`, (t) => {
    const mismatch = (address: string) => ({ ok: false, reason: 'address-mismatch', claimedAddress: address });
    const withByte = (address: string, value: number) =>
      address
        .split('.')
        .map((old, i) => (i === byte ? value : old))
        .join('.');
    const near = withByte(SOURCE, 99);
    t.like(answer(decoderOf({}), { address: near }), mismatch(near));
    // all but one are zero: that does not say "source"
    const nearZero = withByte('0.0.0.0', 1);
    t.like(answer(decoderOf({}), { address: nearZero }), mismatch(nearZero));
  });
}

test('another address is accepted where the client may open for others', (t) => {
  const decoder = decoderOf({ openForOther: true });
  t.like(answer(decoder, {}, OTHER), { ok: true, client: 'alice', claimedAddress: SOURCE, port: 22, time: 5 });
  t.like(answer(decoder), { ok: true, claimedAddress: SOURCE });
});

test('an address that proves nothing counts only with a port of the client', (t) => {
  t.deepEqual(answer(decoderOf({}), { port: 23 }, OTHER), NO_KEY_FITS);
  t.deepEqual(answer(decoderOf({ openForOther: true }), { port: 23 }, OTHER), NO_KEY_FITS);
  t.deepEqual(answer(decoderOf({ trustSource: false }), { port: 23, address: 'source' }), NO_KEY_FITS);
  t.deepEqual(answer(decoderOf({}), { port: 23 }, V6), NO_KEY_FITS);
});

test('a right address counts with any port: what the client may open is not asked here', (t) => {
  t.like(answer(decoderOf({}), { port: 23 }), { ok: true, port: 23 });
  t.like(answer(decoderOf({}), { port: 23, address: 'source' }), { ok: true, port: 23 });
});

test('the field of an IPv6 address fits its own address and no other', (t) => {
  const mismatch = { ok: false, reason: 'address-mismatch', client: 'alice', port: 22 };
  for (const openForOther of [false, true]) {
    const decoder = decoderOf({ openForOther });
    t.like(answer(decoder, { address: V6 }, V6), { ok: true, claimedAddress: V6 });
    t.deepEqual(answer(decoder, { address: OTHER_V6 }, V6), mismatch);
    t.deepEqual(answer(decoder, { address: SOURCE }, V6), mismatch);
  }
});

test('the field of an IPv6 address is an IPv4 address to the eyes of an IPv4 source', (t) => {
  const field = ipv6AddressField(
    deriveWindowKey(secretOf(1), SERVER_ID, NOW_WINDOW),
    Uint8Array.of(0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7),
  );
  t.like(answer(decoderOf({}), { address: V6 }), { reason: 'address-mismatch', claimedAddress: field.join('.') });
});

test('an IPv4-mapped address is the IPv4 address, in the knock and as its source', (t) => {
  t.like(answer(decoderOf({}), { address: `::ffff:${SOURCE}` }), { ok: true, claimedAddress: SOURCE });
  t.like(answer(decoderOf({}), {}, `::ffff:${SOURCE}`), { ok: true, port: 22 });
  t.like(answer(decoderOf({}), {}, `::ffff:${OTHER}`), { reason: 'address-mismatch', claimedAddress: SOURCE });
});

test('each of 200 clients is found by its own key', (t) => {
  const clients = Array.from({ length: 200 }, (_, i) => clientOf({ name: `client-${i}`, secret: secretOf(i) }));
  const decoder = new SequenceDecoder(SERVER_ID, clients);
  for (const { name, secret } of clients) t.like(answer(decoder, { secret }), { ok: true, client: name });
  t.deepEqual(answer(decoder, { secret: secretOf(200) }), NO_KEY_FITS);
});
