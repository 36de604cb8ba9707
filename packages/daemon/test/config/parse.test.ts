// Every mistake in a text: file, path, value, expectation, hint. One row, one mistake.

import { decodeSecret } from '@eightknock/codec';
import test from 'ava';
import { MAX_CLIENTS, parseClientFile, parseMain } from '#src/config/parse.js';
import type { Problem } from '#src/config/problem.js';
import { assertNoSecret, clientKeys, clientTable, OTHER_SECRET, SECRET, SERVER } from './sample.ts';

type Row = readonly [path: string, value: string | undefined, expected: string, hint?: string];

function asProblem(file: string, [path, value, expected, hint]: Row): Problem {
  return { file, path, ...(value !== undefined && { value }), expected, ...(hint !== undefined && { hint }) };
}

const main = test.macro({
  title: (given) => `main: ${given}`,
  exec(t, text: string, ...rows: Row[]) {
    const parsed = parseMain(text, 'k.toml');
    t.deepEqual(
      parsed.problems,
      rows.map((row) => asProblem('k.toml', row)),
    );
    t.is(parsed.settings, undefined);
    assertNoSecret(t, parsed.problems);
  },
});

const client = test.macro({
  title: (given) => `client: ${given}`,
  exec(t, changes: Record<string, string | undefined>, ...rows: Row[]) {
    const ofFile = parseClientFile(clientKeys(changes), 'alice.toml');
    t.deepEqual(
      ofFile.problems,
      rows.map((row) => asProblem('alice.toml', row)),
    );
    const good = clientTable({ name: '"zoe"', secret: `"${OTHER_SECRET}"` });
    const ofMain = parseMain(SERVER + good + clientTable(changes), 'k.toml');
    const moved = rows.map(([path, ...rest]): Row => [`client[1].${path}`, ...rest]);
    t.deepEqual(
      ofMain.problems,
      moved.map((row) => asProblem('k.toml', row)),
    );
    t.truthy(ofMain.clients[0]?.client);
    assertNoSecret(t, [ofFile.problems, ofMain.problems]);
  },
});

const BASE_PORT = 'an integer from 1 to 65280: base_port + 255 must not exceed 65535';
const PORT = 'tcp/N or udp/N with N from 1 to 65535';
const PORTS = 'an array of at least one port such as "tcp/22"';
const NAME = '1 to 64 of A–Z a–z 0–9 . _ - that begin with a letter or digit';
const INTERFACE = 'the name of an interface: 1 to 15 characters, no "/", ":" or space';
const INTERFACES = '"any", the name of an interface, or an array of at least one';
const TIMEOUT = 'a number from 1 to 60 (seconds)';
const MARK = 'an integer from 1 to 0xffffffff';
const MAX_TIME = 'an integer from 1 to 254 (minutes)';
const ANY_TIME = 'leave max_time out to allow any time';
const EXPIRES = 'a date such as 2027-01-01, or a date with a time';
const NO_KEY = 'no such key';
const COPIED = 'is it copied whole? "knockdaemon enroll" makes a client with a new one';
const UNQUOTED = 'write it without quotes';
const TABLES = 'a client begins with a line [[client]], in two pairs of brackets';

