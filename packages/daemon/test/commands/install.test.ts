// `knockdaemon install`: what it puts where, whose it is, and what it refuses before it writes anything.

import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { UsageError } from '#src/commands/argument-problems.js';
import { install } from '#src/commands/install.js';
import { CONFIG_FILE, CONFIG_FOLDER } from '#src/config/default-file.js';
import { loadConfig } from '#src/config/load.js';
import { formatInstalled } from '#src/messages/install.js';
import { formatProblems } from '#src/messages/problems.js';
import { formatConfigTemplate } from '#src/service/config-template.js';
import { CLIENTS_FOLDER, installation, UNIT_FILE } from '#src/service/installation.js';
import { formatUnit } from '#src/service/unit.js';
import { formatSysusers, formatTmpfiles, SYSUSERS_FILE, TMPFILES_FILE } from '#src/service/user-files.js';
import { findUser, isUserName } from '#src/system-user.js';
import { temporaryFolder } from '../config/sample.ts';
import { KNOCKDAEMON, runProgram, runWithoutNatives } from './run-knockdaemon.ts';

const PROGRAM = ['/usr/bin/node', '/usr/lib/node_modules/knockdaemon/bin/knockdaemon.js'] as const;
const PASSWD = 'root:x:0:0:root:/root:/bin/bash\nknockdaemon:x:4321:5432::/:/usr/sbin/nologin\n';
/** On this machine, whose user is there. */
const HOW = { dryRun: false, isForeign: false, user: 'knockdaemon', knowsUser: true, givesClients: false };
const isRoot = process.geteuid?.() === 0;

/** A folder where a system could be. */
async function system(t: ExecutionContext, passwd?: string): Promise<string> {
  const root = await temporaryFolder(t);
  if (passwd !== undefined) {
    await mkdir(join(root, 'etc'));
    await writeFile(join(root, 'etc/passwd'), passwd);
  }
  return root;
}

/** Installs into a folder. @returns what it says */
async function into(root: string, options: object = {}, program: readonly [string, string] = PROGRAM): Promise<string> {
  let said = '';
  const stdout = (text: string) => {
    said += text;
  };
  const output = { stdout, stderr: () => {}, isTerminal: false };
  await install({ root, user: 'knockdaemon', ...options }, output, program);
  return said;
}

/** What is refused. */
async function refused(root: string, options: object = {}, program?: readonly [string, string]): Promise<string> {
  try {
    return await into(root, options, program).then(() => 'not refused');
  } catch (error) {
    if (error instanceof UsageError) return formatProblems(error.problems);
    throw error;
  }
}

test('everything is put in place, and a second time left', async (t) => {
  const root = await system(t, PASSWD);
  t.is(
    await into(root),
    [
      `knockdaemon: made ${CONFIG_FOLDER}`,
      `knockdaemon: written ${CONFIG_FILE}`,
      `knockdaemon: made ${CLIENTS_FOLDER}`,
      `knockdaemon: written ${SYSUSERS_FILE}`,
      `knockdaemon: written ${TMPFILES_FILE}`,
      `knockdaemon: written ${UNIT_FILE}`,
      '',
    ].join('\n'),
  );
  const unit = formatUnit({ program: PROGRAM, configFile: CONFIG_FILE, user: 'knockdaemon' });
  t.is(await readFile(join(root, UNIT_FILE), 'utf8'), unit);
  t.is(await readFile(join(root, CONFIG_FILE), 'utf8'), formatConfigTemplate());

  const again = await into(root);
  t.deepEqual(again.match(/left .* as it is$/gm)?.length, 6);
  t.notRegex(again, /written|made|although/);
});

(isRoot ? test : test.skip)("the configuration is root's, the clients are the daemon's (needs root)", async (t) => {
  const root = await system(t, PASSWD);
  await into(root);
  const owners = await Promise.all(
    [CONFIG_FOLDER, CONFIG_FILE, CLIENTS_FOLDER, SYSUSERS_FILE, TMPFILES_FILE, UNIT_FILE].map(async (path) => {
      const { uid, gid, mode } = await stat(join(root, path));
      return `${uid}:${gid} ${(mode & 0o7777).toString(8)}`;
    }),
  );
  t.deepEqual(owners, ['0:5432 750', '0:0 644', '4321:5432 700', '0:0 644', '0:0 644', '0:0 644']);
});

