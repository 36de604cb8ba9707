// Who is kept out of the table of sources: the gate must not let strangers choose.

import test from 'ava';
import { MAX_HELD_SOURCES } from '#src/capture/source-gate.js';
import { SourcePlaces } from '#src/capture/source-places.js';
import { Seeded } from '../seeded.ts';

const SEEDS = 200;

/** IPv6 addresses that differ in their last two words: as 32-bit numbers. */
function addressOf(third: number, fourth: number): Uint8Array {
  const bytes = new Uint8Array(16);
  bytes.set([0x20, 1, 0xd, 0xb8]);
  const view = new DataView(bytes.buffer);
  view.setUint32(8, third);
  view.setUint32(12, fourth);
  return bytes;
}

/** Differences that multiplication by an odd number and a shift by 15 leave alone, in which the last word undoes the one before. */
function* undoing(): Generator<readonly [number, number]> {
  for (let x = 1; x < 16; x++) {
    const low = x & -x;
    for (let d = low; d < 16; d += 2 * low) {
      const difference = (d << 28) >>> 0;
      yield [(x << 28) >>> 0, (difference ^ (difference >>> 15)) >>> 0];
    }
  }
}

test('addresses that are like another one meet it no more often than by chance, whatever the seed', (t) => {
  let [forgotten, tried] = [0, 0];
  for (let seed = 1; seed <= SEEDS; seed++) {
    let victim = -1;
    const places = new SourcePlaces({
      places: 1024,
      ownWords: 0,
      seed: seed * 0x9e3779b1,
      onForgotten: (place) => {
        if (place === victim) forgotten++;
      },
    });
    victim = places.find(addressOf(0x12345678, seed));
    for (const [third, fourth] of undoing()) {
      tried++;
      places.find(addressOf(0x12345678 ^ third, seed ^ fourth));
    }
  }
  // Of 128 sets of eight places each gets less than one of these addresses: nobody has to go.
  t.true(tried / SEEDS > 60);
  t.is(forgotten, 0);
});

test('addresses in a row, as those of one network, spread over the whole table', (t) => {
  for (const isIpv4 of [true, false]) {
    let forgotten = 0;
    const places = new SourcePlaces({ places: 4096, ownWords: 0, seed: 7, onForgotten: () => forgotten++ });
    const addresses = Array.from({ length: 2048 }, (_, i) =>
      isIpv4 ? Uint8Array.of(10, 0, i >> 8, i & 255) : addressOf(0, i),
    );
    const found = new Set(addresses.map((address) => places.find(address)));
    t.true(found.size > 2000, `${found.size} of 2048 places`);
    // A free place is "forgotten", too, when it is taken.
    t.true(forgotten < 2100);
  }
});

test('a source keeps its place, and what its owner keeps there', (t) => {
  const places = new SourcePlaces({ places: MAX_HELD_SOURCES, ownWords: 1, seed: 3, onForgotten: () => {} });
  const seeded = new Seeded(5);
  const sources = Array.from({ length: 1000 }, () => Uint8Array.from({ length: 16 }, () => seeded.below(256)));
  const found = sources.map((source) => places.find(source));
  t.deepEqual(
    sources.map((source) => places.find(source)),
    found,
  );
  t.is(new Set(found).size, 1000);
});
