// `knockclient spa` opens the doors of Debian's fwknopd, with iptables, in the network of a lab; and what it imports from
// ~/.fwknoprc makes the packets that Debian's fwknop makes of it.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeSpa, decodeSpaKey, encodeSpaKey, SPA_HASHES, type SpaHash, type SpaKey } from '@eightknock/codec/spa';
import test from 'ava';
import { KNOCKCLIENT } from '../lab/daemon-process.ts';
import type { Host, Lab } from '../lab/lab.ts';
import { type Bench, labTest } from '../lab/lab-test.ts';
import { listen } from '../lab/listen.ts';
import { lookAt } from '../lab/probes.ts';
import { programFolder } from '../lab/programs.ts';
import { type Finished, run } from '../lab/run.ts';
import { until } from '../lab/until.ts';
import type { KeyKind } from './fwknop-client.ts';
import { Fwknopd, stanza } from './fwknopd.ts';
import { keyOf } from './spa-cases.ts';

const KEY = keyOf('base64', 'sha256');

/** Writes the keys of a client into files. @returns the options that name them */
async function keyOptions(lab: Lab, { encryptionKey, hmacKey, hmacHash }: SpaKey, kind: KeyKind): Promise<string[]> {
  const text = (key: Uint8Array) => (kind === 'text' ? Buffer.from(key).toString() : encodeSpaKey(key));
  const [key, hmac] = [join(lab.folder, `key-${kind}`), join(lab.folder, `key-hmac-${kind}`)];
  await writeFile(key, `${text(encryptionKey)}\n`, { mode: 0o600 });
  await writeFile(hmac, text(hmacKey), { mode: 0o600 });
  const infix = kind === 'text' ? '' : '-base64';
  return [`--key${infix}-file`, key, `--hmac-key${infix}-file`, hmac, '--hmac', hmacHash];
}

/** Runs `knockclient spa`. */
function spa({ lab, client }: Pick<Bench, 'lab' | 'client'>, args: readonly string[]): Promise<Finished> {
  const env = { XDG_CONFIG_HOME: lab.folder, LOGNAME: 'alice' };
  return client.run(process.execPath, [KNOCKCLIENT, 'spa', ...args], { env });
}

/** Everything from another host is dropped, but for what fwknopd lets in. */
async function closeAll(server: Host): Promise<void> {
  await server.mustRun('/usr/sbin/iptables', ['-A', 'INPUT', '-p', 'tcp', '-j', 'DROP']);
}

labTest('fwknopd opens for keys from files of both kinds, with every HMAC', async (t, bench) => {
  const { lab, server, client } = bench;
  const cases = (['text', 'base64'] as const).flatMap((kind) => SPA_HASHES.map((hash) => ({ kind, hash })));
  t.is(cases.length, 14);
  await closeAll(server);
  await Fwknopd.start(lab, server, cases.map(({ kind, hash }) => stanza(keyOf(kind, hash), kind)).join('\n'));
  for (const [i, { kind, hash }] of cases.entries()) {
    const port = 3000 + i;
    t.is(await lookAt(client, server.ipv4, port), 'silent');
    const keys = await keyOptions(lab, keyOf(kind, hash), kind);
    const done = await spa(bench, [server.ipv4, '--port', `tcp/${port}`, ...keys, '--digest', hash]);
    t.is(done.code, 0, done.stderr);
    // Nothing listens there: an answer is all that is to be seen.
    await until(`${kind} ${hash} opens`, async () => (await lookAt(client, server.ipv4, port)) === 'refused');
  }
});

