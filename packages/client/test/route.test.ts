// Which of a host's addresses is knocked at, and which address the knock names.

import test from 'ava';
import { Failure } from '#src/exit.js';
import { findRoutes, hostFamilyProblems } from '#src/route.js';
import { FakeMachine, type FakeOptions } from './fake-machine.ts';

type Wish = Parameters<typeof findRoutes>[1];

const BOTH = { hosts: { gw: ['2001:db8:1::1', '198.51.100.1'] } };
const V4 = { hosts: { gw: ['198.51.100.1'] } };

const route = test.macro({
  title: (given) => `route: ${given}`,
  async exec(t, machine: FakeOptions, wish: Wish, serverAddress: string, claimedAddress: string, hint?: RegExp) {
    const [found] = await findRoutes('gw', wish, new FakeMachine(machine));
    t.is(found?.serverAddress, serverAddress);
    t.is(found?.claimedAddress, claimedAddress);
    if (hint) t.regex(found?.hint ?? '', hint);
    else t.is(found?.hint, undefined);
  },
});

test(
  'auto takes the first address and this one of its own',
  route,
  BOTH,
  { ip: 'auto' },
  '2001:db8:1::1',
  '2001:db8::7',
);
test('-4', route, BOTH, { ip: 'auto', family: 4 }, '198.51.100.1', '203.0.113.7');
test('-6', route, BOTH, { ip: 'auto', family: 6 }, '2001:db8:1::1', '2001:db8::7');
test('source', route, BOTH, { ip: 'source' }, '2001:db8:1::1', 'source');
test('an address chooses its family', route, BOTH, { ip: '203.0.113.99', family: 4 }, '198.51.100.1', '203.0.113.99');
test(
  'behind a NAT auto is source, with a hint',
  route,
  { ...V4, ownAddress: () => '192.168.1.5' },
  { ip: 'auto' },
  '198.51.100.1',
  'source',
  /192\.168\.1\.5.*--ip with your public address/,
);
test(
  'behind a NAT an address stays an address',
  route,
  { ...V4, ownAddress: () => '192.168.1.5' },
  { ip: '203.0.113.99', family: 4 },
  '198.51.100.1',
  '203.0.113.99',
);
test(
  'an address without a way is passed over',
  route,
  { ...BOTH, ownAddress: (to) => (to.includes(':') ? undefined : '203.0.113.7') },
  { ip: 'auto' },
  '198.51.100.1',
  '203.0.113.7',
);

const ways = test.macro({
  title: (given) => `ways: ${given}`,
  async exec(t, machine: FakeOptions, wish: Wish, expected: readonly string[]) {
    const found = await findRoutes('gw', wish, new FakeMachine(machine));
    t.deepEqual(
      found.map(({ family, serverAddress, claimedAddress }) => `${family} ${serverAddress} ${claimedAddress}`),
      expected,
    );
  },
});

const MANY = { hosts: { gw: ['2001:db8:1::1', '198.51.100.1', '2001:db8:1::2', '198.51.100.2'] } };
const WAY4 = '4 198.51.100.1 203.0.113.7';
const WAY6 = '6 2001:db8:1::1 2001:db8::7';
test('the first address of each family', ways, MANY, { ip: 'auto' }, [WAY6, WAY4]);
test('one family', ways, MANY, { ip: 'auto', family: 4 }, [WAY4]);
test(
  'the next address of a family when the first has no way',
  ways,
  {
    ...MANY,
    ownAddress: (to) => (to === '198.51.100.1' ? undefined : to.includes(':') ? '2001:db8::7' : '203.0.113.7'),
  },
  { ip: 'auto' },
  [WAY6, '4 198.51.100.2 203.0.113.7'],
);
test(
  'a family without a way is left out',
  ways,
  {
    ...MANY,
    ownAddress: (to) => (to.includes(':') ? undefined : '203.0.113.7'),
  },
  { ip: 'auto' },
  [WAY4],
);

const noRoute = test.macro({
  title: (given) => `no route: ${given}`,
  async exec(t, machine: FakeOptions, wish: Wish, message: string) {
    const failure = await t.throwsAsync(findRoutes('gw', wish, new FakeMachine(machine)), { instanceOf: Failure });
    t.is(failure?.message, message);
    t.is(failure?.exitCode, 1);
  },
});

test('a host without addresses', noRoute, {}, { ip: 'auto' }, 'host "gw" has no address (ENOTFOUND)');
test(
  'only addresses with a zone',
  noRoute,
  { hosts: { gw: [] } },
  { ip: 'auto' },
  'host "gw" has no address (ENODATA)',
);
test('no address of the family', noRoute, V4, { ip: 'auto', family: 6 }, 'host "gw" has no IPv6 address');
test(
  'no address of the family of --ip',
  noRoute,
  V4,
  { ip: '2001:db8::7', family: 6 },
  'host "gw" has no IPv6 address, and --ip 2001:db8::7 can be opened for over IPv6 only',
);
test(
  'no way to any',
  noRoute,
  { ...BOTH, ownAddress: () => undefined },
  { ip: 'auto' },
  'there is no way to host "gw" (2001:db8:1::1, 198.51.100.1): the network is unreachable (ENETUNREACH)',
);

const literal = test.macro({
  title: (_, host: string, wish: Wish, _expected?: string) => `host ${host} with ${JSON.stringify(wish)}`,
  exec(t, host: string, wish: Wish, expected?: string) {
    t.deepEqual(
      hostFamilyProblems(host, wish).map(({ message }) => message),
      expected === undefined ? [] : [expected],
    );
  },
});

test(literal, '198.51.100.1', { ip: 'auto', family: 6 }, 'host "198.51.100.1" has no IPv6 address');
test(literal, '::1', { ip: 'source', family: 4 }, 'host "::1" has no IPv4 address');
test(
  literal,
  '::1',
  { ip: '203.0.113.7', family: 4 },
  'host "::1" has no IPv4 address, and --ip 203.0.113.7 can be opened for over IPv4 only',
);
test(literal, '::1', { ip: 'auto' });
test(literal, '198.51.100.1', { ip: '203.0.113.7', family: 4 });
test(literal, 'gw', { ip: '203.0.113.7', family: 4 });
