// Text of a saved server ↔ the server, and everything that can be wrong with the text.

import type { TransportPort } from '@eightknock/codec';
import test from 'ava';
import fc from 'fast-check';
import type { SavedServer } from '#src/servers/saved-server.js';
import { formatServer, parseServer } from '#src/servers/schema.js';
import { assertNoSecret, KEY, SECRET } from '../sample.ts';

const LINES: Readonly<Record<string, string>> = {
  host: '"gw.example.net"',
  base_port: '745',
  server_id: '"gw.example.net"',
  client: '"alice"',
  secret: `"${SECRET}"`,
  ports: '["tcp/22", "udp/51820"]',
};

/** The text of a good file but for some lines; an empty one is left out. */
function text(changed: Readonly<Record<string, string>> = {}): string {
  return Object.entries({ ...LINES, ...changed })
    .filter(([, value]) => value !== '')
    .map(([key, value]) => `${key} = ${value}\n`)
    .join('');
}

const SERVER: SavedServer = {
  host: 'gw.example.net',
  basePort: 745,
  serverId: 'gw.example.net',
  client: 'alice',
  secret: KEY.secret,
  ports: [
    { protocol: 'tcp', port: 22 },
    { protocol: 'udp', port: 51820 },
  ],
};

test('a good file', (t) => {
  t.deepEqual(parseServer(text(), 'gw.toml'), { server: SERVER, problems: [] });
});

const DEFAULTS = { port: '22', time: '30', ip: '"source"', transport: '"udp"', delay: '5' };

test('what knocks say by default', (t) => {
  const defaults = { port: 22, time: 30, ip: 'source', transport: 'udp', delayMs: 5 } as const;
  t.deepEqual(parseServer(text(DEFAULTS), 'gw.toml'), { server: { ...SERVER, defaults }, problems: [] });
  t.deepEqual(parseServer(formatServer({ ...SERVER, defaults }), 'gw.toml').server, { ...SERVER, defaults });
  const { server } = parseServer(text({ ip: '"2001:DB8::0007"' }), 'gw.toml');
  t.deepEqual(server?.defaults, { ip: '2001:db8::7' });
});

for (const [key, value, expected] of [
  ['port', '0', 'an integer from 1 to 65535'],
  ['time', '255', 'an integer from 0 to 254'],
  ['ip', '"0.0.0.0"', '"auto", "source", or an IPv4 or IPv6 address without a zone'],
  ['ip', '"gw"', '"auto", "source", or an IPv4 or IPv6 address without a zone'],
  ['transport', '"icmp"', '"tcp" or "udp"'],
  ['delay', '10001', 'an integer from 0 to 10000'],
] as const) {
  test(`wrong: ${key} = ${value}`, (t) => {
    const { problems } = parseServer(text({ [key]: value }), 'gw.toml');
    t.deepEqual(
      problems.map(({ message }) => message),
      [`gw.toml: ${key}: ${value}: expected ${expected}`],
    );
  });
}

test('what may be left out', (t) => {
  t.deepEqual(parseServer(text({ base_port: '', ports: '' }), 'gw.toml').server, { ...SERVER, ports: [] });
});

test('what is written is read again', (t) => {
  const ports = fc.array(
    fc.record({ protocol: fc.constantFrom('tcp', 'udp'), port: fc.integer({ min: 1, max: 65535 }) }),
  ) as fc.Arbitrary<TransportPort[]>;
  const servers = fc.record({
    host: fc.constantFrom('gw.example.net', '198.51.100.1', '2001:db8::1', 'a_b'),
    basePort: fc.integer({ min: 1, max: 65280 }),
    serverId: fc.string({ unit: 'grapheme', minLength: 1 }).filter((id) => Buffer.byteLength(id) <= 64),
    client: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/),
    secret: fc.uint8Array({ minLength: 32, maxLength: 32 }),
    ports,
  });
  fc.assert(
    fc.property(servers, (server) => {
      t.deepEqual(parseServer(formatServer(server), 'gw.toml'), { server, problems: [] });
    }),
  );
});

