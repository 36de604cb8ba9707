import test from 'ava';
import { isSeenAs, isShared } from '#src/claimed-address.js';

const shared = test.macro({
  title: (_, address: string, expected: boolean) => `${address} is ${expected ? '' : 'not '}shared`,
  exec(t, address: string, expected: boolean) {
    t.is(isShared(address), expected);
  },
});

for (const address of ['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.5', '169.254.3.4', '192.0.0.4']) {
  test(shared, address, true);
}
for (const address of ['100.64.0.1', '100.127.255.255', 'fd00::1', 'fc00::1', 'fe80::1', 'fec0::1']) {
  test(shared, address, true);
}
for (const address of ['9.255.255.255', '172.32.0.1', '100.63.0.1', '100.128.0.1', '203.0.113.7', '127.0.0.1']) {
  test(shared, address, false);
}
for (const address of ['2001:db8::7', '::1', '64:ff9b::1']) test(shared, address, false);

const seen = test.macro({
  title: (_, own: string, server: string, expected: boolean) =>
    `${server} ${expected ? 'sees' : 'does not see'} this machine as ${own}`,
  exec(t, own: string, server: string, expected: boolean) {
    t.is(isSeenAs(own, server), expected);
  },
});

test(seen, '203.0.113.7', '198.51.100.1', true);
test(seen, '192.168.1.5', '192.168.1.1', true);
test(seen, '10.0.0.5', '192.168.1.1', true);
test(seen, '192.168.1.5', '198.51.100.1', false);
test(seen, '100.64.3.4', '198.51.100.1', false);
test(seen, '169.254.3.4', '198.51.100.1', false);
test(seen, '192.0.0.4', '198.51.100.1', false);
test(seen, '127.0.0.1', '127.0.0.1', true);
test(seen, '2001:db8::7', '2001:db8:1::1', true);
test(seen, 'fd00::7', '2001:db8:1::1', false);
test(seen, 'fd00::7', 'fd00::1', true);
test(seen, '2001:db8::7', '64:ff9b::c633:6401', false);
test(seen, '::1', '::1', true);