labTest('--wait; a time, after which it is closed; a user; the others stay outside', async (t, bench) => {
  const { lab, server, client, third } = bench;
  await closeAll(server);
  await listen(server, 'tcp', 22, 'hello');
  const fwknopd = await Fwknopd.start(lab, server, `${stanza(KEY, 'base64')}REQUIRE_USERNAME carol\n`);
  const args = [server.ipv4, '--port', 'tcp/22', ...(await keyOptions(lab, KEY, 'base64'))];

  const other = await spa(bench, [...args, '--wait', '1']);
  t.is(other.code, 1);
  t.regex(other.stderr, /error: port 22 did not open within \d\.?\d* s: no answer\n.*hint: .*keys/);
  t.regex(fwknopd.said, /Username.*alice/);

  const { code, stdout, stderr } = await spa(bench, [...args, '--user', 'carol', '--time', '3', '--wait']);
  t.is(code, 0, stderr);
  t.regex(
    stdout,
    new RegExp(`^single packet to ${server.ipv4}, UDP port 62201: open tcp/22 for ${client.ipv4}, 3 s\n`),
  );
  t.regex(stdout, /\nport 22 is open after \d+(?:\.\d+)? s \(\d tr/);
  t.is(await lookAt(client, server.ipv4, 22), 'open');
  t.is(await lookAt(third, server.ipv4, 22), 'silent');
  t.true([...fwknopd.read.values()].some((read) => read['Client Timeout'] === '3' && read.Username === 'carol'));
  await until('it is closed again', async () => (await lookAt(client, server.ipv4, 22)) === 'silent');
});

labTest('NAT to an inner host, and to another port of the server', async (t, bench) => {
  const { lab, server, client } = bench;
  const inner = await lab.addInnerHost(server);
  await listen(inner, 'tcp', 80, 'inner');
  await listen(server, 'tcp', 22, 'outer');
  await closeAll(server);
  await server.mustRun('/usr/sbin/iptables', ['-P', 'FORWARD', 'DROP']);
  await server.mustRun('/usr/sbin/iptables', ['-A', 'FORWARD', '-s', inner.ipv4, '-j', 'ACCEPT']);
  await server.mustRun('/usr/sbin/sysctl', ['-qw', 'net.ipv4.ip_forward=1']);
  await Fwknopd.start(lab, server, stanza(KEY, 'base64'));
  const keys = await keyOptions(lab, KEY, 'base64');
  const read = async (port: number) => {
    const script = `exec 3<>/dev/tcp/${server.ipv4}/${port}; cat <&3`;
    return (await client.run('/usr/bin/timeout', ['1', '/bin/bash', '-c', script])).stdout;
  };
  const nat = await spa(bench, [server.ipv4, '--port', 'tcp/8080', '--nat', `${inner.ipv4}:80`, ...keys, '--wait']);
  t.is(nat.code, 0, nat.stderr);
  t.is(await read(8080), 'inner');

  t.is(await lookAt(client, server.ipv4, 5000), 'silent');
  const local = await spa(bench, [server.ipv4, '--port', 'tcp/22', '--nat-local', '5000', ...keys, '--wait']);
  t.is(local.code, 0, local.stderr);
  t.regex(local.stdout, /\nport 5000 is open/);
  t.is(await read(5000), 'outer');
});

labTest('a random port of the server, another one, and a command', async (t, bench) => {
  const { lab, server, client } = bench;
  await closeAll(server);
  const made = join(lab.folder, 'made');
  const filter = 'udp dst portrange 10000-65535';
  const fwknopd = await Fwknopd.start(lab, server, stanza(KEY, 'base64'), [], filter);
  const keys = await keyOptions(lab, KEY, 'base64');
  const ports = new Set<number>();
  for (const where of [['--random-port'], ['--random-port'], ['--spa-port', '10007']]) {
    const done = await spa(bench, [server.ipv4, '--port', `tcp/${4000 + ports.size}`, ...keys, ...where, '--json']);
    t.is(done.code, 0, done.stderr);
    const { spaPort } = JSON.parse(done.stdout) as { spaPort: number };
    t.true(spaPort >= 10_000 && spaPort <= 65_535);
    const opened = 4000 + ports.size;
    await until('it opens', async () => (await lookAt(client, server.ipv4, opened)) === 'refused');
    ports.add(spaPort);
  }
  t.is(ports.size, 3, 'others each time');
  t.true(ports.has(10_007));
  const done = await spa(bench, [server.ipv4, '--command', `/usr/bin/touch ${made}`, ...keys, '--spa-port', '10007']);
  t.is(done.code, 0, done.stderr);
  await until('the command is run', async () => (await server.run('/usr/bin/test', ['-e', made])).code === 0);
  t.is(fwknopd.read.size, 4);
});

labTest('what was imported from ~/.fwknoprc opens by its name', async (t, bench) => {
  const { lab, server, client } = bench;
  await closeAll(server);
  await listen(server, 'tcp', 22, 'hello');
  await Fwknopd.start(lab, server, stanza(KEY, 'base64'));
  const rc = join(lab.folder, 'fwknoprc');
  const keys = `KEY_BASE64 ${encodeSpaKey(KEY.encryptionKey)}\nHMAC_KEY_BASE64 ${encodeSpaKey(KEY.hmacKey)}`;
  await writeFile(rc, `[default]\nVERBOSE Y\n[gw]\nSPA_SERVER ${server.ipv4}\nACCESS tcp/22\nUSE_HMAC Y\n${keys}\n`, {
    mode: 0o600,
  });
  const env = { XDG_CONFIG_HOME: lab.folder };
  const imported = await client.run(process.execPath, [KNOCKCLIENT, 'import', rc], { env });
  t.is(imported.code, 0);
  t.regex(imported.stderr, /^knockclient: hint: \S+: line 2: VERBOSE: left out/);
  const done = await spa(bench, ['gw', '--wait']);
  t.is(done.code, 0, done.stderr);
  t.is(await lookAt(client, server.ipv4, 22), 'open');
});

const TEXT_KEYS = 'KEY testkey1234\nHMAC_KEY hmackey5678';
const AT = 'SPA_SERVER 127.0.0.1\nALLOW_IP 203.0.113.7\nACCESS tcp/22';

/** Stanzas `[x]`, with a [default] or without one. */
const STANZAS: readonly (readonly [title: string, text: string])[] = [
  ['keys as text', `[x]\n${AT}\n${TEXT_KEYS}`],
  ['keys in base64', `[x]\n${AT}\nKEY_BASE64 YWJj\nHMAC_KEY_BASE64 ZGVm\nUSE_HMAC Y`],
  ['both kinds of keys', `[x]\n${AT}\n${TEXT_KEYS}\nKEY_BASE64 YWJj\nHMAC_KEY_BASE64 ZGVm`],
  ['base64 in the stanza, text in [default]', `[default]\n${TEXT_KEYS}\n[x]\n${AT}\nKEY_BASE64 YWJj`],
  ['a [default] that is overridden', `[default]\n${TEXT_KEYS}\nACCESS udp/1\nFW_TIMEOUT 7\n[X]\n${AT}`],
  ['remarks, colons, blanks', `# a\n; b\n[x]\n  ${AT}\n\tKEY:   testkey1234 # c\nHMAC_KEY hmackey5678;d`],
  ['a stanza in two parts', `[x]\n${AT}\n[y]\nFW_TIMEOUT 9\n[x]\n${TEXT_KEYS}`],
  ['a line twice', `[x]\n${AT}\n${TEXT_KEYS}\nACCESS tcp/23`],
  ['source, several ports, a time', `[x]\n${AT},udp/53\nALLOW_IP source\nFW_TIMEOUT 30\n${TEXT_KEYS}`],
  ['no time', `[x]\n${AT}\nFW_TIMEOUT 0\n${TEXT_KEYS}`],
  ['a user, USE_HMAC N', `[x]\n${AT}\nSPOOF_USER bob\nUSE_HMAC N\n${TEXT_KEYS}`],
  ['NAT', `[x]\n${AT}\nNAT_ACCESS 192.168.1.2:80\n${TEXT_KEYS}`],
  ['NAT, written with a comma', `[x]\n${AT}\nNAT_ACCESS 192.168.1.2,80\n${TEXT_KEYS}`],
  ['NAT to the same port', `[x]\n${AT}\nNAT_ACCESS 192.168.1.2\n${TEXT_KEYS}`],
  ['NAT from another port', `[x]\n${AT}\nNAT_ACCESS 192.168.1.2\nNAT_PORT 5000\n${TEXT_KEYS}`],
  ['NAT with both ports', `[x]\n${AT}\nNAT_ACCESS 192.168.1.2:80\nNAT_PORT 5000\nFW_TIMEOUT 5\n${TEXT_KEYS}`],
  ['local NAT', `[x]\n${AT}\nNAT_LOCAL Y\nNAT_PORT 5000\n${TEXT_KEYS}`],
  ['local NAT, the same port', `[x]\n${AT}\nNAT_LOCAL Y\n${TEXT_KEYS}`],
  ...SPA_HASHES.map((hash) => {
    const name = hash.toUpperCase().replace('-', '_');
    return [`hashes ${hash}`, `[x]\n${AT}\nHMAC_DIGEST_TYPE ${name}\nDIGEST_TYPE ${name}\n${TEXT_KEYS}`] as const;
  }),
];

for (const [title, text] of STANZAS) {
  test.serial(`the packet is that of fwknop: ${title}`, async (t) => {
    const { folder, env } = await programFolder(t);
    const rc = join(folder, 'fwknoprc');
    await writeFile(rc, `${text}\n`, { mode: 0o600 });
    const options = ['--rc-file', rc, '-n', 'x', '--no-save-args', '--test', '--verbose'];
    const theirs = await run('/usr/bin/fwknop', options, { env });
    const packet = /Final SPA Data: (\S+)/.exec(theirs.stdout)?.[1] ?? '';
    t.not(packet, '', theirs.stdout + theirs.stderr);

    const own = { ...env, LOGNAME: 'root', XDG_CONFIG_HOME: folder };
    const imported = await run(process.execPath, [KNOCKCLIENT, 'import', rc], { env: own });
    t.is(imported.code, 0, imported.stderr);
    const name = text.includes('[X]') ? 'X' : 'x';
    const ours = await run(process.execPath, [KNOCKCLIENT, 'spa', name, '--print'], { env: own });
    t.is(ours.code, 0, ours.stderr);

    const key = await savedKey(join(folder, 'eightknock/spa', `${name}.toml`));
    const seconds = Date.now() / 1000;
    const [one, other] = [packet, ours.stdout.trim()].map((text) => decodeSpa(Buffer.from(text), key, seconds));
    t.true(one?.ok && other?.ok, JSON.stringify([one, other]));
    if (!one?.ok || !other?.ok) return;
    t.deepEqual(other.request, one.request);
    t.is(other.user, one.user);
    t.is(other.digestHash, one.digestHash);
  });
}

/** The keys in a saved file. */
async function savedKey(file: string): Promise<SpaKey> {
  const text = await readFile(file, 'utf8');
  const value = (name: string) => new RegExp(`^${name} = "(.*)"$`, 'm').exec(text)?.[1];
  const hmacHash = (value('hmac') ?? 'sha256') as SpaHash;
  return {
    encryptionKey: decodeSpaKey(value('key_base64') ?? ''),
    hmacKey: decodeSpaKey(value('hmac_key_base64') ?? ''),
    hmacHash,
  };
}
