import test from 'ava';
import fc from 'fast-check';
import { type BlockFields, decodeBlock, encodeBlock, passesCheck, TIME_CLOSE, TIME_UNLIMITED } from '#src/block.js';
import { readWord } from '#src/cipher.js';
import { blockFields, bytesOf } from './arbitraries.ts';
import { fromHex, toHex } from './vectors.ts';
import { refuses, untyped, type WrongUse } from './wrong-use.ts';

const FIELDS: BlockFields = { address: Uint8Array.of(203, 0, 113, 7), port: 22, time: 0, nonce: 5 };

const blocks: readonly [title: string, fields: Partial<BlockFields>, block: string][] = [
  ['address, port, time and nonce have their places', {}, 'cb00710700160052'],
  ['the port is big-endian', { port: 0x1234 }, 'cb00710712340055'],
  ['the largest values', { address: fromHex('ffffffff'), port: 65535, time: 255, nonce: 15 }, 'fffffffffffffff1'],
  ['the smallest values', { address: new Uint8Array(4), port: 1, time: 0, nonce: 0 }, '0000000000010001'],
  // 15 + 1 = 16: the check is modulo 16
  ['the check wraps round', { address: fromHex('0000000f'), port: 1, time: 0, nonce: 0 }, '0000000f00010000'],
];
for (const [title, change, block] of blocks) {
  test(`block: ${title}`, (t) => {
    const fields = { ...FIELDS, ...change };
    t.is(toHex(encodeBlock(fields)), block);
    t.deepEqual(decodeBlock(fromHex(block)), { ok: true, ...fields });
  });
}

test("what is read keeps its address when the caller's bytes change, also those of a Buffer", (t) => {
  for (const block of [fromHex('cb00710700160052'), Buffer.from('cb00710700160052', 'hex')]) {
    const fields = decodeBlock(block);
    block.fill(0);
    t.deepEqual(fields, { ok: true, ...FIELDS });
  }
});

test('the two special times are those of the protocol', (t) => t.deepEqual([TIME_UNLIMITED, TIME_CLOSE], [0, 255]));

test('a right block with port 0 is refused for its port', (t) => {
  t.deepEqual(decodeBlock(fromHex('cb0071070000005b')), { ok: false, reason: 'port-zero' });
  t.deepEqual(decodeBlock(new Uint8Array(8)), { ok: false, reason: 'port-zero' });
});

test('each wrong check nibble is refused, the right one is not', (t) => {
  for (let check = 0; check < 16; check++) {
    const block = encodeBlock(FIELDS);
    block[7] = (5 << 4) | check;
    t.deepEqual(
      decodeBlock(block),
      check === 2 ? { ok: true, ...FIELDS } : { ok: false, reason: 'check-failed' },
      `check nibble ${check}`,
    );
  }
});

test('the quick check of any eight bytes finds what the reading of the block finds', (t) => {
  fc.assert(
    fc.property(bytesOf(8), fc.nat(15), (block, check) => {
      // A random check nibble is wrong far more often than right.
      block[7] = ((block[7] as number) & 0xf0) | check;
      const decoded = decodeBlock(block);
      t.is(passesCheck(readWord(block, 0), readWord(block, 4)), decoded.ok || decoded.reason !== 'check-failed');
      const right = encodeBlock({ address: block.slice(0, 4), port: 22, time: block[6] as number, nonce: check });
      t.true(passesCheck(readWord(right, 0), readWord(right, 4)));
    }),
  );
});

test('what is encoded is decoded', (t) => {
  fc.assert(
    fc.property(blockFields, (fields) => t.deepEqual(decodeBlock(encodeBlock(fields)), { ok: true, ...fields })),
  );
});

test('what is decoded is encoded as it was', (t) => {
  let accepted = 0;
  fc.assert(
    fc.property(bytesOf(7), fc.nat(15), (bytes, nonce) => {
      for (let check = 0; check < 16; check++) {
        const block = Uint8Array.of(...bytes, (nonce << 4) | check);
        const decoded = decodeBlock(block);
        if (!decoded.ok) continue;
        accepted++;
        t.deepEqual(encodeBlock(decoded), block);
      }
    }),
  );
  // exactly one of sixteen check nibbles is right, and almost no random port is 0
  t.true(accepted > 90, `${accepted} of 100 accepted`);
});

test('every single flipped bit of a block is found', (t) => {
  fc.assert(
    fc.property(blockFields, (fields) => {
      const block = encodeBlock(fields);
      for (let bit = 0; bit < 64; bit++) {
        const flipped = block.slice();
        (flipped[bit >> 3] as number) ^= 1 << (bit & 7);
        t.deepEqual(decodeBlock(flipped), { ok: false, reason: 'check-failed' }, `bit ${bit}`);
      }
    }),
  );
});

test('the fields are a copy of the block', (t) => {
  const block = encodeBlock(FIELDS);
  const decoded = decodeBlock(block);
  block.fill(255);
  t.deepEqual(decoded, { ok: true, ...FIELDS });
});

const wrongUses: readonly WrongUse[] = [
  ['address of 3 bytes', RangeError, 'address', () => encodeBlock({ ...FIELDS, address: new Uint8Array(3) })],
  ['address of 16 bytes', RangeError, 'address', () => encodeBlock({ ...FIELDS, address: new Uint8Array(16) })],
  ['address as text', TypeError, 'address', () => encodeBlock({ ...FIELDS, address: untyped('203.0.113.7') })],
  ['address as an array', TypeError, 'address', () => encodeBlock({ ...FIELDS, address: untyped([1, 2, 3, 4]) })],
  ['port 0', RangeError, 'port', () => encodeBlock({ ...FIELDS, port: 0 })],
  ['port 65536', RangeError, 'port', () => encodeBlock({ ...FIELDS, port: 65536 })],
  ['port 70000', RangeError, 'port', () => encodeBlock({ ...FIELDS, port: 70000 })],
  ['port 22.5', RangeError, 'port', () => encodeBlock({ ...FIELDS, port: 22.5 })],
  ['port NaN', RangeError, 'port', () => encodeBlock({ ...FIELDS, port: Number.NaN })],
  ['port as text', TypeError, 'port', () => encodeBlock({ ...FIELDS, port: untyped('22') })],
  ['time -1', RangeError, 'time', () => encodeBlock({ ...FIELDS, time: -1 })],
  ['time 256', RangeError, 'time', () => encodeBlock({ ...FIELDS, time: 256 })],
  ['time infinite', RangeError, 'time', () => encodeBlock({ ...FIELDS, time: Infinity })],
  ['time absent', TypeError, 'time', () => encodeBlock({ ...FIELDS, time: untyped(undefined) })],
  ['nonce -1', RangeError, 'nonce', () => encodeBlock({ ...FIELDS, nonce: -1 })],
  ['nonce 16', RangeError, 'nonce', () => encodeBlock({ ...FIELDS, nonce: 16 })],
  ['nonce null', TypeError, 'nonce', () => encodeBlock({ ...FIELDS, nonce: untyped(null) })],
  ['block of 7 bytes', RangeError, 'block', () => decodeBlock(new Uint8Array(7))],
  ['block of 9 bytes', RangeError, 'block', () => decodeBlock(new Uint8Array(9))],
  ['block as text', TypeError, 'block', () => decodeBlock(untyped('cb007107'))],
];
for (const row of wrongUses) test(`wrong use: ${row[0]}`, (t) => refuses(t, row));
