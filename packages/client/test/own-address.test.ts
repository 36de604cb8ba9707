import test from 'ava';
import { ownAddressTowards } from '#src/own-address.js';
import { resolveHost } from '#src/resolve.js';

for (const address of ['127.0.0.1', '::1']) {
  test(`own address towards ${address}`, async (t) => {
    t.is(await ownAddressTowards(address), address);
  });
}

test('own address towards where no datagram can go', async (t) => {
  const error = await t.throwsAsync<NodeJS.ErrnoException>(ownAddressTowards('255.255.255.255'));
  t.regex(error?.code ?? '', /^E[A-Z]+$/);
});

const literal = test.macro({
  title: (_, host: string) => `${host} is its own address`,
  async exec(t, host: string, expected: string) {
    t.deepEqual(await resolveHost(host), [expected]);
  },
});

test(literal, '198.51.100.1', '198.51.100.1');
test(literal, '2001:DB8:0:0::1', '2001:db8::1');
test(literal, '::ffff:198.51.100.1', '198.51.100.1');

test('localhost is resolved by the system', async (t) => {
  const addresses = await resolveHost('localhost');
  t.true(addresses.length > 0);
  t.true(addresses.every((address) => address === '127.0.0.1' || address === '::1'));
});

test('a name that cannot be', async (t) => {
  const error = await t.throwsAsync<NodeJS.ErrnoException>(resolveHost('no-such-host.invalid'));
  t.regex(error?.code ?? '', /^E[A-Z_]+$/);
});
