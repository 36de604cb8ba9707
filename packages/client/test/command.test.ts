// The command as people run it: a process of its own, real clock, real sockets on loopback.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { stat, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decodeSecret, encodeSequence, windowAt } from '@eightknock/codec';
import test, { type ExecutionContext } from 'ava';
import { assertNoSecret, KEY, linkFor, makeFolder, SECRET } from './sample.ts';

/** From test/build/ to the package. */
const COMMAND = fileURLToPath(new URL('../../bin/knockclient.js', import.meta.url));

interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(config: string, args: readonly string[], input = ''): Promise<Finished> {
  const env = { ...process.env, XDG_CONFIG_HOME: config, NO_COLOR: '' };
  const child = spawn(process.execPath, [COMMAND, ...args], { env, timeout: 30_000 });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  child.stdin.end(input);
  const [code] = await once(child, 'close');
  return { code, stdout, stderr };
}

/** Runs it with its output on a device that is full. */
async function runFull(config: string, args: readonly string[], streams: '>' | '2>' = '>'): Promise<Finished> {
  const env = { ...process.env, XDG_CONFIG_HOME: config, NO_COLOR: '' };
  const words = ['-c', `exec "$@" ${streams}/dev/full`, 'sh', process.execPath, COMMAND, ...args];
  const child = spawn('/bin/sh', words, { env, timeout: 30_000, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const [code] = await once(child, 'close');
  return { code, stdout, stderr };
}

async function enrolled(t: ExecutionContext, host: string): Promise<string> {
  const config = await makeFolder(t);
  const { code, stdout, stderr } = await run(config, ['add', 'gw', '-'], linkFor(host));
  t.is(code, 0, stderr);
  assertNoSecret(t, stdout + stderr);
  return config;
}

test('the file can be run as it is', async (t) => {
  t.not((await stat(COMMAND)).mode & 0o111, 0);
});

test('keygen gives a new secret each time', async (t) => {
  const config = await makeFolder(t);
  const [one, other] = await Promise.all([run(config, ['keygen']), run(config, ['keygen'])]);
  for (const { code, stdout } of [one, other]) {
    t.is(code, 0);
    t.regex(stdout, /^[A-Za-z0-9_-]{43}\n$/);
    t.is(decodeSecret(stdout.trim()).length, 32);
  }
  t.not(one.stdout, other.stdout);
});

test('--print prints a sequence of this moment, with a key file as keygen makes it', async (t) => {
  const config = await makeFolder(t);
  const key = join(config, 'key');
  await writeFile(key, `${SECRET}\n`, { mode: 0o600 });
  const request = { address: '203.0.113.7', port: 22, time: 0 };
  const args = ['gw.invalid', '--port', '22', '--ip', request.address, '--time', '0'];
  const before = windowAt(Date.now() / 1000);
  const { code, stdout, stderr } = await run(config, [
    ...args,
    '--key-file',
    key,
    '--server-id',
    KEY.serverId,
    '--print',
  ]);
  t.is(code, 0, stderr);
  const after = windowAt(Date.now() / 1000);
  const possible = new Set<string>();
  for (let window = before; window <= after; window++) {
    for (let nonce = 0; nonce < 16; nonce++) {
      possible.add(`${encodeSequence(KEY, request, window * 30, nonce).ports.join(' ')}\n`);
    }
  }
  t.true(possible.has(stdout), stdout);
  assertNoSecret(t, stdout + stderr);
});

for (const [host, address] of [
  ['127.0.0.1', '127.0.0.1'],
  ['[::1]', '::1'],
] as const) {
  for (const transport of ['tcp', 'udp']) {
    test(`knocks at closed ports are sent, ${transport} to ${address}`, async (t) => {
      const config = await enrolled(t, host);
      const args = ['--port', '22', '--transport', transport, '--delay', '0', '--json', '--debug'];
      const { code, stdout, stderr } = await run(config, args);
      t.is(code, 0, stderr);
      const { ok, address: knockedAt, claimedAddress, knocks } = JSON.parse(stdout);
      t.deepEqual([ok, knockedAt, claimedAddress, knocks], [true, address, address, 8]);
      assertNoSecret(t, stdout + stderr);
    });
  }
}

test('plain lines, and no control characters, where stdout is no terminal', async (t) => {
  const { stdout, stderr } = await run(await enrolled(t, '127.0.0.1'), ['--port', '22']);
  t.regex(
    stdout,
    /^knocking at 127\.0\.0\.1 over TCP: open port 22 for 127\.0\.0\.1, 1 minute\n8 knocks sent in 0\.\d+ s\n$/,
  );
  t.is(stderr, '');
});

test('--wait: a port that is open', async (t) => {
  const server = createServer((socket) => socket.on('error', () => {}).resume());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  const { code, stdout } = await run(await enrolled(t, '127.0.0.1'), ['--port', `${port}`, '--wait', '5']);
  t.is(code, 0);
  t.regex(stdout, new RegExp(`\\nport ${port} is open after 0\\.\\d+ s \\(8 knocks\\)\\n$`));
});

test('--wait: a port where nothing listens', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  const { code, stderr } = await run(await enrolled(t, '127.0.0.1'), ['--port', `${port}`, '--wait', '1', '--quiet']);
  t.is(code, 1);
  t.regex(
    stderr,
    new RegExp(`^knockclient: error: port ${port} did not open within 1(\\.\\d+)? s: connections are refused\\n`),
  );
});

test('wrong use is exit 2, a failure exit 1', async (t) => {
  const config = await enrolled(t, '127.0.0.1');
  t.is((await run(config, ['--port', '0'])).code, 2);
  t.is((await run(config, ['gw', '--host', 'no-such-host.invalid', '--port', '22'])).code, 1);
});

for (const args of [
  ['keygen'],
  ['link', 'gw', '--show-secret'],
  ['list'],
  ['list', '--json'],
  ['--port', '22'],
  ['--help'],
]) {
  test(`output that is lost is no success: ${args.join(' ')}`, async (t) => {
    const { code, stderr } = await runFull(await enrolled(t, '127.0.0.1'), args);
    t.is(code, 1);
    t.is(stderr, 'knockclient: error: the output could not be written: there is no space left (ENOSPC)\n');
  });
}

test('output that is lost: an exit code that says more stays', async (t) => {
  const config = await enrolled(t, '127.0.0.1');
  t.is((await runFull(config, ['--port', '0', '--json'])).code, 2);
  t.is((await runFull(config, ['list', 'x'], '2>')).code, 2);
});

test('a reader that has gone away is no failure', async (t) => {
  const config = await enrolled(t, '127.0.0.1');
  const env = { ...process.env, XDG_CONFIG_HOME: config, NO_COLOR: '' };
  const child = spawn(process.execPath, [COMMAND, 'list'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.destroy();
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const [code] = await once(child, 'close');
  t.deepEqual([code, stderr], [0, '']);
});

for (const args of [
  ['fe80::1', '--port', '22', '--key-file', 'KEY', '--server-id', 'gw'],
  ['knock', 'fe80::1', '7000'],
]) {
  test(`a link-local address without a zone has a hint: ${args[0]}`, async (t) => {
    const config = await makeFolder(t);
    const key = join(config, 'key');
    await writeFile(key, `${SECRET}\n`, { mode: 0o600 });
    const { code, stderr } = await run(
      config,
      args.map((word) => word.replace('KEY', key)),
    );
    t.is(code, 1);
    // Without IPv6 there is no way to any address.
    t.regex(stderr, /^knockclient: error: there is no way to host "fe80::1": .+ \([A-Z]+\)\nknockclient: hint: /);
    if (stderr.includes('(EINVAL)')) t.regex(stderr, /hint: link-local addresses .* cannot be used/);
  });
}
