import { chmod, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { ConfigError } from '#src/config/problem.js';
import { knockdCompanion } from '#src/knockd-conf/companion.js';
import { loadKnockdRun } from '#src/knockd-conf/load-run.js';
import { openLogOutputs } from '#src/knockd-conf/log-outputs.js';
import { callMain, configFile } from '../commands/run-knockdaemon.js';
import { SERVER, temporaryFolder } from '../config/sample.js';

const GOOD = '[options]\nlogfile = /var/log/knockd.log\n[ssh]\nsequence = 7000,8000\ncommand = /bin/true\n';

async function files(t: ExecutionContext, all: Readonly<Record<string, string>>): Promise<string> {
  const folder = await temporaryFolder(t);
  for (const [name, text] of Object.entries(all)) {
    await writeFile(join(folder, name), text.replaceAll('FOLDER', folder), { mode: 0o600 });
  }
  return folder;
}

async function problems(knockdFile: string, mainFile?: string) {
  const error = await loadKnockdRun(knockdFile, mainFile).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ConfigError)) throw error ?? new Error('no problem');
  return error.problems;
}

test('alone, and beside a knockdaemon.toml whose doors and clients stay', async (t) => {
  const folder = await files(t, { 'knockd.conf': GOOD });
  const file = join(folder, 'knockd.conf');
  const alone = await loadKnockdRun(file);
  t.deepEqual([...alone.doors.keys()], ['ssh']);
  t.is(alone.doors.get('ssh')?.label, 'ssh');
  t.deepEqual(alone.options, { useSyslog: false, logFile: '/var/log/knockd.log' });

  const door = '[[door]]\nname = "ssh"\nkind = "sequence"\nknocks = ["tcp/1"]\nclose = { ports = ["tcp/22"] }\n';
  const main = await configFile(t, `${SERVER}interface = "eth7"\n${door}`);
  const both = await loadKnockdRun(file, main);
  t.deepEqual(
    both.config.doors.map(({ name }) => name),
    ['ssh', 'ssh-2'],
  );
  t.deepEqual(both.config.interfaces, ['eth7']);
  t.deepEqual([...both.doors.keys()], ['ssh-2']);
});

test('the problems of both files and of the sequences are told together', async (t) => {
  const folder = await files(t, {
    'knockd.conf':
      '[a]\none_time_sequences = FOLDER/list\n[b]\none_time_sequences = FOLDER/list\n[c]\none_time_sequences = FOLDER/none\n',
    'wrong.conf': '[a]\nsequence = 0\n',
    list: '# remark\n7000,70000\n',
    'main.toml': 'server_id = ""\n',
  });
  const [main, list, none] = ['main.toml', 'list', 'none'].map((name) => join(folder, name));
  const all = await problems(join(folder, 'knockd.conf'), main);
  t.true(all.some(({ file, path }) => file === main && path === 'server_id'));
  t.true(all.some(({ file, path }) => file === list && path === 'line 2'));
  t.true(all.some(({ file, expected }) => file === list && expected.startsWith('one door for each file')));
  t.true(all.some(({ file, value }) => file === none && value === 'missing'));
  t.like((await problems(join(folder, 'wrong.conf')))[0], { path: 'line 2, [a] sequence' });
});

test('a door that the log of knockdaemon.toml can never hear is told, with its line', async (t) => {
  const text = `${GOOD}[back]\nsequence = 1\ntcpflags = fin\ncommand = /bin/true\n`;
  const folder = await files(t, { 'knockd.conf': text, 'main.toml': `${SERVER}source = "journal"\n` });
  const file = join(folder, 'knockd.conf');
  t.like(await problems(file, join(folder, 'main.toml')), [{ file, path: 'line 8, [back] tcpflags' }]);
  t.is((await loadKnockdRun(file)).doors.size, 2);
});

test('a file that others may change is not obeyed, but may be shown; a link is followed', async (t) => {
  const folder = await files(t, { 'knockd.conf': GOOD });
  const [file, link] = [join(folder, 'knockd.conf'), join(folder, 'link')];
  await symlink(file, link);
  t.is((await loadKnockdRun(link)).doors.size, 1);
  await chmod(file, 0o666);
  t.like((await problems(file))[0], { value: 'mode 0666' });
  t.is((await callMain('import', file)).exitCode, 0);
});

test('import prints a configuration that check takes, or every problem', async (t) => {
  const folder = await files(t, { 'knockd.conf': GOOD, 'wrong.conf': '[a]\nsequence = 0\nfoo = 1\n' });
  const { exitCode, stdout, stderr } = await callMain('import', join(folder, 'knockd.conf'));
  t.is(exitCode, 0, stderr);
  t.regex(stdout, /^\[\[door\]\]\nname = "ssh"\nkind = "sequence"\nknocks = \["tcp\/7000", "tcp\/8000"\]$/m);
  const main = await configFile(t, stdout);
  t.regex((await callMain('check', '--test', '--config', main)).stdout, /ready/);
  const wrong = await callMain('import', join(folder, 'wrong.conf'));
  t.is(wrong.exitCode, 2);
  t.is(wrong.stdout, '');
  t.is(wrong.stderr.match(/error: /g)?.length, 2);
});

