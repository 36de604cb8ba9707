import test from 'ava';
import { isInRanges, readAddressRange } from '#src/config/address-range.js';

const rows: readonly (readonly [range: string, inside: readonly string[], outside: readonly string[]])[] = [
  ['198.51.100.7', ['198.51.100.7'], ['198.51.100.6', '198.51.100.8', '::1']],
  ['198.51.100.0/24', ['198.51.100.0', '198.51.100.255'], ['198.51.99.255', '198.51.101.0']],
  ['10.0.0.0/9', ['10.0.0.1', '10.127.255.255'], ['10.128.0.0', '9.255.255.255']],
  ['0.0.0.0/0', ['0.0.0.1', '255.255.255.255'], ['::1', '2001:db8::1']],
  ['2001:db8::/33', ['2001:db8::1', '2001:db8:7fff::'], ['2001:db8:8000::', '198.51.100.7']],
  ['::/0', ['::1', 'ff02::1'], ['127.0.0.1']],
];
for (const [text, inside, outside] of rows) {
  test(text, (t) => {
    const range = readAddressRange(text);
    if (!range) return t.fail();
    for (const address of inside) t.true(isInRanges(address, [range]), address);
    for (const address of outside) t.false(isInRanges(address, [range]), address);
    t.false(isInRanges('nobody', [range]));
  });
}

for (const text of [
  '',
  'gw',
  '198.51.100.0/33',
  '198.51.100.1/24',
  '10.0.0.0/-1',
  '10.0.0.0/8/8',
  '10.0.0.0/',
  '::/129',
  '10.0.0.0/1e1',
  'fe80::1%eth0',
]) {
  test(`no range: "${text}"`, (t) => t.is(readAddressRange(text), undefined));
}
