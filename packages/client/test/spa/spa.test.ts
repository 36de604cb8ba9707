// `knockclient spa` on a machine without network: what the packet says, where it goes, and every mistake.

import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeSpa, SPA_HASHES, type SpaKey, spaKeyOfText } from '@eightknock/codec/spa';
import test, { type ExecutionContext } from 'ava';
import { main } from '#src/cli.js';
import { FakeMachine, type FakeOptions } from '../fake-machine.ts';
import { makeFolder, VECTOR_SECONDS } from '../sample.ts';

const KEY: SpaKey = {
  encryptionKey: spaKeyOfText('testkey1234'),
  hmacKey: spaKeyOfText('hmackey5678'),
  hmacHash: 'sha256',
};
const HOST = '198.51.100.1';
const GW = `host = "${HOST}"\nkey_base64 = "dGVzdGtleTEyMzQ="\nhmac_key_base64 = "aG1hY2tleTU2Nzg="\n`;
const SSH = [{ protocol: 'tcp', port: 22 }];

interface Prepared {
  readonly config: string;
  readonly keys: readonly string[];
  readonly run: (args: readonly string[], options?: FakeOptions) => Promise<FakeMachine & { code: number }>;
}

/** Files with keys, and servers that are saved. */
async function prepare(t: ExecutionContext, saved: Readonly<Record<string, string>> = {}): Promise<Prepared> {
  const config = await makeFolder(t);
  await mkdir(join(config, 'eightknock/spa'), { recursive: true });
  for (const [name, text] of Object.entries(saved)) {
    await writeFile(join(config, 'eightknock/spa', `${name}.toml`), text, { mode: 0o600 });
  }
  const write = (name: string, text: string) => writeFile(join(config, name), text, { mode: 0o600 });
  await Promise.all([
    write('key', 'testkey1234\n'),
    write('hmac', 'hmackey5678'),
    write('key64', 'dGVzdGtleTEyMzQ=\n'),
  ]);
  const keys = ['--key-file', join(config, 'key'), '--hmac-key-file', join(config, 'hmac')];
  return {
    config,
    keys,
    run: async (args, options = {}) => {
      const machine = new FakeMachine({ config, ...options });
      const code = await main(['spa', ...args], machine);
      for (const secret of ['testkey', 'hmackey', 'dGVzd', 'aG1hY']) {
        t.false((machine.out + machine.err).includes(secret), machine.out + machine.err);
      }
      return Object.assign(machine, { code });
    },
  };
}

function read(t: ExecutionContext, packet: string | undefined, key = KEY) {
  const decoded = decodeSpa(Buffer.from(packet ?? ''), key, VECTOR_SECONDS);
  if (decoded.ok) return decoded;
  t.log(decoded);
  throw new Error('no packet');
}

test('the shortest command: one datagram to port 62201, for the own address', async (t) => {
  const { run, keys } = await prepare(t);
  const { code, out, err, knocks, payloads } = await run([HOST, '--port', 'tcp/22', ...keys]);
  t.is(code, 0, err);
  t.deepEqual(knocks, [`udp ${HOST} 62201`]);
  t.is(out, `single packet to ${HOST}, UDP port 62201: open tcp/22 for 203.0.113.7\n1 packet sent in 0 s\n`);
  t.like(read(t, payloads[0]), { user: 'nobody', timestamp: VECTOR_SECONDS, digestHash: 'sha256' });
  t.deepEqual<unknown, unknown>(read(t, payloads[0]).request, { kind: 'access', address: '203.0.113.7', ports: SSH });
});

