// The words of the command line: what they mean, and every way in which they can be wrong.

import test from 'ava';
import { type KnockOptions, type RawOptions, readOptions } from '#src/options.js';

const PORT = 'an integer from 1 to 65535';
const TIME = 'an integer from 0 to 255 (0 = no limit, 1–254 = minutes, 255 = close)';
const DELAY = 'an integer from 0 to 10000 (milliseconds)';
const WAIT = 'an integer from 1 to 3600 (seconds)';
const BASE = 'an integer from 1 to 65280: base port + 255 must not exceed 65535';
const ADDRESS = '"auto", "source", or an IPv4 or IPv6 address without a zone';
const HOST = 'a host name, or an IPv4 or IPv6 address without a zone';
const ONE_HOST = 'the IPv4 or IPv6 address of one host, without a zone';
const SERVER_ID = 'a text of 1 to 64 bytes, the server_id of the server';

const LINK_LOCAL =
  'link-local addresses (fe80::…) cannot be used, with a zone or without: give another address of the host, or its name';

const FLAGS = {
  port: '--port',
  ip: '--ip',
  time: '--time',
  host: '--host',
  keyFile: '--key-file',
  serverId: '--server-id',
  basePort: '--base-port',
  transport: '--transport',
  delay: '--delay',
  wait: '--wait',
  spoofSource: '--spoof-source',
} as const;

const wrong = test.macro({
  title: (_, option: keyof typeof FLAGS, value: string) => `wrong: ${FLAGS[option]} ${JSON.stringify(value)}`,
  exec(t, option: keyof typeof FLAGS, value: string, expected: string, hint?: string) {
    const { problems } = readOptions({ port: '22', [option]: value });
    const message = `${FLAGS[option]}: ${JSON.stringify(value)}: expected ${expected}`;
    t.deepEqual(problems, [hint === undefined ? { message } : { message, hint }]);
  },
});

for (const text of ['0', '65536', '70000', '-1', '1e3', '22abc', '', ' 22', '22 ', '022', '0x16', '2.2', '+22', '٢٢']) {
  test(wrong, 'port', text, PORT);
}
test(wrong, 'port', '4294967318', PORT);
test(wrong, 'port', '99999999999999999999', PORT);
test(wrong, 'port', 'tcp/22', PORT, 'a knock names the number alone; the server knows the protocol');
for (const text of ['256', '-1', '', '1m', '1e2', '00']) test(wrong, 'time', text, TIME);
for (const text of ['10001', '-5', '', '20ms', '0.5']) test(wrong, 'delay', text, DELAY);
for (const text of ['0', '3601', '', '-1', '1.5', '10s']) test(wrong, 'wait', text, WAIT);
test(wrong, 'wait', 'gw', WAIT, 'SERVER goes before --wait, or write --wait=SECONDS');
for (const text of ['0', '65281', '65535', '70000', '', 'x']) test(wrong, 'basePort', text, BASE);
for (const text of ['', 'sctp', 'TCP']) test(wrong, 'transport', text, '"tcp" or "udp"');
for (const text of ['', '1.2.3', '256.1.1.1', '01.2.3.4', '1.2.3.4/24', 'me', '::1::', 'gw.example.net']) {
  test(wrong, 'ip', text, ADDRESS);
}
for (const text of ['0.0.0.0', '::', '::ffff:0.0.0.0']) {
  test(wrong, 'ip', text, ADDRESS, 'for the address the knocks come from: --ip source');
}
test(wrong, 'ip', 'fe80::1%eth0', ADDRESS, 'leave out the zone, the part from "%" on');
for (const text of ['', 'a b', '1.2.3', '[::1]', 'a..b', 'gw:745', '-x', 'a%b']) test(wrong, 'host', text, HOST);
for (const text of ['fe80::1%eth0', 'FEBF::1%1']) test(wrong, 'host', text, HOST, LINK_LOCAL);
for (const text of ['2001:db8::1%eth0', 'fec0::1%1']) {
  test(wrong, 'host', text, HOST, 'leave out the zone, the part from "%" on');
}
for (const text of ['', 'source', '0.0.0.0', '::', '224.0.0.1', '255.255.255.255', 'ff02::1', '10.0.0.0/8', 'gw']) {
  test(wrong, 'spoofSource', text, ONE_HOST);
}
test(wrong, 'spoofSource', 'fe80::1%eth0', ONE_HOST, 'leave out the zone, the part from "%" on');
test(wrong, 'serverId', '', SERVER_ID);
test(wrong, 'serverId', 'ü'.repeat(33), SERVER_ID);
test(wrong, 'keyFile', '', 'the name of a file');

test('wrong: no port', (t) => {
  const [problem] = readOptions({}).problems;
  t.is(problem?.message, '--port: missing: expected the port to open, an integer from 1 to 65535');
});

test('all mistakes are told at once', (t) => {
  const raw: Record<keyof typeof FLAGS, string> = {
    port: '70000',
    ip: '::',
    time: '256',
    host: '',
    keyFile: '',
    serverId: '',
    basePort: '0',
    transport: 'x',
    delay: 'x',
    wait: 'x',
    spoofSource: 'x',
  };
  const { problems } = readOptions(raw);
  t.deepEqual(
    problems.map(({ message }) => message.split(':', 1)[0]),
    Object.values(FLAGS),
  );
});

