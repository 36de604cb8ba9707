// Every mistake in a [[door]] or [hooks]: path, value, expectation, hint. And what good ones say.

import test from 'ava';
import fc from 'fast-check';
import { doorWarnings } from '#src/config/doors/door-warnings.js';
import type { KindName } from '#src/config/doors/kinds.js';
import { MAX_DOORS, parseDoors } from '#src/config/doors/parse-doors.js';
import { doorKeys, KIND_NAMES } from '#src/config/doors/schemas.js';
import { parseMain } from '#src/config/parse.js';
import { assertNoSecret, clientTable, SERVER } from './sample.ts';

type Row = readonly [path: string, value: string | undefined, expected: string, hint?: string];

const OPEN = 'open = { ports = ["tcp/22"], time = 10 }';
const TUMBLER_SECRET = 'a-very-private-password';

function door(...lines: string[]): string {
  return `[[door]]\n${lines.join('\n')}\n`;
}

function sequence(...lines: string[]): string {
  return door('name = "ssh"', 'kind = "sequence"', 'knocks = ["tcp/7000"]', ...lines);
}

const wrong = test.macro({
  title: (given) => `wrong: ${given}`,
  exec(t, text: string, ...rows: Row[]) {
    const parsed = parseMain(SERVER + text, 'k.toml');
    t.deepEqual(
      parsed.problems,
      rows.map(([path, value, expected, hint]) => {
        return { file: 'k.toml', path, ...(value !== undefined && { value }), expected, ...(hint && { hint }) };
      }),
    );
    t.is(parsed.settings, undefined);
    assertNoSecret(t, parsed.problems);
    t.false(JSON.stringify(parsed.problems).includes(TUMBLER_SECRET));
  },
});

const NAME = '1 to 64 of A–Z a–z 0–9 . _ - that begin with a letter or digit';
const KIND = '"sequence", "one-time", "digits", "tumbler", "encrypted" or "spa"';
const PORT = 'tcp/N or udp/N with N from 1 to 65535';
const KNOCKS = 'an array of 1 to 32 ports such as "tcp/7000"';
const ACTION = 'exactly one action: open, close, forward, run or ask';
const ONE = OPEN;
const FLAGS = 'an array of at least one of "syn" "ack" "fin" "rst" "psh" "urg", or with "!" before it, none twice';
const ARGV = 'an array of 1 to 64 texts, the first one the absolute path of a program';
const USER = 'the name of a user of this machine';