const asked = test.macro({
  title: (_, args: readonly string[]) => `asked for: ${args.join(' ')}`,
  async exec(t, args: readonly string[], request: object, key: SpaKey = KEY) {
    const { run, keys } = await prepare(t);
    const { code, err, payloads } = await run([HOST, ...keys, ...args]);
    t.is(code, 0, err);
    t.deepEqual<unknown, unknown>(read(t, payloads[0], key).request, request);
  },
});
const OWN = '203.0.113.7';
test(asked, ['--port', 'tcp/22,udp/53', '--ip', 'source', '--time', '30'], {
  kind: 'access',
  address: 'source',
  ports: [...SSH, { protocol: 'udp', port: 53 }],
  timeoutSeconds: 30,
});
test(asked, ['--port', 'tcp/22', '--ip', '192.0.2.9'], { kind: 'access', address: '192.0.2.9', ports: SSH });
test(asked, ['--port', 'tcp/22', '--nat', 'inner.example.net:5000'], {
  kind: 'nat-access',
  address: OWN,
  ports: SSH,
  target: { host: 'inner.example.net', port: 5000 },
});
test(asked, ['--port', 'tcp/22', '--nat-local', '5000', '--time', '1'], {
  kind: 'local-nat',
  address: OWN,
  ports: [{ protocol: 'tcp', port: 5000 }],
  target: { host: HOST, port: 22 },
  timeoutSeconds: 1,
});
test(asked, ['--command', 'restart web'], { kind: 'command', address: OWN, command: 'restart web' });
for (const hash of SPA_HASHES) {
  const request = { kind: 'access', address: OWN, ports: SSH };
  test(asked, ['--port', 'tcp/22', '--hmac', hash, '--digest', hash], request, { ...KEY, hmacHash: hash });
}

test('a key in base64, another user, another port; the name of the user here', async (t) => {
  const { run, config } = await prepare(t);
  const keys = ['--key-base64-file', join(config, 'key64'), '--hmac-key-file', join(config, 'hmac')];
  const { knocks, payloads } = await run([HOST, '--port', 'tcp/22', ...keys, '--user', 'bob', '--spa-port', '5']);
  t.deepEqual(knocks, [`udp ${HOST} 5`]);
  t.is(read(t, payloads[0]).user, 'bob');
});

test('a port at random is one from 10000 on', async (t) => {
  const { run, keys } = await prepare(t);
  const { out } = await run([HOST, '--port', 'tcp/22', ...keys, '--random-port', '--json']);
  const { spaPort } = JSON.parse(out);
  // Bytes 0 1 2 3 of the fake machine.
  t.is(spaPort, 10_000 + (0x00010203 % 55_536));
});

test('--print prints the packet and sends nothing, --json says what is in it', async (t) => {
  const { run, keys } = await prepare(t);
  const printed = await run([HOST, '--port', 'tcp/22', ...keys, '--print']);
  t.deepEqual(printed.knocks, []);
  t.is(read(t, printed.out.trim()).request.kind, 'access');
  const sent = await run([HOST, '--port', 'tcp/22', ...keys, '--json']);
  t.like(JSON.parse(sent.out), { ok: true, server: null, host: HOST, spaPort: 62_201, packets: 1 });
});

test('--wait sends packets until the port is open', async (t) => {
  const { run, keys } = await prepare(t);
  const args = [HOST, '--port', 'udp/53,tcp/22', ...keys, '--wait'];
  const { code, out, knocks, tries } = await run(args, { looks: ['silent', 'silent', 'open'] });
  t.is(code, 0);
  t.true(knocks.length > 1);
  t.is(tries[0], `${HOST} 22`);
  t.regex(out, /\nnot open yet \(no answer\), knocking again\nport 22 is open after \d.*\(\d tries\)\n$/);
  const failed = await run([...args, '2'], { looks: ['silent'] });
  t.is(failed.code, 1);
  t.regex(failed.err, /^knockclient: error: port 22 did not open within 2\S* s: no answer\n.*hint: .*keys/);
  const local = await run([HOST, '--port', 'tcp/22', '--nat-local', '5000', ...keys, '--wait']);
  t.deepEqual(local.tries, [`${HOST} 5000`]);
});

test('over IPv4 where there is a choice; over IPv6 for the address it comes from', async (t) => {
  const { run, keys } = await prepare(t);
  const hosts = { gw: ['2001:db8::1', HOST], six: ['2001:db8::1'] };
  const both = await run(['gw', '--port', 'tcp/22', ...keys], { hosts });
  t.deepEqual(both.knocks, [`udp ${HOST} 62201`]);
  for (const args of [['gw', '-6'], ['six']]) {
    const six = await run([...args, '--port', 'tcp/22', ...keys], { hosts });
    t.deepEqual(six.knocks, ['udp 2001:db8::1 62201']);
    t.is(read(t, six.payloads[0]).request.address, 'source');
    t.regex(six.err, /hint: fwknop knows no IPv6 addresses/);
  }
  const nat = await run(['gw', '--port', 'tcp/22', ...keys], { hosts, ownAddress: () => '10.0.0.2' });
  t.is(read(t, nat.payloads[0]).request.address, 'source');
  t.regex(nat.err, /hint: the server will not see this machine as 10\.0\.0\.2/);
});

