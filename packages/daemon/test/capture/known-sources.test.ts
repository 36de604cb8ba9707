import test from 'ava';
import { KnownReader, KnownSources, knownRecord } from '#src/capture/known-sources.js';
import { MAX_KNOWN } from '#src/capture/shed-filter.js';
import { prefixOf } from '#src/capture/source-prefix.js';

const ipv4 = (number: number) => Uint8Array.of(10, 0, number >> 8, number);
const IPV6 = Uint8Array.of(0x20, 1, 0xd, 0xb8, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9);

test('the newest are remembered, 64 of them, and the newest first', (t) => {
  const known = new KnownSources();
  for (let i = 0; i < MAX_KNOWN + 10; i++) t.true(known.add(ipv4(i)));
  t.is(known.prefixes().length, MAX_KNOWN);
  t.deepEqual(known.prefixes()[0], prefixOf(ipv4(MAX_KNOWN + 9)));
  t.false(known.has(ipv4(9)));
  t.true(known.has(ipv4(10)));
  t.false(known.add(ipv4(MAX_KNOWN + 9)), 'the newest already');
  t.true(known.add(ipv4(10)));
  t.deepEqual(known.prefixes()[0], prefixOf(ipv4(10)));
});

test('a /64 is one source', (t) => {
  const known = new KnownSources();
  known.add(IPV6);
  t.true(known.has(Uint8Array.from(IPV6, (byte, i) => (i < 8 ? byte : 7))));
  t.false(known.has(Uint8Array.from(IPV6, (byte, i) => (i === 7 ? 2 : byte))));
});

test('records that are read, in whatever pieces, make the same sources', (t) => {
  const known = new KnownSources();
  for (const source of [ipv4(1), IPV6, ipv4(2)]) known.add(source);
  for (const size of [1, 5, 17, 100]) {
    const copy = new KnownSources();
    const reader = new KnownReader();
    const bytes = known.records();
    for (let at = 0; at < bytes.length; at += size) reader.read(bytes.subarray(at, at + size), (one) => copy.add(one));
    t.deepEqual(copy.prefixes(), known.prefixes());
  }
});

test('what is no record is left out', (t) => {
  const seen: string[] = [];
  const wrongLength = knownRecord(ipv4(1));
  wrongLength[0] = 5;
  const wrongFilling = knownRecord(ipv4(2));
  wrongFilling[16] = 1;
  new KnownReader().read(Buffer.concat([wrongLength, wrongFilling, knownRecord(ipv4(3))]), (one) => {
    seen.push(one.join('.'));
  });
  t.deepEqual(seen, ['10.0.0.3']);
});