test('a unit and a configuration that were changed stay as they are', async (t) => {
  const root = await system(t, PASSWD);
  await into(root);
  await writeFile(join(root, UNIT_FILE), '# mine\n');
  await writeFile(join(root, CONFIG_FILE), '# mine too\n');
  const said = await into(root);
  t.true(
    said.includes(`left ${UNIT_FILE} as it is: it is not the one that this version writes; written ${UNIT_FILE}.new`),
  );
  t.true(said.includes(`hint: compare the two: diff ${UNIT_FILE} ${UNIT_FILE}.new`));
  t.is(await readFile(join(root, UNIT_FILE), 'utf8'), '# mine\n');
  t.regex(await readFile(join(root, `${UNIT_FILE}.new`), 'utf8'), /^ExecStart=/m);
  t.is(await readFile(join(root, CONFIG_FILE), 'utf8'), '# mine too\n');
  t.deepEqual((await readdir(join(root, CONFIG_FOLDER))).sort(), ['clients.d', 'knockdaemon.toml']);
});

test('a dry run says what would be, and touches nothing', async (t) => {
  const root = await system(t, PASSWD);
  const said = await into(root, { dryRun: true });
  t.is(said.match(/^knockdaemon: would have (made|written) /gm)?.length, 6);
  t.deepEqual(await readdir(join(root, 'etc')), ['passwd']);
});

test('where a package is built there is no user yet, and that is told', async (t) => {
  const root = await system(t);
  const said = await into(root);
  t.regex(said, /\nknockdaemon: next:\n {2}systemd-sysusers knockdaemon\.conf .*\n {2}systemd-tmpfiles --create .*\n$/);
  t.regex(await readFile(join(root, UNIT_FILE), 'utf8'), /^User=knockdaemon$/m);
});

test('a program inside the folder is named without it', async (t) => {
  const root = await system(t);
  await into(root, {}, ['/usr/bin/node', `${root}/usr/lib/knockdaemon/bin/knockdaemon.js`]);
  t.regex(
    await readFile(join(root, UNIT_FILE), 'utf8'),
    /^ExecStart=\/usr\/bin\/node \/usr\/lib\/knockdaemon\/bin\/knockdaemon\.js run /m,
  );
});

test('another user', async (t) => {
  const root = await system(t, PASSWD.replaceAll('knockdaemon', 'porter'));
  await into(root, { user: 'porter' });
  t.regex(await readFile(join(root, UNIT_FILE), 'utf8'), /^User=porter\nGroup=porter$/m);
});

const refusals: readonly (readonly [
  title: string,
  options: object,
  program: readonly [string, string],
  said: RegExp,
])[] = [
  ['root as user', { user: 'root' }, PROGRAM, /--user: "root": expected a user who is not root/],
  ['no name of a user', { user: 'a b' }, PROGRAM, /--user: "a b": expected the name of a system user/],
  ['a line break in a name', { user: 'a\nUser=root' }, PROGRAM, /--user: "a\\nUser=root": expected/],
  [
    'Node in a home',
    {},
    ['/home/me/.nvm/bin/node', PROGRAM[1]],
    /program: "\/home\/me\/\.nvm\/bin\/node": expected a place/,
  ],
  [
    "the script in root's home",
    {},
    [PROGRAM[0], '/root/knockdaemon.js'],
    /program: "\/root\/knockdaemon\.js".*\n.*hint: put the clone in \/opt\/eightknock, and take a Node that/,
  ],
  ['the script in /tmp', {}, [PROGRAM[0], '/tmp/knockdaemon.js'], /program: "\/tmp\/knockdaemon\.js"/],
  ['a blank in a path', {}, [PROGRAM[0], '/opt/my programs/knockdaemon.js'], /that systemd reads as it is/],
];
for (const [title, options, program, said] of refusals) {
  test(`refused, and nothing written: ${title}`, async (t) => {
    const root = await system(t, PASSWD);
    t.regex(await refused(root, options, program), said);
    t.deepEqual(await readdir(join(root, 'etc')), ['passwd']);
  });
}

