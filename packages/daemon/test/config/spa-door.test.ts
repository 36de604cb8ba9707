// [[door]] tables of single packets: what good ones say, and every mistake. No key is ever shown.

import test from 'ava';
import { parseMain } from '#src/config/parse.js';
import { SERVER } from './sample.ts';

const SECRET = 'a-very-private-password';
const HMAC_SECRET = `${SECRET}-2`;
const KEYS = `key = "${SECRET}"\nhmac_key = "${HMAC_SECRET}"\n`;
const ASK = 'ask = { ports = ["tcp/22"] }\n';

function parse(lines: string) {
  return parseMain(`${SERVER}[[door]]\nname = "carol"\nkind = "spa"\n${lines}`, 'k.toml');
}

test('the least', (t) => {
  const { settings, problems, holdsSecrets } = parse(KEYS + ASK);
  t.deepEqual(problems, []);
  t.true(holdsSecrets);
  const bytes = (text: string) => new Uint8Array(Buffer.from(text));
  t.deepEqual(settings?.doors[0], {
    name: 'carol',
    kind: 'spa',
    port: 62201,
    key: { encryptionKey: bytes(SECRET), hmacKey: bytes(HMAC_SECRET), hmacHash: 'sha256' },
    requireAddress: false,
    action: {
      kind: 'ask',
      ports: [{ protocol: 'tcp', port: 22 }],
      seconds: 30,
      maxSeconds: 30,
      targets: [],
      targetPorts: [],
      commands: {},
    },
  });
});

test('all of it', (t) => {
  const { settings, problems } = parse(`port = 4000
key_base64 = "AAEC"
hmac_key_base64 = "AAECAw=="
hmac = "sha3-512"
sources = ["198.51.100.0/24", "2001:db8::/32"]
user = "carol"
require_address = true
expires = 2027-01-01
[door.ask]
ports = ["tcp/22"]
seconds = 60
max_seconds = 3600
to = ["10.0.0.5:22"]
to_ports = ["tcp/2222"]
masquerade = true
[door.ask.commands."restart web"]
argv = ["/usr/bin/systemctl", "restart", "web"]
user = "root"
`);
  t.deepEqual(problems, []);
  t.like(settings?.doors[0], { port: 4000, user: 'carol', requireAddress: true, expiresMs: Date.UTC(2027, 0) });
  t.like(settings?.doors[0]?.action, {
    seconds: 60,
    maxSeconds: 3600,
    targets: [{ address: '10.0.0.5', port: 22, masquerade: true }],
    commands: { 'restart web': { kind: 'run', user: 'root', timeoutSeconds: 60 } },
  });
});

const wrong: readonly (readonly [lines: string, ...paths: string[]])[] = [
  [ASK, 'door[0].key', 'door[0].hmac_key'],
  [`${KEYS}key_base64 = "AAEC"\n${ASK}`, 'door[0].key'],
  [`key = "${SECRET}"\nhmac_key = "${SECRET}"\n${ASK}`, 'door[0].hmac_key'],
  [`key = "key"\nhmac_key_base64 = "a2V5"\n${ASK}`, 'door[0].hmac_key'],
  [`key = "${SECRET.repeat(2)}"\nhmac_key = ""\n${ASK}`, 'door[0].key', 'door[0].hmac_key'],
  [`key_base64 = "${SECRET}"\nhmac_key_base64 = 5\n${ASK}`, 'door[0].key_base64', 'door[0].hmac_key_base64'],
  [`${KEYS}hmac = "crc32"\n${ASK}`, 'door[0].hmac'],
  [`${KEYS}sources = ["10.0.0.1/8"]\n${ASK}`, 'door[0].sources'],
  [`${KEYS}user = "two words"\nexpires = "2027-01-01"\n${ASK}`, 'door[0].user', 'door[0].expires'],
  [`${KEYS}port = 745\n${ASK}`, 'door[0].port'],
  [KEYS, 'door[0]'],
  [`${KEYS}open = { ports = ["tcp/22"], time = 1 }\n`, 'door[0].open'],
  [`${KEYS}ask = { to = ["10.0.0.5:22"] }\n`, 'door[0].ask.to_ports'],
  [`${KEYS}ask = { to = ["10.0.0.5"], to_ports = ["tcp/1"] }\n`, 'door[0].ask.to[0]'],
  [`${KEYS}ask = { ports = ["tcp/22"], secs = 1 }\n`, 'door[0].ask.secs'],
  [`${KEYS}ask = { commands = { "a" = { argv = ["true"], user = "root" } } }\n`, 'door[0].ask.commands.a.argv[0]'],
  [`${KEYS}ask = { commands = { "é" = { argv = ["/bin/true"], user = "root" } } }\n`, 'door[0].ask.commands."é"'],
];
for (const [lines, ...paths] of wrong) {
  test(`wrong: ${lines.replaceAll('\n', ' ')}`, (t) => {
    const { problems, settings } = parse(lines);
    t.is(settings, undefined);
    t.deepEqual(
      problems.map(({ path }) => path),
      paths,
    );
    t.false(JSON.stringify(problems).includes(SECRET));
  });
}

test('no other kind of door asks', (t) => {
  const lines = `[[door]]\nname = "x"\nkind = "sequence"\nknocks = ["tcp/7000"]\n${ASK}`;
  const { problems } = parseMain(SERVER + lines, 'k.toml');
  t.deepEqual(
    problems.map(({ path }) => path),
    ['door[0].ask'],
  );
});