test('empty text', main, '', ['server_id', 'missing', 'a text of 1 to 64 bytes']);
test('syntax error', main, `${SERVER}base_port = 745 x\n`, [
  'line 2, column 17',
  undefined,
  'TOML, but: each key-value declaration must be followed by an end-of-line',
]);
test('syntax error in a secret', main, `${SERVER}[[client]]\nsecret = "${SECRET}\n`, [
  'line 3, column 54',
  undefined,
  'TOML, but: control characters are not allowed in strings',
]);
test('nested without end', main, `a = ${'['.repeat(5000)}`, [
  'line 1, column 25',
  undefined,
  'TOML, but: document contains excessively nested structures. aborting',
]);
test('server_id empty', main, 'server_id = ""', ['server_id', '""', 'a text of 1 to 64 bytes']);
test('server_id too long in UTF-8', main, `server_id = "${'ä'.repeat(33)}"`, [
  'server_id',
  `"${'ä'.repeat(33)}"`,
  'a text of 1 to 64 bytes',
]);
test('server_id a number', main, 'server_id = 7', ['server_id', '7', 'a text of 1 to 64 bytes']);
test('base_port too high for 256 ports', main, `${SERVER}base_port = 65281`, ['base_port', '65281', BASE_PORT]);
const SOURCE = '"pcap", "nflog:N" with N from 0 to 65535, "log:FILE" with an absolute path, or "journal"';
for (const [written, hint] of [
  ['nflog:65536', undefined],
  ['nflog:-1', 'write "nflog:1"'],
  ['nflog', 'did you mean "nflog:745"?'],
  ['nflog 745', 'write "nflog:745"'],
  ['NFLOG:7', 'write "nflog:7"'],
  ['log:', undefined],
  ['log:kern.log', undefined],
  ['log:var/log/kern.log', 'write "log:/var/log/kern.log"'],
  ['/var/log/kern.log', 'write "log:/var/log/kern.log"'],
  ['log:/var/log/', undefined],
  ['Journal', 'did you mean "journal"?'],
  ['', undefined],
] as const) {
  const row = ['source', `"${written}"`, SOURCE, ...(hint === undefined ? [] : [hint])] as const;
  test(`source = "${written}"`, main, `${SERVER}source = "${written}"`, row as unknown as Row);
}
test('source a number', main, `${SERVER}source = 745`, ['source', '745', SOURCE]);
test(
  'what does not go together with a source',
  main,
  `${SERVER}source = "nflog:1"\ninterface = "eth0"\nlog_pattern = '(?<source>.)(?<port>.)'`,
  [
    'interface',
    '"eth0"',
    'no interface together with source = "nflog:1"',
    'the rule that logs says on which interfaces: iifname "eth0" (nft), -i eth0 (iptables)',
  ],
  [
    'log_pattern',
    '"(?<source>.)(?<port>.)"',
    'no log_pattern together with source = "nflog:1": it is for "log:FILE" and "journal"',
  ],
);
const LINEAR =
  'a regular expression that can be run in linear time: no look-around, no back-references, no very large counts';