test('a folder that is not there is not made', async (t) => {
  const root = join(await system(t), 'no', 'such');
  t.regex(await refused(root), /--root: ".*": expected a folder that exists/);
});

test('without the user the steps that make it come first', (t) => {
  const how = { ...HOW, knowsUser: false };
  const [, first, second, third] = formatInstalled([{ path: '/a', done: 'made' }], how)
    .split('\n')
    .slice(1, 6);
  t.regex(second ?? '', /systemd-tmpfiles --create knockdaemon\.conf/);
  t.regex(first ?? '', /systemd-sysusers knockdaemon\.conf/);
  t.regex(third ?? '', /knockdaemon enroll/);
});

(isRoot ? test : test.skip)('systemd makes the user, and gives it the clients (needs root)', async (t) => {
  const root = await system(t, 'root:x:0:0:root:/root:/bin/bash\n');
  await into(root, { user: 'porter' });
  t.is((await stat(join(root, CLIENTS_FOLDER))).uid, 0);
  for (const [command, ...args] of [
    ['/usr/bin/systemd-sysusers', `--root=${root}`, 'knockdaemon.conf'],
    ['/usr/bin/systemd-tmpfiles', '--create', `--root=${root}`, 'knockdaemon.conf'],
  ] as const) {
    const { exitCode, stderr } = await runProgram(command, args);
    t.is(exitCode, 0, stderr);
  }
  const porter = findUser('porter', root);
  t.true(porter !== undefined && porter.uid > 0 && porter.uid < 1000, JSON.stringify(porter));
  const owners = await Promise.all(
    [CONFIG_FOLDER, CLIENTS_FOLDER].map(async (path) => {
      const { uid, gid, mode } = await stat(join(root, path));
      return [uid, gid, mode & 0o7777];
    }),
  );
  t.deepEqual(owners, [
    [0, porter?.gid, 0o750],
    [porter?.uid, porter?.gid, 0o700],
  ]);
  const again = await into(root, { user: 'porter' });
  t.deepEqual(again.match(/left .* as it is$/gm)?.length, 6, again);
  t.notRegex(again, /next:/);
});

test('docs/systemd.md has the steps in the order in which they are told', async (t) => {
  const page = await readFile(new URL('../../../../../docs/systemd.md', import.meta.url), 'utf8');
  const inPage = /```sh steps\n(systemd-sysusers[^`]*)```/.exec(page)?.[1] ?? '';
  const commands = (text: string) =>
    text
      .split('\n')
      .map((line) => line.replace(/#.*/, '').trim())
      .filter(Boolean);
  const told = formatInstalled([], { ...HOW, knowsUser: false }).split('next:\n')[1] ?? '';
  t.deepEqual(commands(inPage), commands(told));
});

test("the files for the user, in systemd's words", (t) => {
  t.regex(formatSysusers('porter'), /^u porter - "eightknock daemon"\n$/m);
  t.regex(formatTmpfiles('porter', '/a', '/a/b'), /^d \/a 0750 root porter\nd \/a\/b 0700 porter porter\n$/m);
});

(isRoot ? test : test.skip)('on this machine: who is not root is told so (needs root)', async (t) => {
  const args = ['--reuid=65534', '--regid=65534', '--clear-groups', process.execPath, KNOCKDAEMON, 'install'];
  const { exitCode, stderr } = await runProgram('/usr/bin/setpriv', args);
  t.is(exitCode, 2);
  t.regex(stderr, /^knockdaemon: error: install: .*expected root\nknockdaemon: hint: run it as root; --dry-run/m);
});

test('no native module is needed', async (t) => {
  const root = await system(t);
  const { stderr } = await runWithoutNatives('install', '--root', join(root, 'nowhere'));
  t.notRegex(stderr, /native module/);
});

test('the next steps are told on this machine only', (t) => {
  const how = HOW;
  const said = formatInstalled([{ path: '/a', done: 'made' }], how);
  const steps = ['enroll', 'check', 'run --rescue 5', 'daemon-reload', 'enable --now'];
  let from = 0;
  for (const step of steps) {
    const at = said.indexOf(step, from);
    t.true(at >= from, step);
    from = at;
  }
  t.false(formatInstalled([{ path: '/a', done: 'made' }], { ...how, isForeign: true }).includes('next'));
  t.false(formatInstalled([{ path: '/a', done: 'made' }], { ...how, dryRun: true }).includes('next'));
});

test('clients of somebody else are to be handed over, before anything is tried', (t) => {
  const said = formatInstalled([], { ...HOW, user: 'porter', givesClients: true });
  t.regex(said, /next:\n {2}chown -R porter: \/etc\/knockdaemon\/clients\.d .*\n {2}knockdaemon enroll/);
  const fresh = formatInstalled([], { ...HOW, knowsUser: false, givesClients: true });
  t.regex(fresh, / {2}systemd-tmpfiles .*\n {2}chown -R knockdaemon: /);
});

test('what was left although it is not as it should be is told', (t) => {
  const differs = { mode: 0o755, owner: { uid: 0, gid: 0 } };
  const how = { ...HOW, isForeign: true };
  t.is(
    formatInstalled([{ path: '/a', done: 'kept', differs }], how),
    `knockdaemon: left /a as it is, although its mode is 0755 and it belongs to 0:0: see docs/systemd.md
