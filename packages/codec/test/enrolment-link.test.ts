import test from 'ava';
import { decodeEnrolmentLink, type Enrolment, encodeEnrolmentLink, isClientName, isHost } from '#src/enrolment-link.js';
import { encodeSecret } from '#src/secret.js';
import { fromHex, knock } from './vectors.ts';
import { refuses, untyped, type WrongUse } from './wrong-use.ts';

const SECRET = knock.secretText;
const QUERY = `server=gw&client=alice&secret=${SECRET}`;
const ENROLMENT: Enrolment = {
  host: 'gw.example.net',
  basePort: 745,
  serverId: 'gw',
  client: 'alice',
  secret: fromHex(knock.secret),
  ports: [],
};
const SSH = { protocol: 'tcp', port: 22 } as const;
const WIREGUARD = { protocol: 'udp', port: 51820 } as const;
const LONG_HOST = [...Array(3).fill('a'.repeat(63)), 'a'.repeat(61)].join('.');

const links: readonly [title: string, change: Partial<Enrolment>, link: string][] = [
  ['the shortest', {}, `eightknock://gw.example.net?${QUERY}`],
  ['another base port', { basePort: 1 }, `eightknock://gw.example.net:1?${QUERY}`],
  ['the largest base port', { basePort: 65280 }, `eightknock://gw.example.net:65280?${QUERY}`],
  ['an IPv4 host', { host: '203.0.113.7' }, `eightknock://203.0.113.7?${QUERY}`],
  ['an IPv6 host', { host: '2001:db8::7' }, `eightknock://[2001:db8::7]?${QUERY}`],
  ['an IPv6 host and a base port', { host: '::1', basePort: 7000 }, `eightknock://[::1]:7000?${QUERY}`],
  ['one port', { ports: [SSH] }, `eightknock://gw.example.net?${QUERY}&ports=tcp/22`],
  ['two ports', { ports: [SSH, WIREGUARD] }, `eightknock://gw.example.net?${QUERY}&ports=tcp/22,udp/51820`],
  [
    'a server id of all kinds of characters',
    { serverId: 'gw & co/é?#%=+,' },
    `eightknock://gw.example.net?server=gw%20%26%20co%2F%C3%A9%3F%23%25%3D%2B%2C&client=alice&secret=${SECRET}`,
  ],
  [
    'a client with every mark that a name may have',
    { client: 'Alice_2.home-pc' },
    `eightknock://gw.example.net?server=gw&client=Alice_2.home-pc&secret=${SECRET}`,
  ],
];
for (const [title, change, link] of links) {
  test(`written and read: ${title}`, (t) => {
    const enrolment = { ...ENROLMENT, ...change };
    t.is(encodeEnrolmentLink(enrolment), link);
    t.deepEqual(decodeEnrolmentLink(link), enrolment);
  });
}

const BASE = 'eightknock://gw.example.net';
const tolerated: readonly [title: string, link: string, change?: Partial<Enrolment>][] = [
  ['a slash before the question mark', `${BASE}/?${QUERY}`],
  ['white space around it', ` \n${BASE}?${QUERY}\r\n\t`],
  ['the usual base port', `${BASE}:745?${QUERY}`],
  ['another order of the parameters', `${BASE}?secret=${SECRET}&client=alice&server=gw`],
  ['percent-encoding that is not needed', `${BASE}?server=%67%77&client=%61lice&secret=%41${SECRET.slice(1)}`],
  ['encoded ports', `${BASE}?${QUERY}&ports=tcp%2F22%2Cudp%2f51820`, { ports: [SSH, WIREGUARD] }],
  ['an equals sign in a value', `${BASE}?server=g=w&client=alice&secret=${SECRET}`, { serverId: 'g=w' }],
  ['a plus, which is no space', `${BASE}?server=g+w&client=alice&secret=${SECRET}`, { serverId: 'g+w' }],
  ['no ports', `${BASE}?${QUERY}&ports=`],
];
for (const [title, link, change] of tolerated) {
  test(`read: ${title}`, (t) => t.deepEqual(decodeEnrolmentLink(link), { ...ENROLMENT, ...change }));
}