for (const [pattern, expected] of [
  ['(?<source>.)', 'the named group (?<port>…) in it'],
  ['x', 'the named group (?<source>…) and group (?<port>…) in it'],
  ['(?<source>.)(?<port>.)(?<host>.)', 'no other named groups than source, port, source_port, protocol'],
  ['(?<source>.)(?<port>.', 'a regular expression: unterminated group'],
  ['(?<source>.)(?<port>.)(?=x)', LINEAR],
  ['(?<source>.)(?<port>.)\\1', LINEAR],
] as const) {
  test(`log_pattern: ${pattern}`, main, `${SERVER}source = "journal"\nlog_pattern = '${pattern}'`, [
    'log_pattern',
    JSON.stringify(pattern),
    expected,
  ]);
}
test('log_pattern too long', (t) => {
  const { problems } = parseMain(`${SERVER}source = "journal"\nlog_pattern = '${'x'.repeat(1001)}'`, 'k.toml');
  t.like(problems, [{ path: 'log_pattern', expected: 'a regular expression of at most 1000 characters' }]);
});
test('sources', (t) => {
  const source = (written: string) => parseMain(`${SERVER}source = "${written}"`, 'k.toml').settings?.source;
  t.deepEqual(source('nflog:0'), { kind: 'nflog', group: 0 });
  t.deepEqual(source('nflog:65535'), { kind: 'nflog', group: 65535 });
  t.deepEqual(source('log:/var/log/kern.log'), { kind: 'log', file: '/var/log/kern.log' });
  t.deepEqual(source('journal'), { kind: 'journal' });
  const withPattern = `${SERVER}source = "journal"\nlog_pattern = '(?<source>\\S+) (?<port>\\d+)'`;
  t.is(parseMain(withPattern, 'k.toml').settings?.logPattern, '(?<source>\\S+) (?<port>\\d+)');
});
test('base_port 0', main, `${SERVER}base_port = 0`, ['base_port', '0', BASE_PORT]);
test('base_port 70000', main, `${SERVER}base_port = 70000`, ['base_port', '70000', BASE_PORT]);
test('base_port beyond all numbers', main, `${SERVER}base_port = 9223372036854775807`, [
  'base_port',
  '9223372036854775807',
  BASE_PORT,
]);
test('base_port far below all integers, told once', main, `${SERVER}base_port = -1e300`, [
  'base_port',
  '-1e+300',
  BASE_PORT,
]);
test('base_port a fraction', main, `${SERVER}base_port = 745.5`, ['base_port', '745.5', BASE_PORT]);
test('base_port quoted', main, `${SERVER}base_port = "745"`, ['base_port', '"745"', BASE_PORT, UNQUOTED]);
test('interface too long', main, `${SERVER}interface = "abcdefghijklmnop"`, [
  'interface',
  '"abcdefghijklmnop"',
  INTERFACE,
]);
test('interface with a slash', main, `${SERVER}interface = "a/b"`, ['interface', '"a/b"', INTERFACE]);
test('interface with a space', main, `${SERVER}interface = "a b"`, ['interface', '"a b"', INTERFACE]);
test('interface with a zone', main, `${SERVER}interface = "fe80::1%eth0"`, ['interface', '"fe80::1%eth0"', INTERFACE]);
test('interface empty', main, `${SERVER}interface = ""`, ['interface', '""', INTERFACE]);
test('interface ..', main, `${SERVER}interface = ".."`, ['interface', '".."', INTERFACE]);
test('interface with a control character', main, `${SERVER}interface = "a\\u0007"`, [
  'interface',
  '"a\\u0007"',
  INTERFACE,
]);
test('interface a number', main, `${SERVER}interface = 1`, ['interface', '1', INTERFACES]);
test('interface an empty list', main, `${SERVER}interface = []`, ['interface', 'an empty array', INTERFACES]);
test('interface list with any', main, `${SERVER}interface = ["eth0", "any"]`, [
  'interface[1]',
  '"any"',
  '"any" alone, or names without it',
]);
test(
  'interface list with repeats and others',
  main,
  `${SERVER}interface = ["eth0", "eth0", 3]`,
  ['interface[1]', '"eth0"', 'each interface once'],
  ['interface[2]', '3', INTERFACE],
);
test('sequence_timeout 0', main, `${SERVER}sequence_timeout = 0`, ['sequence_timeout', '0', TIMEOUT]);
test('sequence_timeout 61', main, `${SERVER}sequence_timeout = 61`, ['sequence_timeout', '61', TIMEOUT]);
test('sequence_timeout in milliseconds', main, `${SERVER}sequence_timeout = 10000`, [
  'sequence_timeout',
  '10000',
  TIMEOUT,
  'it counts seconds',
]);
test('sequence_timeout nan', main, `${SERVER}sequence_timeout = nan`, ['sequence_timeout', 'NaN', TIMEOUT]);
test('clients_dir empty', main, `${SERVER}clients_dir = ""`, ['clients_dir', '""', 'the name of a folder']);
test('clients_dir a list', main, `${SERVER}clients_dir = ["a"]`, ['clients_dir', 'an array', 'the name of a folder']);
test('unknown key', main, `${SERVER}colour = 1`, ['colour', undefined, NO_KEY]);
test('unknown key, misspelt', main, `${SERVER}interfase = "eth0"`, [
  'interfase',
  undefined,
  NO_KEY,
  'did you mean "interface"?',
]);
test('unknown key with a hyphen', main, `${SERVER}base-port = 1`, [
  'base-port',
  undefined,
  NO_KEY,
  'did you mean "base_port"?',
]);
test('unknown key of [firewall]', main, `${SERVER}mode = "mark"`, [
  'mode',
  undefined,
  NO_KEY,
  '"mode" belongs under [firewall]',
]);
test('unknown key of [[client]]', main, `${SERVER}ports = ["tcp/22"]`, [
  'ports',
  undefined,
  NO_KEY,
  '"ports" belongs under [[client]]',
]);
test('key lost in [firewall]', main, `${SERVER}[firewall]\nbase_port = 1`, [
  'firewall.base_port',
  undefined,
  NO_KEY,
  '"base_port" belongs to the top of knockdaemon.toml, before the first [table]',
]);
test('unknown key in [firewall]', main, `${SERVER}[firewall]\nmod = "mark"`, [
  'firewall.mod',
  undefined,
  NO_KEY,
  'did you mean "mode"?',
]);
test(
  'keys of later versions',
  main,
  `${SERVER}fleet_store = "pcap"\nlog_file = "/x"`,
  ['fleet_store', undefined, NO_KEY],
  ['log_file', undefined, NO_KEY],
);
test(
  'keys that JavaScript has of its own',
  main,
  `${SERVER}__proto__ = 1\nconstructor = 2\ntoString = 3`,
  ['__proto__', undefined, NO_KEY],
  ['constructor', undefined, NO_KEY],
  ['toString', undefined, NO_KEY],
);
test('a secret as a key', main, `${SERVER}${SECRET} = 1`, ['(a name of 43 characters)', undefined, NO_KEY]);
test('a secret at the top', main, `${SERVER}secret = "${SECRET}"`, [
  'secret',
  undefined,
  NO_KEY,
  '"secret" belongs under [[client]]',
]);
test('a secret in the place of a name', main, `server_id = "x${SECRET}${SECRET}"`, [
  'server_id',
  'a text of 87 characters',
  'a text of 1 to 64 bytes',
]);
test('firewall not a table', main, `${SERVER}firewall = "guard"`, ['firewall', '"guard"', 'a table: [firewall]']);
test('firewall.mode', main, `${SERVER}[firewall]\nmode = "Guard"`, [
  'firewall.mode',
  '"Guard"',
  '"guard" or "mark"',
  'did you mean "guard"?',
]);
test('firewall.closed', main, `${SERVER}[firewall]\nclosed = "reject"`, [
  'firewall.closed',
  '"reject"',
  '"drop" or "reset"',
  'did you mean "reset"?',
]);
test('firewall.mark 0', main, `${SERVER}[firewall]\nmark = 0`, ['firewall.mark', '0', MARK]);
test('firewall.mark over 32 bits', main, `${SERVER}[firewall]\nmark = 0x100000000`, [
  'firewall.mark',
  '4294967296',
  MARK,
]);
test('firewall.mark quoted', main, `${SERVER}[firewall]\nmark = "0x745"`, ['firewall.mark', '"0x745"', MARK, UNQUOTED]);
test('firewall.guard not a list', main, `${SERVER}[firewall]\nguard = "tcp/22"`, [
  'firewall.guard',
  '"tcp/22"',
  'an array of ports such as "tcp/22"',
  'write "tcp/22"',
]);
test('firewall.guard port 70000', main, `${SERVER}[firewall]\nguard = ["tcp/22", "tcp/70000"]`, [
  'firewall.guard[1]',
  '"tcp/70000"',
  PORT,
]);
test('reset in mark mode', main, `${SERVER}[firewall]\nmode = "mark"\nclosed = "reset"`, [
  'firewall.closed',
  '"reset"',
  'no "reset" together with mode = "mark"',
  'in mark mode nothing is dropped: your own firewall says how a closed port looks',
]);
test(
  'reset in mark mode beside another mistake',
  main,
  `${SERVER}[firewall]\nmode = "mark"\nclosed = "reset"\nmark = 0`,
  ['firewall.mark', '0', MARK],
  [
    'firewall.closed',
    '"reset"',
    'no "reset" together with mode = "mark"',
    'in mark mode nothing is dropped: your own firewall says how a closed port looks',
  ],
);
test('[client] for [[client]]', main, `${SERVER}[client]\n${clientKeys()}`, [
  'client',
  'a table',
  'an array of tables: [[client]]',
  TABLES,
]);
test('client a list of texts', main, `${SERVER}client = ["alice"]`, ['client[0]', '"alice"', 'a table: [[client]]']);