knockdaemon: next:
  systemd-tmpfiles --create knockdaemon.conf # gives it the folder of the clients
`,
  );
});

test('the configuration that is written loads once it has a server id', async (t) => {
  const root = await system(t);
  const file = join(root, 'knockdaemon.toml');
  await writeFile(file, formatConfigTemplate());
  await t.throwsAsync(loadConfig(file));
  await writeFile(file, formatConfigTemplate('gw.example.net'));
  const { config } = await loadConfig(file);
  t.like(config, { serverId: 'gw.example.net', basePort: 745, interfaces: ['any'], clients: [] });
  t.is(config.metrics, undefined);
});

test('what is commented out in it are the defaults', async (t) => {
  const root = await system(t);
  const [plain, full] = [join(root, 'plain.toml'), join(root, 'full.toml')];
  await writeFile(plain, formatConfigTemplate('a'));
  const uncommented = formatConfigTemplate('a')
    .replace(/^# (?=[a-z_]+ = )/gm, '')
    .replace('# [metrics]', '[metrics]');
  await writeFile(full, uncommented);
  const [{ config: defaults }, { config: written }] = [await loadConfig(plain), await loadConfig(full)];
  const guard = [{ protocol: 'tcp', port: 22 }];
  const metrics = { address: '127.0.0.1', port: 9745 };
  t.deepEqual(written, { ...defaults, metrics, firewall: { ...defaults.firewall, guard } } as typeof written);
});

test('on this machine the name of the machine is the server id', (t) => {
  const [, file] = installation({ program: PROGRAM, user: 'knockdaemon', serverId: hostname() });
  t.true(file?.text?.includes(`server_id = "${hostname()}"`));
});

for (const [name, fits] of [
  ['knockdaemon', true],
  ['_knock', true],
  ['a'.repeat(31), true],
  ['a'.repeat(32), false],
  ['', false],
  ['-a', false],
  ['Knock', false],
  ['a:b', false],
] as const) {
  test(`${JSON.stringify(name)} ${fits ? 'can' : 'cannot'} be a user`, (t) => t.is(isUserName(name), fits));
}

test('a user is looked up by his whole name', async (t) => {
  const root = await system(
    t,
    'knock:x:1:2::/:\nknockdaemon2:x:3:4::/:\nbroken\nknockdaemon:x:no:5::/:\nknockdaemon:x:7:8::/:\n',
  );
  t.deepEqual(findUser('knockdaemon', root), { name: 'knockdaemon', uid: 7, gid: 8 });
  t.deepEqual(findUser(7, root), { name: 'knockdaemon', uid: 7, gid: 8 });
  t.is(findUser(8, root), undefined);
  t.is(findUser('nobody', root), undefined);
  t.is(findUser('knockdaemon', join(root, 'etc')), undefined);
});
