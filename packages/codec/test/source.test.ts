import test from 'ava';
import { parseSource, requireSource } from '#src/source.js';
import { refuses, untyped, type WrongUse } from './wrong-use.ts';

const rows: readonly [text: string, address: string, bytes: number, ipv4: number | undefined][] = [
  ['203.0.113.7', '203.0.113.7', 4, 0xcb007107 | 0],
  ['0.0.0.1', '0.0.0.1', 4, 1],
  ['2001:DB8:0::7', '2001:db8::7', 16, undefined],
  ['::ffff:203.0.113.7', '203.0.113.7', 4, 0xcb007107 | 0],
];
for (const [text, address, bytes, ipv4] of rows) {
  test(`${text} is ${address}`, (t) => {
    const source = parseSource(text);
    t.is(source.address, address);
    t.is(source.bytes.length, bytes);
    t.is(source.ipv4, ipv4);
    t.notThrows(() => requireSource(source));
  });
}

const wrongUses: readonly WrongUse[] = [
  ['no address', RangeError, 'sourceAddress', () => parseSource('source')],
  ['a zone', RangeError, 'sourceAddress', () => parseSource('fe80::1%eth0')],
  ['null', TypeError, 'sourceAddress', () => parseSource(untyped(null))],
  ['what only looks like a source', TypeError, 'source', () => requireSource({ ...parseSource('203.0.113.7') })],
];
for (const row of wrongUses) test(`wrong use: ${row[0]}`, (t) => refuses(t, row));