test('a secret in the place of another value is not shown', (t) => {
  const secret = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8';
  t.is(readOptions({ port: secret }).problems[0]?.message, `--port: a text of 43 characters: expected ${PORT}`);
});

const conflict = test.macro({
  title: (_, raw: RawOptions) => `do not go together: ${JSON.stringify(raw)}`,
  exec(t, raw: RawOptions, expected: string, hint?: string) {
    const { problems } = readOptions({ port: '22', ...raw });
    t.deepEqual(problems, [hint === undefined ? { message: expected } : { message: expected, hint }]);
  },
});

const OTHER_FAMILY = 'an address can be opened for only by knocks of its own family';
test(conflict, { ipv4: true, ipv6: true }, '-4 and -6 do not go together');
test(conflict, { ipv4: true, ip: '2001:db8::7' }, '-4 and --ip 2001:db8::7 do not go together', OTHER_FAMILY);
test(conflict, { ipv6: true, ip: '203.0.113.7' }, '-6 and --ip 203.0.113.7 do not go together', OTHER_FAMILY);
test(
  conflict,
  { print: true, wait: true },
  '--print and --wait do not go together',
  '--print sends nothing, so there is nothing to wait for',
);
test(
  conflict,
  { time: '255', wait: '5' },
  '--wait and --time 255 do not go together',
  '--time 255 closes, and --wait waits for a port to open',
);

const SOURCE_FAMILY = 'knocks come from and open for addresses of one family';
test(
  conflict,
  { spoofSource: '2001:db8::9', ipv4: true },
  '-4 and --spoof-source 2001:db8::9 do not go together',
  SOURCE_FAMILY,
);
test(
  conflict,
  { spoofSource: '192.0.2.9', ipv6: true },
  '-6 and --spoof-source 192.0.2.9 do not go together',
  SOURCE_FAMILY,
);
test(
  conflict,
  { spoofSource: '192.0.2.9', ip: '2001:db8::7' },
  '--ip 2001:db8::7 and --spoof-source 192.0.2.9 do not go together',
  SOURCE_FAMILY,
);

for (const ip of ['auto', '2001:db8::7']) {
  test(
    conflict,
    { spoofSource: '2001:db8::9', ip },
    `--ip ${ip} and --spoof-source 2001:db8::9 do not go together`,
    'over IPv6 a knock can open only for the address it comes from: --ip source',
  );
}

const right = test.macro({
  title: (_, raw: RawOptions) => `right: ${JSON.stringify(raw)}`,
  exec(t, raw: RawOptions, expected: Partial<KnockOptions>) {
    const { options, problems } = readOptions({ port: '22', ...raw });
    t.deepEqual(problems, []);
    const times = { delayMs: 2, repeatDelayMs: 20 };
    const usual = { port: 22, ip: 'auto', time: 1, transport: 'tcp', ...times, print: false, raw: false };
    t.deepEqual(options, { ...usual, ...expected });
  },
});

test(right, {}, {});
test(right, { port: '1' }, { port: 1 });
test(right, { port: '65535' }, { port: 65535 });
test(right, { time: '0' }, { time: 0 });
test(right, { time: '255' }, { time: 255 });
test(right, { delay: '0' }, { delayMs: 0, repeatDelayMs: 0 });
test(right, { delay: '10000' }, { delayMs: 10_000, repeatDelayMs: 10_000 });
test(right, { wait: true }, { waitSeconds: 10 });
test(right, { wait: '1' }, { waitSeconds: 1 });
test(right, { wait: '3600' }, { waitSeconds: 3600 });
test(right, { basePort: '1' }, { basePort: 1 });
test(right, { basePort: '65280' }, { basePort: 65280 });
test(right, { transport: 'udp' }, { transport: 'udp' });
test(right, { ip: 'source' }, { ip: 'source' });
test(right, { ip: '203.0.113.7' }, { ip: '203.0.113.7', family: 4 });
test(right, { ip: '::ffff:203.0.113.7' }, { ip: '203.0.113.7', family: 4 });
test(right, { ip: '2001:DB8:0::7' }, { ip: '2001:db8::7', family: 6 });
test(right, { ipv4: true }, { family: 4 });
test(right, { ipv6: true, ip: 'source' }, { ip: 'source', family: 6 });
test(
  right,
  { host: 'gw.example.net', keyFile: 'k', serverId: 'gw' },
  { host: 'gw.example.net', keyFile: 'k', serverId: 'gw' },
);
test(right, { serverId: 'ü'.repeat(32) }, { serverId: 'ü'.repeat(32) });
test(right, { print: true }, { print: true });
test(right, { raw: true }, { raw: true, delayMs: 0 });
test(right, { raw: true, delay: '5', transport: 'udp' }, { raw: true, delayMs: 5, repeatDelayMs: 5, transport: 'udp' });
test(right, { spoofSource: '192.0.2.9' }, { raw: true, delayMs: 0, spoofSource: '192.0.2.9', family: 4 });
test(
  right,
  { spoofSource: '2001:DB8:0::9', ip: '2001:db8::9' },
  { raw: true, delayMs: 0, spoofSource: '2001:db8::9', ip: '2001:db8::9', family: 6 },
);
test(
  right,
  { spoofSource: '223.255.255.255', ip: 'source' },
  { raw: true, delayMs: 0, spoofSource: '223.255.255.255', ip: 'source', family: 4 },
);