test('a saved server: alone it need not be named, options win, and what contradicts them is left out', async (t) => {
  const more =
    'ports = ["tcp/22"]\nip = "source"\ntime = 30\nnat = "10.0.0.2:80"\nspa_port = 7\nuser = "bob"\nhmac = "sha1"\n';
  const { run } = await prepare(t, { gw: GW + more });
  const key = { ...KEY, hmacHash: 'sha1' } as const;
  const first = await run([]);
  t.is(first.code, 0, first.err);
  t.deepEqual(first.knocks, [`udp ${HOST} 7`]);
  const target = { host: '10.0.0.2', port: 80 };
  const request = { kind: 'nat-access', address: 'source', ports: SSH, target, timeoutSeconds: 30 };
  t.deepEqual<unknown, unknown>(read(t, first.payloads[0], key).request, request);
  t.is(read(t, first.payloads[0], key).user, 'bob');
  const local = await run(['gw', '--nat-local', '5000', '--random-port']);
  t.is(local.code, 0, local.err);
  t.is(read(t, local.payloads[0], key).request.kind, 'local-nat');
  const command = await run(['gw', '--command', 'x']);
  t.is(command.code, 0, command.err);
  t.is(read(t, command.payloads[0], key).request.kind, 'command');
});

const refused = test.macro({
  title: (_, args: readonly string[]) => `refused: ${args.join(' ').slice(0, 60)}`,
  async exec(t, args: readonly string[], expected: readonly RegExp[]) {
    const { run, keys } = await prepare(t);
    const { code, err, knocks } = await run([HOST, ...keys, ...args]);
    t.is(code, 2);
    t.deepEqual(knocks, []);
    for (const line of expected) t.regex(err, line);
  },
});
test(refused, [], [/--port: missing: expected ports such as tcp\/22/]);
test(refused, ['--port', '22'], [/--port: "22": expected ports/, /hint: single packets name the protocol: tcp\/22/]);
test(
  refused,
  ['--port', 'tcp/0', '--time', '65537', '--hmac', 'sha', '--digest', 'x', '--spa-port', '0'],
  [
    /--port: "tcp\/0"/,
    /--time: "65537": expected an integer from 1 to 65536/,
    /--hmac: "sha": expected one of md5/,
    /--digest: "x"/,
    /--spa-port: "0"/,
  ],
);
test(refused, ['--port', 'tcp/22', '--time', '0'], [/--time: "0"/]);
test(refused, ['--port', 'tcp/22', '--ip', '2001:db8::7'], [/--ip: "2001:db8::7": expected .*IPv4/]);
test(refused, ['--port', 'tcp/22', '--ip', '0.0.0.0'], [/--ip: "0\.0\.0\.0"/]);
test(refused, ['--port', 'tcp/22', '--nat', '10.0.0.2'], [/--nat: "10\.0\.0\.2": expected HOST:PORT/]);
test(refused, ['--port', 'tcp/22', '--nat', 'h:1', '--nat-local', '2'], [/--nat and --nat-local do not go together/]);
test(refused, ['--port', 'tcp/22,tcp/23', '--nat-local', '70000'], [/--nat-local: "70000"/, /one port only/]);
test(refused, ['--port', 'tcp/22', '--spa-port', '9', '--random-port'], [/--spa-port and --random-port/]);
test(refused, ['--command', 'x', '--port', 'tcp/22', '--wait'], [/--command and --port/, /--command and --wait/]);
test(refused, ['--port', 'udp/53', '--wait'], [/--wait: port 53 is open for UDP only/]);
test(refused, ['--port', 'tcp/22', '--wait', '--print'], [/--print and --wait/]);
test(refused, ['--port', 'tcp/22', '--user', 'a:b'], [/this cannot be sent: user must be 1 to 48/]);
test(refused, ['--command', 'c'.repeat(300)], [/this cannot be sent: fields must be at most 271 bytes/]);
test(refused, ['--port', 'tcp/22', '--key-base64-file', '/x'], [/--key-file and --key-base64-file do not go together/]);
test(refused, ['--port', 'tcp/22', '-4', '-6'], [/-4 and -6 do not go together/]);