test(
  'nothing',
  client,
  { name: undefined, secret: undefined, ports: undefined },
  ['name', 'missing', NAME],
  ['secret', 'missing', '43 characters of base64url', COPIED],
  ['ports', 'missing', PORTS],
);
test('name with a space', client, { name: '"al ice"' }, ['name', '"al ice"', NAME]);
test('name with a slash', client, { name: '"../alice"' }, ['name', '"../alice"', NAME]);
test('name that begins with a dot', client, { name: '".alice"' }, ['name', '".alice"', NAME]);
test('name with an escape sequence', client, { name: '"a\\u001b[2J\\u0085"' }, ['name', '"a\\u001b[2J\\u0085"', NAME]);
test('name too long', client, { name: `"${'a b'.repeat(22)}"` }, ['name', `"${'a b'.repeat(20)}…"`, NAME]);
test('name a date', client, { name: '2027-01-01' }, ['name', '2027-01-01', NAME]);
test('secret of 42 characters', client, { secret: `"${SECRET.slice(1)}"` }, [
  'secret',
  undefined,
  '43 characters of base64url, got 42',
  COPIED,
]);
test('secret of 44 characters', client, { secret: `"${SECRET}="` }, [
  'secret',
  undefined,
  '43 characters of base64url, got 44',
  COPIED,
]);
test('secret with a space', client, { secret: `"${SECRET.slice(0, 42)} "` }, [
  'secret',
  undefined,
  '43 characters of base64url (A–Z a–z 0–9 - _), got another character among them',
  COPIED,
]);
test('secret with an impossible end', client, { secret: `"${SECRET.slice(0, 42)}9"` }, [
  'secret',
  undefined,
  '43 characters of base64url that stand for 32 bytes, got a last character that cannot be',
  COPIED,
]);
test('secret a number', client, { secret: '1234567890123' }, [
  'secret',
  undefined,
  '43 characters of base64url, got something that is not a text',
  COPIED,
]);
test(
  'secret misspelt',
  client,
  { secret: undefined, secert: `"${SECRET}"` },
  ['secret', 'missing', '43 characters of base64url', COPIED],
  ['secert', undefined, NO_KEY, 'did you mean "secret"?'],
);
test('enabled quoted', client, { enabled: '"true"' }, ['enabled', '"true"', 'true or false', UNQUOTED]);
test('ports empty', client, { ports: '[]' }, ['ports', 'an empty array', PORTS]);
test('ports a text', client, { ports: '"tcp/22"' }, ['ports', '"tcp/22"', PORTS, 'write "tcp/22"']);
test('ports with port 70000', client, { ports: '["tcp/70000"]' }, ['ports[0]', '"tcp/70000"', PORT]);
test('ports with port 0', client, { ports: '["tcp/0"]' }, ['ports[0]', '"tcp/0"', PORT]);
test('ports the wrong way round', client, { ports: '["22/udp"]' }, ['ports[0]', '"22/udp"', PORT, 'write "udp/22"']);
test('ports in capitals', client, { ports: '["TCP/22"]' }, ['ports[0]', '"TCP/22"', PORT, 'write "tcp/22"']);
test('ports with a bare number', client, { ports: '["udp/53", 22]' }, ['ports[1]', '22', PORT, 'write "tcp/22"']);
test('ports with another protocol', client, { ports: '["sctp/22"]' }, ['ports[0]', '"sctp/22"', PORT]);
test('ports with a leading zero', client, { ports: '["tcp/022"]' }, ['ports[0]', '"tcp/022"', PORT]);
test('ports in one text', client, { ports: '["tcp/22,udp/53"]' }, [
  'ports[0]',
  '"tcp/22,udp/53"',
  PORT,
  'write one text for each port: ["tcp/22", "udp/53"]',
]);
test('max_time 0', client, { max_time: '0' }, ['max_time', '0', MAX_TIME, ANY_TIME]);
test('max_time 255', client, { max_time: '255' }, ['max_time', '255', MAX_TIME, ANY_TIME]);
test('max_time 256', client, { max_time: '256' }, ['max_time', '256', MAX_TIME]);
test('max_time a fraction', client, { max_time: '1.5' }, ['max_time', '1.5', MAX_TIME]);
test('open_for_other a number', client, { open_for_other: '1' }, ['open_for_other', '1', 'true or false']);
test('trust_source a text', client, { trust_source: '"no"' }, ['trust_source', '"no"', 'true or false']);
test('expires quoted', client, { expires: '"2027-01-01"' }, [
  'expires',
  '"2027-01-01"',
  EXPIRES,
  'write it without quotes: expires = 2027-01-01',
]);
test('expires a time of day', client, { expires: '10:00:00' }, ['expires', '10:00:00.000', EXPIRES]);
test('expires a number', client, { expires: '1800000000' }, ['expires', '1800000000', EXPIRES]);
test('expires on a day that is not', client, { expires: '2027-02-30' }, [
  'expires',
  '2027-02-30',
  'a day that is in the calendar',
]);
test('key of the top in a client', client, { base_port: '7' }, [
  'base_port',
  undefined,
  NO_KEY,
  '"base_port" belongs to the top of knockdaemon.toml, before the first [table]',
]);
test('key of [firewall] in a client', client, { guard: '[]' }, [
  'guard',
  undefined,
  NO_KEY,
  '"guard" belongs under [firewall]',
]);
test(
  'several mistakes at once',
  client,
  { ports: '["x", "tcp/1", "y"]', max_time: '0', enabled: '0' },
  ['enabled', '0', 'true or false'],
  ['ports[0]', '"x"', PORT],
  ['ports[2]', '"y"', PORT],
  ['max_time', '0', MAX_TIME, ANY_TIME],
);