test(
  'an empty door',
  wrong,
  door(),
  ['door[0].name', 'missing', NAME],
  ['door[0].kind', 'missing', KIND],
  ['door[0]', 'missing', ACTION, ONE],
);
const PACKETS = 'packets have it: source = "pcap" (the default), or "nflog:745" with a rule: docs/sources.md';
const SPA_KEYS = 'key = "a-very-private-password"\nhmac_key = "another-private-one"';
for (const source of ['log:/var/log/kern.log', 'journal']) {
  const together = (door: string) => `for door "${door}" together with source = "${source}"`;
  test(
    `doors that ${source} cannot hear`,
    wrong,
    `source = "${source}"\n` +
      door('name = "t"', 'kind = "tumbler"', 'port = 9000', `secret = "${TUMBLER_SECRET}"`, OPEN) +
      door('name = "s"', 'kind = "spa"', SPA_KEYS, 'ask = { ports = ["tcp/22"] }') +
      door('name = "a"', 'kind = "sequence"', 'knocks = ["udp/1", "tcp/1"]', 'tcp_flags = ["ack"]', OPEN) +
      door('name = "f"', 'kind = "one-time"', 'file = "/f"', 'tcp_flags = ["syn", "ack"]', OPEN) +
      door('name = "x"', 'kind = "sequence"', 'knocks = ["udp/1"]', 'target = "192.0.2.1"', OPEN),
    ['door[0].kind', '"tumbler"', `no such kind ${together('t')}: a log does not tell what is in a datagram`, PACKETS],
    ['door[1].kind', '"spa"', `no such kind ${together('s')}: a log does not tell what is in a datagram`, PACKETS],
    ['door[2].tcp_flags', '"ack"', `flags that a SYN has ${together('a')}: of TCP a log tells SYN alone`, PACKETS],
    ['door[3].tcp_flags', '"syn, ack"', `flags that a SYN has ${together('f')}: of TCP a log tells SYN alone`, PACKETS],
    ['door[4].target', '"192.0.2.1"', `none ${together('x')}: where a packet went is not read from a log`, PACKETS],
  );
}
test('doors that a log can hear, and all of them with packets', (t) => {
  const problems = (source: string, ...doors: string[]) =>
    parseMain(`${SERVER}source = "${source}"\n${doors.join('')}`, 'k.toml').problems;
  const heard = [
    sequence(OPEN, 'tcp_flags = ["syn", "!ack"]'),
    door('name = "udp"', 'kind = "sequence"', 'knocks = ["udp/1"]', 'tcp_flags = ["fin"]', OPEN),
    door('name = "eight"', 'kind = "encrypted"', 'port = 1', OPEN),
  ];
  t.deepEqual(problems('journal', ...heard), []);
  const others = [
    door('name = "fin"', 'kind = "sequence"', 'knocks = ["tcp/1"]', 'tcp_flags = ["fin"]', 'target = "::1"', OPEN),
    door('name = "t"', 'kind = "tumbler"', 'port = 9000', `secret = "${TUMBLER_SECRET}"`, OPEN),
  ];
  t.deepEqual(problems('pcap', ...heard, ...others), []);
  t.deepEqual(problems('nflog:745', ...heard, ...others), []);
});
test('no table', wrong, 'door = [1]\n', ['door[0]', '1', 'a table: [[door]]']);
test('no array', wrong, '[door]\n', [
  'door',
  'a table',
  'an array of tables: [[door]]',
  'a door begins with a line [[door]], in two pairs of brackets',
]);
test(
  'an unknown kind',
  wrong,
  door('name = "a b"', 'kind = "sequense"', OPEN),
  ['door[0].name', '"a b"', NAME],
  ['door[0].kind', '"sequense"', KIND, 'did you mean "sequence"?'],
);
test('two actions', wrong, sequence(OPEN, 'close = { ports = ["tcp/22"] }'), ['door[0]', 'open and close', ACTION]);
test(
  'every key of a sequence',
  wrong,
  door(
    'name = "ssh"',
    'kind = "sequence"',
    'knocks = ["tcp/70000", 7000]',
    'timeout = 25000',
    'tcp_flags = ["syn", "!syn"]',
    'target = "gw"',
    'order = "strickt"',
    'source = "all"',
    OPEN,
  ),
  ['door[0].knocks[0]', '"tcp/70000"', PORT],
  ['door[0].knocks[1]', '7000', PORT, 'write "tcp/7000"'],
  ['door[0].timeout', '25000', 'a number from 1 to 300 (seconds)', 'it counts seconds'],
  ['door[0].tcp_flags', 'an array', FLAGS],
  ['door[0].target', '"gw"', 'an IPv4 or IPv6 address'],
  ['door[0].order', '"strickt"', '"strict" or "tolerant"', 'did you mean "strict"?'],
  ['door[0].source', '"all"', '"same" or "any"'],
);
test(
  'too many knocks, and none',
  wrong,
  sequence(OPEN).replace('["tcp/7000"]', `[${Array(33).fill('"tcp/7"').join()}]`) +
    sequence(OPEN).replace('["tcp/7000"]', '[]').replace('ssh', 'ftp'),
  ['door[0].knocks', 'an array', KNOCKS],
  ['door[1].knocks', 'an empty array', KNOCKS],
);
test(
  'unknown keys',
  wrong,
  sequence('timout = 5', 'zero = 1', 'time = 5', 'secret = "x"', 'base_port = 5', OPEN) +
    '[[door.open]]\n'.slice(0, 0) +
    door('name = "x"', 'kind = "encrypted"', 'port = 9000', 'open = { ports = ["tcp/22"], time = 1, tim = 2 }'),
  ['door[0].timout', undefined, 'no such key', 'did you mean "timeout"?'],
  ['door[0].zero', undefined, 'no such key'],
  ['door[0].time', undefined, 'no such key', '"time" belongs into an action: open = { time = … }'],
  ['door[0].secret', undefined, 'no such key', 'a door of kind "sequence" has no "secret"'],
  [
    'door[0].base_port',
    undefined,
    'no such key',
    '"base_port" belongs to the top of knockdaemon.toml, before the first [table]',
  ],
  ['door[1].open.tim', undefined, 'no such key', 'did you mean "time"?'],
);
test(
  'open and close',
  wrong,
  sequence('open = { ports = [] }') + sequence('close = { port = 22 }').replace('ssh', 'bye'),
  ['door[0].open.ports', 'an empty array', 'an array of at least one port such as "tcp/22"'],
  ['door[0].open.time', 'missing', 'an integer from 0 to 525600 (minutes; 0: no limit)'],
  ['door[1].close.ports', 'missing', 'an array of at least one port such as "tcp/22"'],
  ['door[1].close.port', undefined, 'no such key', 'did you mean "ports"?'],
);
test(
  'run',
  wrong,
  sequence('run = { argv = ["backup", "%PORT%"], user = "a b", timeout = 0, overlap = "no", stop_after = 5 }'),
  ['door[0].run.argv[1]', '"%PORT%"', 'a text of at most 4096 bytes without a NUL; of macros there is only %IP%'],
  ['door[0].run.argv[0]', '"backup"', 'the absolute path of a program, without macros'],
  ['door[0].run.user', '"a b"', USER],
  ['door[0].run.timeout', '0', 'an integer from 1 to 86400 (seconds)'],
  ['door[0].run.overlap', '"no"', 'true or false'],
  ['door[0].run.stop_argv', 'missing', 'it together with stop_after'],
);
test(
  'a program that is no absolute path, or has a macro in it',
  wrong,
  sequence('run = { argv = ["backup"], user = "root", stop_argv = ["/%IP%"] }'),
  ['door[0].run.argv[0]', '"backup"', 'the absolute path of a program, without macros'],
  ['door[0].run.stop_argv[0]', '"/%IP%"', 'the absolute path of a program, without macros'],
  ['door[0].run.stop_after', 'missing', 'it together with stop_argv'],
);
test('no program', wrong, sequence('run = { argv = [], user = "root" }'), ['door[0].run.argv', 'an empty array', ARGV]);
test(
  'digits',
  wrong,
  door(
    'name = "d"',
    'kind = "digits"',
    'start = []',
    'first_port = "tcp/65530"',
    'run = { argv = ["/x"], user = "x" }',
  ),
  ['door[0].start', 'an empty array', KNOCKS],
  ['door[0].first_port', '"tcp/65530"', 'tcp/N or udp/N with N from 1 to 65526: the port of digit 0, nine more follow'],
  ['door[0].end', 'missing', KNOCKS],
  [
    'door[0].run',
    undefined,
    'open or close, whose ports are what may be asked for',
    'for a program use a door of another kind',
  ],
);
test(
  'digits that contain the end',
  wrong,
  door('name = "d"', 'kind = "digits"', 'start = ["tcp/1"]', 'first_port = "tcp/1040"', 'end = ["tcp/1042"]', OPEN),
  [
    'door[0].open.ports[0]',
    '"tcp/22"',
    'a port whose digits do not contain the end of the sequence',
    'its knocks are tcp/1 tcp/1042 tcp/1042 tcp/1042: choose another end',
  ],
);
test('one-time', wrong, door('name = "o"', 'kind = "one-time"', 'file = "once"', OPEN), [
  'door[0].file',
  '"once"',
  'an absolute path',
]);
test(
  'tumbler: the secret is never shown',
  wrong,
  door('name = "t"', 'kind = "tumbler"', 'port = 0', `secret = ["${TUMBLER_SECRET}"]`, 'text = "%IP%"', OPEN) +
    door('name = "u"', 'kind = "tumbler"', 'port = 800', `secret = "${TUMBLER_SECRET}"`, OPEN),
  ['door[0].port', '0', 'an integer from 1 to 65535'],
  ['door[0].secret', undefined, 'a text of 1 to 255 characters in one line'],
  [
    'door[0].text',
    '"%IP%"',
    'a text with %IP%, %SECRET% and %MINUTE% in it, and of macros besides %YEAR% %MONTH% %DAY% %HOUR% %NAME%',
  ],
  ['door[1].port', '800', 'a port outside 745–1000, where the eight knocks go (base_port)'],
);
test(
  'tumbler: one secret',
  wrong,
  door('name = "t"', 'kind = "tumbler"', 'port = 1', OPEN) +
    door('name = "u"', 'kind = "tumbler"', 'port = 1', 'secret = "x"', 'secret_file = "x"', OPEN),
  ['door[0]', 'missing', 'either secret or secret_file'],
  ['door[1].secret_file', '"x"', 'an absolute path'],
  ['door[1]', 'both', 'either secret or secret_file'],
);
test(
  'what must be unique',
  wrong,
  sequence(OPEN) +
    sequence(OPEN) +
    door('name = "a"', 'kind = "encrypted"', 'port = 9000', OPEN) +
    door('name = "b"', 'kind = "encrypted"', 'port = 9000', OPEN) +
    door('name = "c"', 'kind = "one-time"', 'file = "/once"', OPEN) +
    door('name = "d"', 'kind = "one-time"', 'file = "/once"', OPEN),
  ['door[1].name', '"ssh"', 'a name of its own: door[0] has the same'],
  ['door[3].port', '9000', 'a port of its own: door[2] has the same'],
  ['door[5].file', '"/once"', 'a file of its own: door[4] has the same'],
);
test(
  'hooks',
  wrong,
  '[hooks]\non_opn = ["/x"]\non_close = "/x"\ntimeout = 0\n',
  ['hooks.user', 'missing', USER],
  ['hooks.timeout', '0', 'an integer from 1 to 3600 (seconds)'],
  ['hooks.on_close', '"/x"', ARGV],
  ['hooks.on_opn', undefined, 'no such key', 'did you mean "on_open"?'],
);