test('server ids with quotes and control characters come back', (t) => {
  for (const serverId of ['"', '\\', '\n\t', '\u007f', "'''", '# no comment', '🚪']) {
    t.is(parseServer(formatServer({ ...SERVER, serverId }), 'gw.toml').server?.serverId, serverId);
  }
});

const HOST = 'a host name, or an IPv4 or IPv6 address without a zone';
const NAME = '1 to 64 of A–Z a–z 0–9 . _ - that begin with a letter or digit';
const PORT = 'tcp/N or udp/N with N from 1 to 65535';
const PORTS = 'an array of ports such as "tcp/22"';
const BASE_PORT = 'an integer from 1 to 65280';
const SECRET_TEXT = '43 characters of base64url';

const bad = test.macro({
  title: (given) => `bad file: ${given}`,
  exec(t, content: string, ...expected: string[]) {
    const { server, problems } = parseServer(content, 'gw.toml');
    t.is(server, undefined);
    t.deepEqual(
      problems.map(({ message }) => message),
      expected.map((message) => `gw.toml: ${message}`),
    );
    assertNoSecret(t, problems);
  },
});

test('a host with a zone', bad, text({ host: '"fe80::1%eth0"' }), `host: "fe80::1%eth0": expected ${HOST}`);
test('a host that is a number', bad, text({ host: '7' }), `host: 7: expected ${HOST}`);
test('no host', bad, text({ host: '' }), `host: missing: expected ${HOST}`);
test('base port 0', bad, text({ base_port: '0' }), `base_port: 0: expected ${BASE_PORT}`);
test('base port 65281', bad, text({ base_port: '65281' }), `base_port: 65281: expected ${BASE_PORT}`);
test('base port as text', bad, text({ base_port: '"745"' }), `base_port: "745": expected ${BASE_PORT}`);
test('base port 745.5', bad, text({ base_port: '745.5' }), `base_port: 745.5: expected ${BASE_PORT}`);
test('an empty server id', bad, text({ server_id: '""' }), 'server_id: "": expected a text of 1 to 64 bytes');
test('a client with a space', bad, text({ client: '"a b"' }), `client: "a b": expected ${NAME}`);
test('a secret of 42 characters', bad, text({ secret: `"${SECRET.slice(1)}"` }), `secret: expected ${SECRET_TEXT}`);
test('no secret', bad, text({ secret: '' }), `secret: missing: expected ${SECRET_TEXT}`);
test('a port without protocol', bad, text({ ports: '["tcp/22", "443"]' }), `ports[1]: "443": expected ${PORT}`);
test('port 70000', bad, text({ ports: '["tcp/70000"]' }), `ports[0]: "tcp/70000": expected ${PORT}`);
test('ports as text', bad, text({ ports: '"tcp/22"' }), `ports: "tcp/22": expected ${PORTS}`);
test('an unknown key', bad, text({ Secret: `"${SECRET}"` }), 'Secret: expected no such key');
test(
  'a secret in the place of a host',
  bad,
  text({ host: `"${SECRET}"`, client: `"${SECRET}!"` }),
  `client: a text of 44 characters: expected ${NAME}`,
);
test(
  'several mistakes at once',
  bad,
  text({ host: '""', base_port: '70000', client: '', secret: '"x"', ports: '["x"]', colour: '1' }),
  `host: "": expected ${HOST}`,
  `base_port: 70000: expected ${BASE_PORT}`,
  `client: missing: expected ${NAME}`,
  `secret: expected ${SECRET_TEXT}`,
  `ports[0]: "x": expected ${PORT}`,
  'colour: expected no such key',
);

test('bad file: not TOML, and the secret beside the mistake is not shown', (t) => {
  const { problems } = parseServer(`secret = "${SECRET}" oops\n`, 'gw.toml');
  t.regex(problems[0]?.message ?? '', /^gw\.toml: line 1, column \d+: expected TOML, but: /);
  t.is(problems.length, 1);
  assertNoSecret(t, problems);
});