const ABSOLUTE = 'an absolute path';
const SOCKET = 'an absolute path of at most 100 bytes';
const LISTEN = 'an address and a port such as "127.0.0.1:9745" or "[::1]:9745"';
test(
  'paths',
  main,
  `${SERVER}state_dir = "var"\ncontrol_socket = "x.sock"`,
  ['state_dir', '"var"', ABSOLUTE],
  ['control_socket', '"x.sock"', SOCKET],
);
test('a path that is no text', main, `${SERVER}state_dir = 1`, ['state_dir', '1', ABSOLUTE]);
test('a folder with a zero byte in its name', main, `${SERVER}state_dir = "/a\\u0000"`, [
  'state_dir',
  '"/a\\u0000"',
  ABSOLUTE,
]);
test('a socket path that the kernel would not take', main, `${SERVER}control_socket = "/${'s'.repeat(100)}"`, [
  'control_socket',
  'a text of 101 characters',
  SOCKET,
]);
for (const listen of [
  '',
  '9745',
  '127.0.0.1',
  '127.0.0.1:0',
  '127.0.0.1:65536',
  '::1:9745',
  '[127.0.0.1]:1',
  'localhost:1',
]) {
  test(`metrics cannot listen on "${listen}"`, main, `${SERVER}[metrics]\nlisten = "${listen}"`, [
    'metrics.listen',
    `"${listen}"`,
    LISTEN,
  ]);
}
test('a misspelt key of [metrics]', main, `${SERVER}[metrics]\nlisen = "127.0.0.1:1"`, [
  'metrics.lisen',
  undefined,
  NO_KEY,
  'did you mean "listen"?',
]);

