import test from 'ava';
import fc from 'fast-check';
import { formatAddress, parseAddress, tryParseAddress } from '#src/address.js';
import { bytesOf } from './arbitraries.ts';
import { refuses, untyped, type WrongUse } from './wrong-use.ts';

const canonical: readonly [text: string, written: string][] = [
  ['203.0.113.7', '203.0.113.7'],
  ['0.0.0.0', '0.0.0.0'],
  ['255.255.255.255', '255.255.255.255'],
  ['::', '::'],
  ['::1', '::1'],
  ['2001:DB8::7', '2001:db8::7'],
  ['2001:db8:0:0:0:0:0:7', '2001:db8::7'],
  ['2001:0db8:0001:0000:0000:0001:0000:0000', '2001:db8:1::1:0:0'],
  ['fe80::1', 'fe80::1'],
  ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
  ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['::FFFF:c000:0201', '192.0.2.1'],
  ['0:0:0:0:0:ffff:192.0.2.1', '192.0.2.1'],
  ['::1.2.3.4', '::102:304'],
  ['0:0:0:0:0:0:1.2.3.4', '::102:304'],
  ['::0:1.2.3.4', '::102:304'],
  ['::0.0.0.1', '::1'],
  ['::0.0.0.0', '::'],
  ['::ffff:0:1.2.3.4', '::ffff:0:102:304'],
  ['1::1.2.3.4', '1::102:304'],
  ['1:2:3:4:5:6:1.2.3.4', '1:2:3:4:5:6:102:304'],
  ['1:2:3:4:5::1.2.3.4', '1:2:3:4:5:0:102:304'],
];
for (const [text, written] of canonical) {
  test(`${text} is written as ${written}`, (t) => t.is(formatAddress(parseAddress(text)), written));
}

test('an IPv4-mapped address is the IPv4 address in it', (t) => {
  t.deepEqual(parseAddress('::ffff:192.0.2.1'), Uint8Array.of(192, 0, 2, 1));
  const mapped = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 192, 0, 2, 1);
  t.is(formatAddress(mapped), '192.0.2.1');
});

test('an IPv4-compatible address is an IPv6 address, not the IPv4 address in it', (t) => {
  t.deepEqual(parseAddress('::1.2.3.4'), Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4));
});

test('the last four bytes may be written as in IPv4: the bytes are the same', (t) => {
  fc.assert(
    fc.property(bytesOf(16), fc.nat({ max: 12 }), (bytes, zeros) => {
      const whole = Uint8Array.from(bytes, (byte, i) => (i < zeros ? 0 : byte));
      const words = Array.from({ length: 6 }, (_, i) =>
        (((whole[2 * i] ?? 0) << 8) | (whole[2 * i + 1] ?? 0)).toString(16),
      );
      const dotted = whole.slice(12).join('.');
      const written = new URL(`http://[${words.join(':')}:${dotted}]`).hostname.slice(1, -1);
      t.deepEqual(parseAddress(`${words.join(':')}:${dotted}`), parseAddress(written));
      const short = written.startsWith('::') && words.every((word) => word === '0') ? `::${dotted}` : undefined;
      if (short) t.deepEqual(parseAddress(short), parseAddress(written));
    }),
  );
});

const noAddresses = [
  '',
  'source',
  'gw.example.net',
  '1.2.3',
  '1.2.3.4.5',
  '1.2.3.256',
  '1.2.3.999',
  '01.2.3.4',
  '1.2.3.04',
  '0x1.2.3.4',
  '1.2.3.-4',
  '1.2.3.4 ',
  ' 1.2.3.4',
  '1.2.3.4/32',
  '1.2.3.4:745',
  '16909060',
  '1:2:3:4:5:6:7',
  '1:2:3:4:5:6:7:8:9',
  '1::2::3',
  '12345::',
  '::g',
  ':::',
  '::1 ',
  '[::1]',
  '::1/128',
  '::1.2.3',
  '1.2.3.4::',
  '::1.2.3.4:5',
  ':1.2.3.4',
  '1.2.3.4:1.2.3.4',
  '1:2:3:4:5:6:7:1.2.3.4',
  '1:2:3:4:5:1.2.3.4',
  '::1.2.3.256',
  '::ffff:010.0.0.1',
  '::ffff:0x10.0.0.1',
  '64:ff9b::192.0.2.033',
];
for (const text of noAddresses) {
  test(`"${text}" is no address`, (t) => {
    t.is(tryParseAddress(text), undefined);
    refuses(t, [text, RangeError, 'address', () => parseAddress(text)]);
  });
}

for (const text of ['fe80::1%eth0', 'fe80::1%', '::ffff:192.0.2.1%1']) {
  test(`${text} has a zone, and is told so`, (t) => {
    t.is(tryParseAddress(text), undefined);
    t.throws(() => parseAddress(text), { instanceOf: RangeError, message: /^address must not have a zone/ });
  });
}

const wrongUses: readonly WrongUse[] = [
  ['parse: a number', TypeError, 'address', () => parseAddress(untyped(1))],
  ['parse: nothing', TypeError, 'address', () => parseAddress(untyped(undefined))],
  ['format: nothing', TypeError, 'address', () => formatAddress(untyped(undefined))],
  ['format: text of four characters', TypeError, 'address', () => formatAddress(untyped('abcd'))],
  ['format: no bytes', RangeError, 'address', () => formatAddress(new Uint8Array(0))],
  ['format: 5 bytes', RangeError, 'address', () => formatAddress(new Uint8Array(5))],
  ['format: 17 bytes', RangeError, 'address', () => formatAddress(new Uint8Array(17))],
];
for (const row of wrongUses) test(`wrong use: ${row[0]}`, (t) => refuses(t, row));

test('what is written is read back', (t) => {
  const isMapped = (bytes: Uint8Array) => bytes.slice(0, 12).every((byte, i) => byte === (i < 10 ? 0 : 255));
  fc.assert(
    fc.property(fc.oneof(bytesOf(4), bytesOf(16)), (bytes) => {
      t.deepEqual(parseAddress(formatAddress(bytes)), isMapped(bytes) ? bytes.slice(12) : bytes);
    }),
  );
});

test('each text of an address is written in one canonical way', (t) => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
      const written = formatAddress(parseAddress(text));
      t.is(formatAddress(parseAddress(written)), written);
      t.is(written, written.toLowerCase());
    }),
  );
});

test('no text makes it throw', (t) => {
  const unit = fc.constantFrom(...'0123456789abcdefx.:%/[] '.split(''));
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit })), (text) => {
      const bytes = tryParseAddress(text);
      t.true(bytes === undefined || bytes.length === 4 || bytes.length === 16);
    }),
    { numRuns: 500 },
  );
});
