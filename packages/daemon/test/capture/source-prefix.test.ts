import { parseAddress } from '@eightknock/codec';
import test from 'ava';
import fc from 'fast-check';
import { prefixKey, prefixOf, word } from '#src/capture/source-prefix.js';

test('an IPv4 address is a source of its own, an IPv6 address stands for its /64', (t) => {
  const keyOf = (address: string) => prefixKey(prefixOf(parseAddress(address)));
  t.deepEqual(prefixOf(parseAddress('255.0.1.2')), [0xff000102]);
  t.deepEqual(prefixOf(parseAddress('2001:db8:ffff:1::1')), [0x20010db8, 0xffff0001]);
  t.is(keyOf('2001:db8:0:1::1'), keyOf('2001:db8:0:1:ffff:ffff:ffff:ffff'));
  t.not(keyOf('2001:db8:0:1::1'), keyOf('2001:db8:0:2::1'));
  t.not(keyOf('192.0.2.1'), keyOf('192.0.2.2'));
  t.not(keyOf('32.1.13.184'), keyOf('2001:db8::'), 'no address of one family is one of the other');
});

test('a word is what DataView reads', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), fc.nat(12), (bytes, at) => {
      t.is(word(bytes, at), new DataView(bytes.buffer).getUint32(at));
    }),
  );
});