test('defaults', (t) => {
  const parsed = parseMain(`${SERVER}${clientTable()}`, 'k.toml');
  t.deepEqual(parsed.problems, []);
  t.deepEqual(parsed.settings, {
    serverId: 'gw.example.net',
    doors: [],
    basePort: 745,
    interfaces: ['any'],
    source: { kind: 'pcap' },
    sequenceTimeoutMs: 10_000,
    stateDir: '/var/lib/knockdaemon',
    controlSocket: '/run/knockdaemon/control.sock',
    firewall: { mode: 'guard', closed: 'drop', mark: 0x745, guard: [] },
  });
  t.is(parsed.clientsDir, undefined);
  t.deepEqual(parsed.clients[0]?.client, {
    name: 'alice',
    secret: decodeSecret(SECRET),
    enabled: true,
    ports: [{ protocol: 'tcp', port: 22 }],
    openForOther: false,
    trustSource: true,
  });
});

test('everything said', (t) => {
  const text = `server_id = "x"
base_port = 65280
interface = ["eth0", "wg0"]
sequence_timeout = 2.5
clients_dir = "others"
state_dir = "/srv/state"
control_socket = "/run/k.sock"
[metrics]
listen = "[::1]:65535"
[firewall]
mode = "guard"
closed = "reset"
mark = 0xffffffff
guard = ["tcp/22", "udp/65535", "tcp/22"]
[[client]]
name = "A.b_c-9"
secret = "${OTHER_SECRET}"
enabled = false
ports = ["udp/1", "udp/1", "tcp/1"]
max_time = 254
open_for_other = true
trust_source = false
expires = 2027-01-01
`;
  const parsed = parseMain(text, 'k.toml');
  t.deepEqual(parsed.problems, []);
  const guard = [
    { protocol: 'tcp', port: 22 },
    { protocol: 'udp', port: 65535 },
  ] as const;
  t.deepEqual(parsed.settings, {
    serverId: 'x',
    doors: [],
    basePort: 65280,
    interfaces: ['eth0', 'wg0'],
    source: { kind: 'pcap' },
    sequenceTimeoutMs: 2500,
    stateDir: '/srv/state',
    controlSocket: '/run/k.sock',
    metrics: { address: '::1', port: 65535 },
    firewall: { mode: 'guard', closed: 'reset', mark: 0xffffffff, guard },
  });
  t.is(parsed.clientsDir, 'others');
  t.deepEqual(parsed.clients[0]?.client, {
    name: 'A.b_c-9',
    secret: decodeSecret(OTHER_SECRET),
    enabled: false,
    ports: [
      { protocol: 'udp', port: 1 },
      { protocol: 'tcp', port: 1 },
    ],
    maxTime: 254,
    openForOther: true,
    trustSource: false,
    expiresMs: Date.UTC(2027, 0, 1),
  });
});