test('check and run refuse a wrong knockd.conf; the default configuration file counts for nothing then', async (t) => {
  const folder = await files(t, { 'knockd.conf': GOOD, 'wrong.conf': '[a]\nsequence = 0\n' });
  t.is((await callMain('check', '--test', '--knockd-conf', join(folder, 'knockd.conf'))).exitCode, 0);
  for (const command of ['check', 'run']) {
    const { exitCode, stderr } = await callMain(command, '--knockd-conf', join(folder, 'wrong.conf'));
    t.is(exitCode, 2);
    t.regex(stderr, /wrong\.conf: line 2, \[a\] sequence: "0"/);
    t.notRegex(stderr, /knockdaemon\.toml/);
    const missing = await callMain(command, '--knockd-conf', '/nonexistent/knockd.conf');
    t.is(missing.stderr, 'knockdaemon: error: /nonexistent/knockd.conf: missing: expected a configuration file\n');
  }
});

test('programs that are not there are told by line and key; it is right all the same, as run takes it', async (t) => {
  const lines = ['[a]', 'sequence = 1', 'command = /no/start %IP%', 'command_6 = /no/six', 'stop_command = /no/stop'];
  const other = ['[b]', 'sequence = 2', 'command = /no/both', '[c]', 'sequence = 3', 'command = no-such | true'];
  const folder = await files(t, { 'knockd.conf': [...lines, ...other].join('\n') });
  const file = join(folder, 'knockd.conf');
  const { exitCode, stdout, stderr } = await callMain('check', '--test', '--knockd-conf', file);
  t.is(exitCode, 0, stderr);
  t.regex(stdout, /ready: /);
  const places = ['3, [a] command: "/no/start', '5, [a] stop_command: "/no/stop', '4, [a] command_6: "/no/six'];
  for (const place of [...places, '8, [b] command: "/no/both']) {
    const line = `knockdaemon: warning: ${file}: line ${place}": expected a program that can be executed\n`;
    t.is(stderr.split(line).length, 2, line + stderr);
  }
  t.is(stderr.match(/warning:/g)?.length, 4);
  t.is(stderr.match(/hint:/g)?.length, 1);
});

test('programs of knockdaemon.toml stay problems beside a knockd.conf', async (t) => {
  const folder = await files(t, { 'knockd.conf': GOOD });
  const run =
    '[[door]]\nname = "x"\nkind = "sequence"\nknocks = ["tcp/1"]\nrun = { argv = ["/no/such"], user = "root" }\n';
  const main = await configFile(t, SERVER + run);
  const { exitCode, stderr } = await callMain(
    'check',
    '--test',
    '--config',
    main,
    '--knockd-conf',
    join(folder, 'knockd.conf'),
  );
  t.is(exitCode, 2);
  t.regex(stderr, /error: door\[0\]\.run\.argv\[0\]: "\/no\/such"/);
});

test('the log file is appended to, also when rotation has taken it away; what cannot be written is told', async (t) => {
  const folder = await temporaryFolder(t);
  const [logFile, moved] = [join(folder, 'log'), join(folder, 'log.1')];
  const errors: string[] = [];
  const write = openLogOutputs({ useSyslog: false, logFile }, (message) => errors.push(message));
  write('one');
  await rename(logFile, moved);
  write('two');
  write('three');
  t.regex(await readFile(moved, 'utf8'), /^\[[^\]]{16}\] one\n$/);
  t.regex(await readFile(logFile, 'utf8'), /^\[[^\]]{16}\] two\n\[[^\]]{16}\] three\n$/);
  openLogOutputs({ useSyslog: false, logFile: join(folder, 'none', 'log') }, (message) => errors.push(message))('x');
  t.is(errors.length, 1);
  t.regex(errors[0] ?? '', /ENOENT/);
});

test('the file with the process id is there as long as the daemon is; trouble is told once', async (t) => {
  const folder = await temporaryFolder(t);
  const pidFile = join(folder, 'pid');
  const config = { interfaces: ['any'] } as never;
  const clock = { nowMs: () => 0 };
  const begin = (options: object) => {
    const told: string[] = [];
    const companion = knockdCompanion({ config, options: { useSyslog: false, ...options } }, () => undefined, clock);
    return { told, ...companion.begin(({ message }) => told.push(message)) };
  };
  const good = begin({ pidFile, logFile: join(folder, 'log') });
  t.is(await readFile(pidFile, 'utf8'), `${process.pid}\n`);
  good.end();
  await t.throwsAsync(readFile(pidFile));
  t.regex(await readFile(join(folder, 'log'), 'utf8'), /starting up, listening on any\n.*shutting down\n$/);
  t.deepEqual(good.told, []);
  const bad = begin({ pidFile: join(folder, 'none/pid'), logFile: join(folder, 'none/log') });
  bad.end();
  t.is(bad.told.length, 1);
});
