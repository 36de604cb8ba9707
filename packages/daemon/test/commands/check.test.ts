// `check`, and `run` with a wrong configuration: the same problems, exit 2, and nothing touched.

import { existsSync } from 'node:fs';
import { access, chmod, chown, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import test from 'ava';
import { CONFIG_FILE } from '#src/config/default-file.js';
import { assertNoSecret, clientKeys, clientTable, SECRET, SERVER } from '../config/sample.ts';
import { callMain, configFile, KNOCKDAEMON, runProgram, runWithoutNatives } from './run-knockdaemon.ts';

const isRoot = process.geteuid?.() === 0;
/** Nobody's number: no user of the machine. */
const PORTER = 65533;

const WRONG_MAIN = `base_port = 65281
interfase = "eth0"
[firewall]
mode = "mark"
closed = "reset"
guard = ["tcp/70000"]
${clientTable({ secret: `"${SECRET.slice(1)}"`, max_time: '256' })}${clientTable({ ports: '["22"]' })}`;
const WRONG_BOB = `${clientKeys({ max_time: '0' })}`;

function wrongLines(file: string): string {
  const bob = join(dirname(file), 'clients.d', 'bob.toml');
  return `error: ${file}: mode 0640: expected a file that neither group nor others may read or write: it holds a secret
hint: chmod 600 ${file}
error: ${file}: server_id: missing: expected a text of 1 to 64 bytes
error: ${file}: base_port: 65281: expected an integer from 1 to 65280: base_port + 255 must not exceed 65535
error: ${file}: firewall.guard[0]: "tcp/70000": expected tcp/N or udp/N with N from 1 to 65535
error: ${file}: interfase: expected no such key
hint: did you mean "interface"?
error: ${file}: firewall.closed: "reset": expected no "reset" together with mode = "mark"
hint: in mark mode nothing is dropped: your own firewall says how a closed port looks
error: ${file}: client[0].secret: expected 43 characters of base64url, got 42
hint: is it copied whole? "knockdaemon enroll" makes a client with a new one
error: ${file}: client[0].max_time: 256: expected an integer from 1 to 254 (minutes)
error: ${file}: client[1].ports[0]: "22": expected tcp/N or udp/N with N from 1 to 65535
hint: write "tcp/22"
error: ${bob}: max_time: 0: expected an integer from 1 to 254 (minutes)
hint: leave max_time out to allow any time
error: ${bob}: name: "alice": expected "bob", as the file is named
hint: rename the file, or change the name in it
error: ${file}: client[1].name: "alice": expected a name of its own: client[0] in ${file} has the same
error: ${bob}: name: "alice": expected a name of its own: client[0] in ${file} has the same
`.replaceAll(/^/gm, (_, at: number, all: string) => (at < all.length ? 'knockdaemon: ' : ''));
}

const wrong = test.macro({
  title: (_, command: readonly string[]) =>
    `all mistakes of all files, no native module: ${command.join(' ') || 'no command'}`,
  async exec(t, command: readonly string[]) {
    const file = await configFile(t, WRONG_MAIN, { 'bob.toml': WRONG_BOB });
    await chmod(file, 0o640);
    const result = await runWithoutNatives(...command, '--config', file);
    t.deepEqual(result, { exitCode: 2, stdout: '', stderr: wrongLines(file) });
    assertNoSecret(t, result);
  },
});

test(wrong, ['check']);
test(wrong, ['run']);
test(wrong, []);
test(wrong, ['--test']);

test('a missing file', async (t) => {
  const { exitCode, stderr } = await callMain('check', '--config', '/nonexistent/k.toml');
  t.is(exitCode, 2);
  const lines =
    'knockdaemon: error: /nonexistent/k.toml: missing: expected a configuration file\nknockdaemon: hint: --config FILE names another one\n';
  t.is(stderr, lines);
});

test('the default file is missing: what makes one is said', async (t) => {
  // On a machine where the daemon is installed there is nothing to see.
  if (existsSync(CONFIG_FILE)) {
    t.pass();
    return;
  }
  for (const command of [['check'], ['run'], []]) {
    const { exitCode, stderr } = await callMain(...command);
    t.is(exitCode, 2);
    t.is(
      stderr,
      `knockdaemon: error: ${CONFIG_FILE}: missing: expected a configuration file
knockdaemon: hint: "knockdaemon install", run as root, writes one; a line is enough: server_id = "gw.example.net", the name of this machine
`,
    );
  }
});

/** CAP_NET_ADMIN and CAP_NET_RAW: capabilities(7). */
async function mayDoEverything(): Promise<boolean> {
  const status = await readFile('/proc/self/status', 'utf8');
  const effective = BigInt(`0x${/^CapEff:\s*(\w+)$/m.exec(status)?.[1]}`);
  return ((effective >> 12n) & 3n) === 3n;
}

test('a right configuration: one line where the machine is fit, what it lacks where not', async (t) => {
  const file = await configFile(t, `${SERVER}[firewall]\nguard = ["tcp/443", "tcp/22"]\n${clientTable()}`);
  const { exitCode, stdout, stderr } = await runProgram(process.execPath, [KNOCKDAEMON, 'check', '--config', file]);
  if (await mayDoEverything()) {
    t.is(stderr, '');
    t.is(stdout, 'knockdaemon: ready: 1 client, mode "guard" (drop), guarded ports tcp/443, tcp/22\n');
    t.is(exitCode, 0);
  } else {
    t.is(stdout, '');
    t.regex(stderr, /^knockdaemon: error: privileges: expected the capabilit/m);
    t.is(exitCode, 2);
  }
  await t.throwsAsync(access(join(dirname(file), 'clients.d')));
});

(isRoot ? test : test.skip)("what the daemon's own user could not read is a problem (needs root)", async (t) => {
  const file = await configFile(t, SERVER, { 'alice.toml': clientKeys() });
  const [folder, clients] = [dirname(file), join(dirname(file), 'clients.d')];
  const alice = join(clients, 'alice.toml');
  await chmod(clients, 0o700);
  await chown(clients, PORTER, PORTER);
  const expected = (what: string) => `expected a ${what} that lets the daemon's user "${PORTER}" in`;
  const problems = async () => {
    const { stderr } = await runProgram(process.execPath, [KNOCKDAEMON, 'check', '--config', file]);
    return stderr.split('\n').filter((line) => !/privileges|or grant/.test(line));
  };
  t.deepEqual(await problems(), [
    `knockdaemon: error: ${folder}: owner 0:0, mode 0700: ${expected('folder')}`,
    `knockdaemon: hint: chgrp ${PORTER} ${folder}; chmod g+x ${folder}`,
    '',
  ]);
  await chown(folder, 0, PORTER);
  await chmod(folder, 0o750);
  t.deepEqual(await problems(), [
    `knockdaemon: error: ${file}: owner 0:0, mode 0600: ${expected('file')}`,
    `knockdaemon: hint: chmod a+r ${file}`,
    `knockdaemon: error: ${alice}: owner 0:0, mode 0600: ${expected('file')}`,
    `knockdaemon: hint: chown ${PORTER}: ${alice}, see "Whose files" in docs/systemd.md`,
    '',
  ]);
  await chmod(file, 0o644);
  await chown(alice, PORTER, PORTER);
  t.deepEqual(await problems(), ['']);
});

test('nobody can open anything: said as "status" says it, and no mistake', async (t) => {
  const file = await configFile(t, SERVER);
  const { exitCode, stdout } = await runProgram(process.execPath, [KNOCKDAEMON, 'check', '--config', file]);
  if (!(await mayDoEverything())) {
    t.is(exitCode, 2);
    return;
  }
  t.is(
    stdout,
    `knockdaemon: ready: 0 clients, mode "guard" (drop), guarded ports none
knockdaemon: hint: there are no clients: nobody can open anything; "knockdaemon enroll" adds one
`,
  );
  t.is(exitCode, 0);
});

test('what ought to be known of doors is said, and their files are looked at', async (t) => {
  const door = (name: string, keys: string) =>
    `[[door]]\nname = "${name}"\n${keys}\nopen = { ports = ["tcp/22"], time = 1 }\n`;
  const text = `${SERVER}${door('up', 'kind = "sequence"\nknocks = ["tcp/1", "tcp/2"]')}${door('down', 'kind = "sequence"\nknocks = ["tcp/2", "tcp/1"]')}${door('nobody', 'kind = "encrypted"\nport = 9000')}`;
  const file = await configFile(t, text);
  const { exitCode, stdout } = await runProgram(process.execPath, [KNOCKDAEMON, 'check', '--config', file]);
  if (await mayDoEverything()) {
    t.is(
      stdout,
      `knockdaemon: ready: 0 clients, 3 doors, mode "guard" (drop), guarded ports tcp/22
knockdaemon: hint: doors "up", "down": whoever sees the knocks can repeat them; "one-time", "tumbler" and "encrypted" cannot be repeated
knockdaemon: hint: door "up": a scan of all ports in their order knocks them: let a later port be lower than an earlier one
knockdaemon: hint: door "nobody": no client has the number on its list: nobody can knock on it
`,
    );
    t.is(exitCode, 0);
  }
  const once = join(dirname(file), 'once');
  const withLines = await configFile(t, `${SERVER}${door('once', `kind = "one-time"\nfile = "${once}"`)}`);
  const missing = await runWithoutNatives('check', '--config', withLines);
  t.deepEqual(missing, {
    exitCode: 2,
    stdout: '',
    stderr: `knockdaemon: error: ${once}: missing: expected a file of one-time sequences
knockdaemon: hint: docs/doors.md says what is in it
`,
  });
  await writeFile(once, '7000,8000\nseven\n', { mode: 0o644 });
  const { stderr } = await runWithoutNatives('check', '--config', withLines);
  t.is(
    stderr,
    `knockdaemon: error: ${once}: mode 0644: expected a file that neither group nor others may read or write: it holds a secret
knockdaemon: hint: chmod 600 ${once}
knockdaemon: error: ${once}: line 2: "seven": expected 1 to 32 ports such as "tcp/7000 udp/8000" or "7000:tcp,8000:udp", or a line that begins with "#"
`,
  );
});

test('an interface that is missing is a problem of the environment', async (t) => {
  const file = await configFile(t, `${SERVER}interface = "nosuchif0"`);
  const { exitCode, stdout, stderr } = await runProgram(process.execPath, [KNOCKDAEMON, 'check', '--config', file]);
  t.is(exitCode, 2);
  t.is(stdout, '');
  t.regex(stderr, /^knockdaemon: error: interface: "nosuchif0": expected /m);
});

test('an error that nobody foresaw: a message, its stack only with --debug, exit 1', async (t) => {
  const file = await configFile(t, SERVER);
  const plain = await runWithoutNatives('check', '--config', file);
  t.is(plain.exitCode, 1);
  t.is(plain.stdout, '');
  t.is(plain.stderr, 'knockdaemon: error: native module\nknockdaemon: hint: --debug shows where it comes from\n');
  const debug = await runWithoutNatives('check', '--debug', '--config', file);
  t.is(debug.exitCode, 1);
  t.regex(debug.stderr, /^knockdaemon: error: Error: native module\n {4}at /);
});