const expires = test.macro({
  title: (_, text: string) => `expires = ${text}`,
  exec(t, text: string, milliseconds: number) {
    const { client: parsed, problems } = parseClientFile(clientKeys({ expires: text }), 'alice.toml');
    t.deepEqual(problems, []);
    t.is(parsed?.client?.expiresMs, milliseconds);
  },
});

test(expires, '2028-02-29', Date.UTC(2028, 1, 29));
test(expires, '2027-01-01T12:30:00', Date.UTC(2027, 0, 1, 12, 30));
test(expires, '2027-01-01T12:30:00Z', Date.UTC(2027, 0, 1, 12, 30));
test(expires, '2027-01-01 12:30:00+02:00', Date.UTC(2027, 0, 1, 10, 30));

const interfaceNames = test.macro({
  title: (_, value: string) => `interface = ${value}`,
  exec(t, value: string, names: readonly string[]) {
    t.deepEqual(parseMain(`${SERVER}interface = ${value}`, 'k.toml').settings?.interfaces, names);
  },
});

test(interfaceNames, '"any"', ['any']);
test(interfaceNames, '["any"]', ['any']);
test(interfaceNames, '"abcdefghijklmno"', ['abcdefghijklmno']);
test(interfaceNames, '"eth0.7@x"', ['eth0.7@x']);

const firewall = test.macro({
  title: (_, text: string) => `accepted: ${text}`,
  exec(t, text: string) {
    t.deepEqual(parseMain(`${SERVER}[firewall]\n${text}`, 'k.toml').problems, []);
  },
});

test(firewall, 'guard = ["tcp/22"]');
test(firewall, 'mode = "mark"');
test(firewall, 'mode = "mark"\nclosed = "drop"');
test(firewall, 'mode = "guard"\nclosed = "reset"');

const holds = test.macro({
  title: (given) => `holds secrets: ${given}`,
  exec(t, text: string, expected: boolean) {
    t.is(parseMain(text, 'k.toml').holdsSecrets, expected);
  },
});

test('no client', holds, SERVER, false);
test('a client', holds, SERVER + clientTable(), true);
test('a secret in a wrong place', holds, `${SERVER}secret = "x"`, true);
test('a secret and a syntax error', holds, `${SERVER}secret = "x`, true);
test('no secret and a syntax error', holds, `${SERVER}x = `, false);

test('mistakes of every client and of the top are told together', (t) => {
  const tables = [clientTable({ name: '""' }), clientTable({ max_time: '0' }), clientTable({ ports: '["x"]' })];
  const { problems } = parseMain(`base_port = 0\n${tables.join('')}`, 'k.toml');
  const paths = ['server_id', 'base_port', 'client[0].name', 'client[1].max_time', 'client[2].ports[0]'];
  t.deepEqual(
    problems.map(({ path }) => path),
    paths,
  );
});

test('clients beyond the limit are counted, not read', (t) => {
  const { clients, problems } = parseMain(SERVER + '[[client]]\nname = "a"\n'.repeat(MAX_CLIENTS + 1), 'k.toml');
  t.is(clients.length, MAX_CLIENTS + 1);
  t.is(problems.filter(({ path }) => path?.endsWith('.secret')).length, MAX_CLIENTS);
});

test('an impossible date in a comment or another file does no harm', (t) => {
  const { problems } = parseClientFile(`# not 2027-02-31\n${clientKeys({ expires: '2027-03-02' })}`, 'alice.toml');
  t.deepEqual(problems, []);
});
