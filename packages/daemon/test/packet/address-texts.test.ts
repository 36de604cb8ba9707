import { formatAddress } from '@eightknock/codec';
import test from 'ava';
import fc from 'fast-check';
import { AddressTexts, PLACES } from '#src/packet/address-texts.js';

const bytes = fc.oneof(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.uint8Array({ minLength: 16, maxLength: 16 }));

test('whatever was read before, an address is written as ever', (t) => {
  const texts = new AddressTexts();
  fc.assert(
    fc.property(fc.array(bytes, { maxLength: 20 }), (addresses) =>
      [...addresses, ...addresses].every(
        (address) =>
          texts.read(Buffer.concat([Buffer.alloc(3), address]), 3, address.length as 4 | 16) === formatAddress(address),
      ),
    ),
    { numRuns: process.env.SLOW ? 1_000_000 : 2000 },
  );
  t.pass();
});

test('more addresses than there are places, and one that is like another with zeros behind it', (t) => {
  const texts = new AddressTexts();
  const address = Buffer.alloc(16);
  for (let round = 0; round < 2; round++) {
    for (let i = 0; i < 3 * PLACES; i++) {
      address.writeUInt32BE(0x64400000 + i);
      t.is(texts.read(address, 0, 4), formatAddress(address.subarray(0, 4)));
      if (i % 64 === 0) t.is(texts.read(address, 0, 16), formatAddress(address));
    }
  }
});

test('a text that is known is not made again', (t) => {
  const texts = new AddressTexts();
  const address = Buffer.from([192, 0, 2, 1]);
  const first = texts.read(address, 0, 4);
  const began = process.memoryUsage().heapUsed;
  for (let i = 0; i < 100_000; i++) texts.read(address, 0, 4);
  t.is(texts.read(address, 0, 4), first);
  t.true(process.memoryUsage().heapUsed - began < 1_000_000, 'ten bytes for each at most');
});