test('too many doors', (t) => {
  const text = SERVER + sequence(OPEN).repeat(MAX_DOORS + 1);
  t.deepEqual(parseMain(text, 'k.toml').problems, [
    { file: 'k.toml', path: 'door', value: '201 doors', expected: 'at most 200 doors' },
  ]);
});

test('a file with the secret of a door is nobody else’s', (t) => {
  const text = door('name = "t"', 'kind = "tumbler"', 'port = 8675', 'secret = "x"', OPEN);
  t.true(parseMain(SERVER + text, 'k.toml').holdsSecrets);
  t.false(parseMain(SERVER + sequence(OPEN), 'k.toml').holdsSecrets);
});

test('good doors, with what is left out', (t) => {
  const run =
    'run = { argv = ["/usr/bin/backup", "--for=%IP%"], user = "backup", stop_argv = ["/bin/true"], stop_after = 10 }';
  const text =
    SERVER +
    sequence(OPEN, 'tcp_flags = ["fin", "!ack"]', 'target = "FD77::1"', 'order = "tolerant"', 'source = "any"') +
    door('name = "once"', 'kind = "one-time"', 'file = "/once"', 'close = { ports = ["tcp/22", "tcp/22"] }') +
    door('name = "job"', 'kind = "encrypted"', 'port = 9000', run) +
    '[hooks]\nuser = "nobody"\non_open = ["/bin/true"]\n';
  const { settings, problems } = parseMain(text, 'k.toml');
  t.deepEqual(problems, []);
  const ssh = { protocol: 'tcp', port: 22 };
  t.deepEqual<unknown, unknown>(settings?.doors, [
    {
      name: 'ssh',
      kind: 'sequence',
      knocks: [{ protocol: 'tcp', port: 7000 }],
      order: 'tolerant',
      source: 'any',
      timeoutMs: 25_000,
      tcpFlags: { mask: 0x11, value: 1 },
      target: 'fd77::1',
      action: { kind: 'open', ports: [ssh], minutes: 10 },
    },
    {
      name: 'once',
      kind: 'one-time',
      file: '/once',
      order: 'strict',
      source: 'same',
      timeoutMs: 25_000,
      tcpFlags: { mask: 0x12, value: 2 },
      action: { kind: 'close', ports: [ssh] },
    },
    {
      name: 'job',
      kind: 'encrypted',
      port: 9000,
      action: {
        kind: 'run',
        argv: ['/usr/bin/backup', '--for=%IP%'],
        user: 'backup',
        timeoutSeconds: 60,
        overlap: false,
        stop: { argv: ['/bin/true'], afterSeconds: 10 },
      },
    },
  ]);
  t.deepEqual<unknown, unknown>(settings?.hooks, { user: 'nobody', timeoutSeconds: 10, onOpen: ['/bin/true'] });
});