const without = (name: string) =>
  `${BASE}?${QUERY.split('&')
    .filter((pair) => !pair.startsWith(name))
    .join('&')}`;
const withSecret = (secret: string) => `${BASE}?server=gw&client=alice&secret=${secret}`;
const refused: readonly [title: string, link: string, message: RegExp][] = [
  ['nothing', '', /^link must begin with eightknock:\/\//],
  ['another scheme', `https://gw.example.net?${QUERY}`, /^link must begin with/],
  ['capitals in the scheme', `EIGHTKNOCK://gw.example.net?${QUERY}`, /^link must begin with/],
  ['text in front', `link: ${BASE}?${QUERY}`, /^link must begin with/],
  ['no host', `eightknock://?${QUERY}`, /^link must have the form/],
  ['a bare scheme', 'eightknock://', /^link must have the form/],
  ['no parameters', BASE, /^link must have the form/],
  ['a path', `${BASE}/path?${QUERY}`, /^link must have the form/],
  ['a fragment', `${BASE}?${QUERY}#top`, /^link must have the form/],
  ['a user', `eightknock://alice@gw.example.net?${QUERY}`, /^host must be/],
  ['a user and a password', `eightknock://alice:${SECRET}@gw.example.net?${QUERY}`, /^link must have the form/],
  ['an IPv6 host without brackets', `eightknock://2001:db8::7?${QUERY}`, /^link must have the form/],
  ['a name in brackets', `eightknock://[gw.example.net]?${QUERY}`, /^link must have an IPv6 address in its brackets/],
  ['an IPv4 address in brackets', `eightknock://[203.0.113.7]?${QUERY}`, /^link must have an IPv6 address in its/],
  ['empty brackets', `eightknock://[]?${QUERY}`, /^link must have an IPv6 address in its brackets/],
  ['no address in brackets', `eightknock://[1:2]?${QUERY}`, /^host must be/],
  ['a zone', `eightknock://[fe80::1%25eth0]?${QUERY}`, /^host must be/],
  ['an IPv4 address with leading zeros', `eightknock://203.0.113.007?${QUERY}`, /^host must be/],
  ['a host of 254 characters', `eightknock://${LONG_HOST}a?${QUERY}`, /^host must be/],
  ['base port 0', `${BASE}:0?${QUERY}`, /^base port must be an integer from 1 to 65280, not 0/],
  ['base port 65281', `${BASE}:65281?${QUERY}`, /^base port must be .*65281/],
  ['base port 70000', `${BASE}:70000?${QUERY}`, /^base port must be .*70000/],
  ['a base port of six digits', `${BASE}:100745?${QUERY}`, /^link must have the form/],
  ['an empty base port', `${BASE}:?${QUERY}`, /^link must have the form/],
  ['a base port with a sign', `${BASE}:+745?${QUERY}`, /^link must have the form/],
  ['empty parameters', `${BASE}?`, /^link must have no parameter but server, client, secret, ports/],
  ['no server', without('server'), /^link must have the parameter "server"/],
  ['no client', without('client'), /^link must have the parameter "client"/],
  ['no secret', without('secret'), /^link must have the parameter "secret"/],
  ['an empty server', `${BASE}?server=&client=alice&secret=${SECRET}`, /^link must have the parameter "server"/],
  [
    'a server without a value',
    `${BASE}?server&client=alice&secret=${SECRET}`,
    /^link must have the parameter "server"/,
  ],
  ['an empty client', `${BASE}?server=gw&client=&secret=${SECRET}`, /^link must have the parameter "client"/],
  ['an empty secret', withSecret(''), /^link must have the parameter "secret"/],
  ['two servers', `${BASE}?${QUERY}&server=gw`, /^link must have the parameter "server" only once/],
  ['two clients', `${BASE}?${QUERY}&client=alice`, /^link must have the parameter "client" only once/],
  ['two secrets', `${BASE}?${QUERY}&secret=${SECRET}`, /^link must have the parameter "secret" only once/],
  ['twice ports', `${BASE}?${QUERY}&ports=tcp/22&ports=tcp/23`, /^link must have the parameter "ports" only once/],
  ['twice empty ports', `${BASE}?${QUERY}&ports=&ports=`, /^link must have the parameter "ports" only once/],
  ['an unknown parameter', `${BASE}?${QUERY}&time=5`, /^link must have no parameter but server, client, secret, ports/],
  ['a parameter of all objects', `${BASE}?${QUERY}&__proto__=5`, /^link must have no parameter but/],
  ['a parameter in capitals', `${BASE}?${QUERY}&PORTS=tcp/22`, /^link must have no parameter but/],
  ['an encoded name of a parameter', `${BASE}?${QUERY}&%70orts=tcp/22`, /^link must have no parameter but/],
  ['an ampersand at the end', `${BASE}?${QUERY}&`, /^link must have no parameter but/],
  ['a broken percent-encoding', `${BASE}?server=%zz&client=alice&secret=${SECRET}`, /percent-encoding in "server"/],
  ['a cut percent-encoding', `${withSecret(SECRET)}%4`, /^link must have a well-formed percent-encoding in "secret"/],
  ['no UTF-8', `${BASE}?server=%ff&client=alice&secret=${SECRET}`, /percent-encoding in "server"/],
  ['a server id of 65 bytes', `${BASE}?server=${'a'.repeat(65)}&client=alice&secret=${SECRET}`, /^serverId must be/],
  ['half of a surrogate pair', `${BASE}?server=\ud83d&client=alice&secret=${SECRET}`, /^serverId must be/],
  ['a client with a space', `${BASE}?server=gw&client=al%20ice&secret=${SECRET}`, /^client must be/],
  ['a secret of 42 characters', withSecret(SECRET.slice(1)), /^secret must be 43 characters/],
  ['a secret of 44 characters', withSecret(`${SECRET}A`), /^secret must be 43 characters/],
  ['a padded secret', withSecret(`${SECRET}=`), /^secret must be 43 characters/],
  ['a secret that ends otherwise', withSecret(`${SECRET.slice(0, 42)}9`), /^secret must end in/],
  ['a secret in another alphabet', withSecret(`+${SECRET.slice(1)}`), /^secret must have only the characters/],
  ['port 0', `${BASE}?${QUERY}&ports=tcp/0`, /^ports must be tcp\/N or udp\/N/],
  ['a port without protocol', `${BASE}?${QUERY}&ports=22`, /^ports must be tcp\/N or udp\/N/],
  ['ports with a space', `${BASE}?${QUERY}&ports=tcp/22,%20tcp/23`, /^ports must be tcp\/N or udp\/N/],
];
for (const [title, link, message] of refused) {
  test(`refused: ${title}`, (t) => {
    const error = t.throws(() => decodeEnrolmentLink(link), { instanceOf: RangeError, message });
    t.false(error?.message.includes(SECRET.slice(1, 42)));
  });
}

test('2048 characters are read, one more is not', (t) => {
  const full = `${BASE}?${QUERY}&ports=tcp/22`.padEnd(2048, ',');
  t.deepEqual(decodeEnrolmentLink(` ${full} `), { ...ENROLMENT, ports: [SSH] });
  t.throws(() => decodeEnrolmentLink(`${full},`), { instanceOf: RangeError, message: /^link must be at most 2048/ });
});

test('the longest link without ports is short enough to be read', (t) => {
  const longest = { ...ENROLMENT, host: LONG_HOST, basePort: 65280, serverId: '&'.repeat(64), client: 'a'.repeat(64) };
  t.is(LONG_HOST.length, 253);
  t.deepEqual(decodeEnrolmentLink(encodeEnrolmentLink(longest)), longest);
});

const encode = (change: object) => encodeEnrolmentLink({ ...ENROLMENT, ...change });
const wrongUses: readonly WrongUse[] = [
  ['read: a number', TypeError, 'link', () => decodeEnrolmentLink(untyped(7))],
  ['read: nothing', TypeError, 'link', () => decodeEnrolmentLink(untyped(undefined))],
  ['write: no host', TypeError, 'host', () => encode({ host: undefined })],
  ['write: an empty host', RangeError, 'host', () => encode({ host: '' })],
  ['write: a host with a space', RangeError, 'host', () => encode({ host: 'gw example' })],
  ['write: a host in brackets', RangeError, 'host', () => encode({ host: '[::1]' })],
  ['write: base port 0', RangeError, 'base port', () => encode({ basePort: 0 })],
  ['write: base port 65281', RangeError, 'base port', () => encode({ basePort: 65281 })],
  ['write: base port as text', TypeError, 'base port', () => encode({ basePort: '745' })],
  ['write: an empty server id', RangeError, 'serverId', () => encode({ serverId: '' })],
  ['write: half of a surrogate pair', RangeError, 'serverId', () => encode({ serverId: 'gw\ud83d' })],
  ['write: no client', TypeError, 'client', () => encode({ client: undefined })],
  ['write: an empty client', RangeError, 'client', () => encode({ client: '' })],
  ['write: a client with a slash', RangeError, 'client', () => encode({ client: '../alice' })],
  ['write: 31 bytes', RangeError, 'secret', () => encode({ secret: new Uint8Array(31).fill(0xee) })],
  ['write: a secret as text', TypeError, 'secret', () => encode({ secret: encodeSecret(ENROLMENT.secret) })],
  ['write: port 0', RangeError, 'ports', () => encode({ ports: [{ protocol: 'tcp', port: 0 }] })],
  ['write: port 70000', RangeError, 'ports', () => encode({ ports: [SSH, { protocol: 'udp', port: 70000 }] })],
  ['write: port 22.5', RangeError, 'ports', () => encode({ ports: [{ protocol: 'tcp', port: 22.5 }] })],
  ['write: another protocol', RangeError, 'ports', () => encode({ ports: [{ protocol: 'sctp', port: 22 }] })],
];
for (const row of wrongUses) test(`wrong use: ${row[0]}`, (t) => refuses(t, row, [SECRET, '238', 'eeee']));

const LONG_LABEL = 'a'.repeat(63);
for (const [host, yes] of [
  ['gw', true],
  ['gw.example.net', true],
  ['GW.Example.NET', true],
  ['_gw.example.net', true],
  ['3com.example', true],
  ['1.2.3.4.example', true],
  [LONG_LABEL, true],
  [LONG_HOST, true],
  ['203.0.113.7', true],
  ['2001:db8::7', true],
  ['::ffff:203.0.113.7', true],
  ['', false],
  ['.', false],
  ['gw.', false],
  ['.gw', false],
  ['gw..net', false],
  ['-gw.net', false],
  ['gw net', false],
  ['gw/net', false],
  ['gw\n', false],
  ['gé.net', false],
  ['gw%2enet', false],
  [`a${LONG_LABEL}`, false],
  [`${LONG_HOST}a`, false],
  ['203.0.113', false],
  ['203.0.113.256', false],
  ['745', false],
  ['[::1]', false],
  ['fe80::1%eth0', false],
  ['gw:745', false],
] as const) {
  test(`${JSON.stringify(host)} is ${yes ? 'a' : 'no'} host`, (t) => t.is(isHost(host), yes));
}

for (const [name, yes] of [
  ['alice', true],
  ['Alice-2', true],
  ['7', true],
  ['a.b_c-d', true],
  ['a'.repeat(64), true],
  ['', false],
  ['a'.repeat(65), false],
  ['.alice', false],
  ['-alice', false],
  ['_alice', false],
  ['al ice', false],
  ['alice\n', false],
  ['al/ice', false],
  ['alicé', false],
] as const) {
  test(`${JSON.stringify(name)} is ${yes ? 'a' : 'no'} client's name`, (t) => t.is(isClientName(name), yes));
}

test('a label of a host name neither begins nor ends with a hyphen', (t) => {
  for (const host of ['-gw', 'gw-', 'gw-.example', 'a.-b']) t.false(isHost(host), host);
  for (const host of ['g-w', 'a', 'a.b', 'x--y.example']) t.true(isHost(host), host);
});
