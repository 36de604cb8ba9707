import test from 'ava';
import fc from 'fast-check';
import { MAX_COUNTED, PrefixCounts } from '#src/capture/prefix-counts.js';
import { type PrefixKey, prefixKey, prefixOf } from '#src/capture/source-prefix.js';

/** Few bytes, so that the same source comes again. */
const byte = fc.constantFrom(0, 1, 255);
const address = fc.oneof(
  fc.uint8Array({ minLength: 4, maxLength: 4 }),
  fc.tuple(byte, byte).map(([a, b]) => Uint8Array.of(10, 0, a, b)),
  fc.tuple(byte, byte, byte).map(([a, b, c]) => Uint8Array.of(a, 0, 0, 0, 0, 0, 0, b, 0, 0, 0, 0, 0, 0, 0, c)),
);

test('against a slow model: any sources, counted and cleared', (t) => {
  fc.assert(
    fc.property(fc.array(fc.array(address, { maxLength: 300 }), { maxLength: 3 }), (rounds) => {
      const counts = new PrefixCounts();
      for (const sources of rounds) {
        const model = new Map<PrefixKey, number>();
        for (const source of sources) {
          counts.add(source);
          const key = prefixKey(prefixOf(source));
          const before = model.get(key);
          if (before !== undefined || model.size < MAX_COUNTED) model.set(key, (before ?? 0) + 1);
        }
        const counted = counts.counts().map(({ prefix, packets }) => [prefixKey(prefix), packets] as const);
        t.deepEqual([...counted].sort(), [...model].sort());
        counts.clear();
        t.deepEqual(counts.counts(), []);
      }
    }),
    { numRuns: process.env.SLOW ? 5000 : 200 },
  );
});

test('more sources than are counted: the first ones stay, and the search for others ends', (t) => {
  const counts = new PrefixCounts();
  for (let i = 0; i < 10 * MAX_COUNTED; i++) counts.add(Uint8Array.of(10, 0, i >> 8, i));
  counts.add(Uint8Array.of(10, 0, 0, 7));
  t.is(counts.counts().length, MAX_COUNTED);
  t.is(counts.counts().find(({ prefix }) => prefix[0] === 0x0a000007)?.packets, 2);
});