test('bad files of keys: missing, of others, empty, too long, several lines; their content is never shown', async (t) => {
  const { run, config, keys } = await prepare(t);
  const file = join(config, 'bad');
  const bad: readonly (readonly [text: string, expected: RegExp])[] = [
    ['', /bad: expected one key as text, 1 to 32 bytes/],
    ['x'.repeat(33), /expected one key as text/],
    ['a\nb\n', /expected one key as text/],
  ];
  for (const [text, expected] of bad) {
    await writeFile(file, text, { mode: 0o600 });
    const { code, err } = await run([HOST, '--port', 'tcp/22', '--key-file', file, ...keys.slice(2)]);
    t.is(code, 2);
    t.regex(err, expected);
  }
  await writeFile(file, 'testkey1234');
  await chmod(file, 0o644);
  t.regex((await run([HOST, '--port', 'tcp/22', '--key-file', file, ...keys.slice(2)])).err, /mode 0644/);
  const gone = await run([HOST, '--port', 'tcp/22', ...keys.slice(0, 2), '--hmac-key-base64-file', '/nonexistent']);
  t.regex(gone.err, /\/nonexistent: there is no such file/);
  await writeFile(join(config, 'hmac'), 'hmac-key');
  const not64 = await run([
    HOST,
    '--port',
    'tcp/22',
    ...keys.slice(0, 2),
    '--hmac-key-base64-file',
    join(config, 'hmac'),
  ]);
  t.regex(not64.err, /hmac: expected one key in base64, 1 to 128 bytes/);
});

test('one key for both is refused before anything is sent', async (t) => {
  const { run, keys } = await prepare(t);
  const { code, err } = await run([
    HOST,
    '--port',
    'tcp/22',
    ...keys.slice(0, 2),
    '--hmac-key-file',
    keys[1] as string,
  ]);
  t.is(code, 2);
  t.regex(err, /are the same: no server takes that\n.*hint: "fwknop --key-gen" makes both/);
});

test('no server, several servers, an unknown one, and files that are wrong', async (t) => {
  const none = await (await prepare(t)).run(['--port', 'tcp/22']);
  t.regex(none.err, /SERVER: missing: no server of single packets is saved\n.*hint: knockclient import/);
  const unknown = await (await prepare(t)).run(['gw', '--port', 'tcp/22']);
  t.regex(unknown.err, /--key-file and --hmac-key-file: missing/);
  const several = await prepare(t, {
    a: GW,
    b: GW,
    c: `${GW}hosts = "x"\nport = 1\n`,
    d: 'key_base64 = "aaaa',
    e: GW.replace('dG', '!!'),
  });
  t.regex((await several.run(['--port', 'tcp/22'])).err, /SERVER: missing: 5 are saved\n.*saved: a, b, c, d, e/);
  const wrong = await several.run(['c', '--port', 'tcp/22']);
  t.is(wrong.code, 2);
  t.regex(wrong.err, /c\.toml: hosts: expected no such key\n(?:.*\n)*.*c\.toml: port: expected no such key/);
  t.regex((await several.run(['d', '--port', 'tcp/22'])).err, /d\.toml: line 1, column \d+: expected TOML, but/);
  t.regex(
    (await several.run(['e', '--port', 'tcp/22'])).err,
    /e\.toml: key_base64: expected a key of 1 to 32 bytes in base64/,
  );
  await chmod(join(several.config, 'eightknock/spa/a.toml'), 0o640);
  t.regex((await several.run(['a', '--port', 'tcp/22'])).err, /a\.toml: mode 0640/);
  t.is((await readdir(join(several.config, 'eightknock/spa'))).length, 5);
});

test('a packet that cannot be sent is exit 1', async (t) => {
  const { run, keys } = await prepare(t);
  const { code, err } = await run([HOST, '--port', 'tcp/22', ...keys], { failAt: [1, 'ENETUNREACH'] });
  t.is(code, 1);
  t.regex(err, /error: the packet to udp\/62201 was not sent: the network is unreachable \(ENETUNREACH\)/);
});

test('completion knows the saved servers of single packets, and opens none', async (t) => {
  const { config } = await prepare(t, { gw: 'not read' });
  const machine = new FakeMachine({ config });
  t.is(await main(['completion', 'fish', '--', 'spa', 'g'], machine), 0);
  t.regex(machine.out, /^gw/m);
});