test('what ought to be known of doors', (t) => {
  const text =
    SERVER +
    sequence(OPEN) +
    sequence(OPEN).replace('ssh', 'two').replace('["tcp/7000"]', '["tcp/7000", "tcp/6999"]') +
    door('name = "job"', 'kind = "encrypted"', 'port = 9000', OPEN) +
    door('name = "fine"', 'kind = "encrypted"', 'port = 22', OPEN) +
    clientTable();
  const { settings, clients } = parseMain(text, 'k.toml');
  const warnings = doorWarnings({
    doors: settings?.doors ?? [],
    clients: clients.flatMap(({ client }) => client ?? []),
  });
  t.deepEqual(warnings, [
    ['ssh', 'replayable'],
    ['ssh', 'scan'],
    ['two', 'replayable'],
    ['job', 'nobody'],
  ]);
});

test('whatever stands in a door, it is read or refused with a path, and never thrown at', (t) => {
  const value = fc.oneof(
    fc.anything(),
    fc.constantFrom<unknown>(
      5,
      'x',
      '/x',
      ['tcp/22'],
      ['syn'],
      { ports: ['tcp/22'], time: 1 },
      { argv: ['/x'], user: 'x' },
    ),
  );
  const keys = [...new Set(KIND_NAMES.flatMap((kind) => doorKeys(kind as KindName)))].filter((key) => key !== 'kind');
  const table = fc
    .tuple(fc.constantFrom<unknown>(...KIND_NAMES, 'x', 1), fc.dictionary(fc.constantFrom(...keys, 'other'), value))
    .map(([kind, rest]) => ({ kind, ...rest }));
  fc.assert(
    fc.property(fc.array(fc.oneof(table, fc.anything()), { maxLength: 3 }), (tables) => {
      const { doors, problems } = parseDoors(tables, 'k.toml', 745, { kind: 'journal' });
      if (doors.length + problems.length < tables.length) return false;
      return problems.every(({ path, expected }) => path?.startsWith('door[') && expected !== '');
    }),
    { numRuns: process.env.SLOW === '1' ? 100_000 : 3000 },
  );
  t.pass();
});
