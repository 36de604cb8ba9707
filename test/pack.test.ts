// The packages as they are published, installed where there is no network, no compiler and nothing optional: the client
// does all it does without raw packets; the daemon has all it needs but its native modules, which are those of this repository.

import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Script } from 'node:vm';
import { encodeEnrolmentLink, encodeSecret } from '@eightknock/codec';
import test from 'ava';
import { labSecret } from './lab/daemon-process.ts';
import { loadedModules } from './lab/loaded-modules.ts';
import { type Finished, mustRun, run, SYSTEM_PATH } from './lab/run.ts';
import { until } from './lab/until.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** Both packages' dependencies. */
const DEPENDENCIES = ['@noble/ciphers', '@noble/hashes', 'blowfish-node', 'commander', 'ipaddr.js', 'smol-toml', 'zod'];
const NPM = ['--offline', '--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error'];
const SECRET = encodeSecret(labSecret(7));

let folder = '';
/** All that can be found there is Node itself. */
let path = '';
let packages = '';

const npm = (args: readonly string[], cwd: string): Promise<string> => {
  const cli = realpathSync(join(dirname(process.execPath), 'npm'));
  const cache = join(folder, 'cache');
  return mustRun(process.execPath, [cli, ...args, ...NPM, '--cache', cache], { cwd, env: { PATH: path } });
};

/** Runs the command as it was installed. */
function knockclient(args: readonly string[], input = ''): Promise<Finished> {
  const env = { PATH: path, XDG_CONFIG_HOME: join(folder, 'config') };
  return run(join(folder, 'node_modules/.bin/knockclient'), args, { env, input });
}

test.before('pack and install', async (t) => {
  folder = await mkdtemp(join(tmpdir(), 'eightknock-packed-'));
  path = join(folder, 'path');
  packages = join(folder, 'packages');
  await Promise.all([mkdir(path), mkdir(packages)]);
  await symlink(process.execPath, join(path, 'node'));
  const folders = DEPENDENCIES.map((name) => join(ROOT, 'node_modules', name));
  await npm(['pack', '--ignore-scripts', '--pack-destination', packages, ...folders], folder);
  await mustRun(process.execPath, [join(ROOT, 'tools/pack.mjs'), packages], {
    env: { PATH: `${dirname(process.execPath)}:${SYSTEM_PATH}` },
  });
  await writeFile(join(folder, 'package.json'), '{ "private": true }\n');
  // Those of others are what a registry would give; those of ours come out of knockclient's own package.
  const [ours, others] = [tarballs(/^(?:eightknock|knock)/), tarballs(/^(?!eightknock|knock)/)];
  await npm(['install', '--omit=optional', ...others, ...ours.filter((file) => file.includes('knockclient'))], folder);
  for (const name of ['cli', 'codec']) {
    const { stdout } = await run('tar', ['-tzf', ours.find((file) => file.includes('knockclient')) ?? '']);
    t.true(stdout.includes(`package/node_modules/@eightknock/${name}/dist/index.js\n`), name);
  }
  // A library of its own, too.
  await npm(['install', '--omit=optional', ...ours.filter((file) => file.includes('codec'))], folder);
});

const tarballs = (name: RegExp) =>
  readdirSync(packages)
    .filter((file) => name.test(file))
    .map((file) => join(packages, file));

test.after.always(() => rm(folder, { recursive: true, force: true }));

const installed = (name: string) => join(folder, 'node_modules', name);
const filesOf = (name: string) => readdirSync(installed(name), { recursive: true, encoding: 'utf8' });

test('nothing optional is installed, and nothing that has to be compiled', (t) => {
  t.false(existsSync(installed('raw-socket')));
  for (const name of filesOf('.')) t.notRegex(name, /\.(?:node|gyp|cc)$/);
});

for (const name of ['@eightknock/codec', 'knockclient']) {
  test(`what is in the package ${name}`, (t) => {
    const files = filesOf(name);
    for (const wanted of ['package.json', 'README.md', 'LICENSE', 'dist/index.js', 'dist/index.d.ts']) {
      t.true(files.includes(wanted), wanted);
    }
    for (const file of files) {
      t.notRegex(file, /^(?:src|test|lab)|knock-lab|\.map$|tsbuildinfo|raw-socket/);
      if (/\.[a-z]+$/.test(file)) t.false(readFileSync(join(installed(name), file), 'utf8').includes(ROOT), file);
    }
  });
}

test('knockclient asks a registry for packages of others alone, those that the ones in it need included', (t) => {
  const { dependencies, bundleDependencies } = JSON.parse(
    readFileSync(join(installed('knockclient'), 'package.json'), 'utf8'),
  );
  const ours = ['@eightknock/cli', '@eightknock/codec'];
  t.deepEqual(bundleDependencies, ours);
  t.deepEqual(Object.keys(dependencies).sort(), [...ours, ...DEPENDENCIES].sort());
  // npm takes what a bundled package depends on for bundled, and leaves its folder empty.
  t.is(
    JSON.parse(readFileSync(join(installed('knockclient'), 'node_modules/@eightknock/cli/package.json'), 'utf8'))
      .dependencies,
    undefined,
  );
});

test('what is bundled has its licences with it', (t) => {
  const licences = readFileSync(join(installed('knockclient'), 'bundle/LICENSES.txt'), 'utf8');
  for (const name of DEPENDENCIES) t.regex(licences, new RegExp(`^${name} \\d+\\.\\d+\\.\\d+$`, 'm'));
});

test('--version, --help, keygen', async (t) => {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'packages/client/package.json'), 'utf8'));
  t.like(await knockclient(['--version']), { code: 0, stdout: `${version}\n`, stderr: '' });
  t.regex((await knockclient(['--help'])).stdout, /--spoof-source/);
  t.regex((await knockclient(['keygen'])).stdout, /^[\w-]{43}\n$/);
});

test('what is wrong is told in the same way', async (t) => {
  const { code, stderr } = await knockclient(['--port', '70000', '--prot']);
  t.is(code, 2);
  t.is(stderr, 'knockclient: error: unknown option "--prot"\nknockclient: hint: did you mean --port?\n');
});

/** Servers on the 256 knock ports of a base port that is free. */
async function listenEverywhere(): Promise<{ basePort: number; heard: number[]; close: () => void }> {
  for (let basePort = 12_000; ; basePort += 256) {
    const heard: number[] = [];
    const servers: Server[] = [];
    const close = () => {
      for (const server of servers) server.close();
    };
    try {
      for (let port = basePort; port < basePort + 256; port++) {
        const server = createServer((socket) => {
          heard.push(port);
          socket.on('error', () => undefined).destroy();
        });
        servers.push(server);
        await once(server.listen(port, '127.0.0.1'), 'listening');
      }
      return { basePort, heard, close };
    } catch (error) {
      close();
      if (basePort > 30_000) throw error;
    }
  }
}

test.serial('a saved server, its ports printed, and a real knock', async (t) => {
  const { basePort, heard, close } = await listenEverywhere();
  t.teardown(close);
  const secret = labSecret(7);
  const server = { host: '127.0.0.1', basePort, serverId: 'gw', client: 'alice', secret, ports: [] };
  const added = await knockclient(['add', 'gw', '-'], encodeEnrolmentLink(server));
  t.is(added.code, 0, added.stderr);
  t.regex((await knockclient(['list'])).stdout, /^gw +127\.0\.0\.1 /m);

  const printed = await knockclient(['--print', '--port', '22']);
  t.regex(printed.stdout, /^\d+(?: \d+){7}\n$/);
  t.deepEqual(heard, [], 'nothing was sent');

  const { code, stdout, stderr } = await knockclient(['gw', '--port', '22', '--json']);
  t.is(code, 0, stderr);
  const { ports } = JSON.parse(stdout) as { ports: number[] };
  await until('eight knocks', () => heard.length >= 8);
  t.deepEqual(heard, ports);
});

test('--raw says what is missing', async (t) => {
  const key = join(folder, 'key');
  await writeFile(key, SECRET, { mode: 0o600 });
  const args = ['127.0.0.1', '--key-file', key, '--server-id', 'gw', '--port', '22', '--base-port', '61000'];
  const { code, stderr } = await knockclient([...args, '--raw']);
  t.is(code, 1);
  t.regex(stderr, /^knockclient: error: --raw: the module raw-socket cannot be loaded \(MODULE_NOT_FOUND\)\n/);

  const script = join(installed('knockclient'), 'bundle/knockclient.cjs');
  const { modules } = await loadedModules(script, args, { XDG_CONFIG_HOME: folder });
  t.deepEqual(modules, [pathToFileURL(realpathSync(script)).href], 'all that a plain knock loads is one file');
});

test('the compiled code in the package is taken by this Node, and the command runs without it too', async (t) => {
  const bundle = join(installed('knockclient'), 'bundle');
  const check = `
    const { readFileSync } = require('node:fs');
    const filename = ${JSON.stringify(join(bundle, 'command.js'))};
    const cachedData = readFileSync(${JSON.stringify(join(bundle, 'command.cache'))});
    const { Script } = require('node:vm');
    const script = new Script(readFileSync(filename, 'utf8'), { filename, cachedData });
    console.log(script.cachedDataRejected);`;
  t.is(await mustRun(process.execPath, ['-e', check]), 'false\n');
  const other = join(folder, 'other', 'bundle');
  await mkdir(other, { recursive: true });
  await writeFile(join(folder, 'other', 'package.json'), '{ "version": "1.2.3" }');
  for (const file of ['knockclient.cjs', 'command.js']) await copyFile(join(bundle, file), join(other, file));
  t.is(await mustRun(process.execPath, [join(other, 'knockclient.cjs'), '--version']), '1.2.3\n');
  await writeFile(join(other, 'command.cache'), 'of another V8');
  t.is(await mustRun(process.execPath, [join(other, 'knockclient.cjs'), '--version']), '1.2.3\n');
});

test('compiled code of another command of the same length is not taken for this one when it is bundled', async (t) => {
  const again = join(folder, 'again');
  await mkdir(again);
  const { length } = readFileSync(join(ROOT, 'packages/client/bundle/command.js'), 'utf8');
  await writeFile(join(again, 'command.cache'), new Script('0'.padEnd(length)).createCachedData());
  await mustRun(process.execPath, [join(ROOT, 'tools/bundle-client.mjs'), again]);
  t.is(readFileSync(join(again, 'command.js'), 'utf8').length, length);
  t.regex(await mustRun(process.execPath, [join(again, 'knockclient.cjs'), 'keygen']), /^[\w-]{43}\n$/);
});

test('as a library', async (t) => {
  const script = join(folder, 'library.mjs');
  await writeFile(
    script,
    `import { createRawSender, planKnocks, portsOf } from 'knockclient';
     import { decodeSecret } from '@eightknock/codec';
     const key = { secret: decodeSecret('${SECRET}'), serverId: 'gw' };
     const order = { key, claimedAddress: '203.0.113.7', port: 22, time: 1, basePort: 745, delayMs: 0 };
     console.log(portsOf(planKnocks(order, 1_800_000_000, 5)).length);
     const raw = { transport: 'tcp', sourceAddress: '203.0.113.7', randomBytes: () => new Uint8Array() };
     await createRawSender(raw).catch(({ obstacle }) => console.log(obstacle));`,
  );
  t.is(await mustRun(process.execPath, [script]), '8\nmodule\n');
});

test('its types need nothing but the packages and Node’s own', async (t) => {
  await symlink(join(ROOT, 'node_modules/@types'), installed('@types'));
  await symlink(join(ROOT, 'node_modules/undici-types'), installed('undici-types'));
  const file = join(folder, 'types.ts');
  await writeFile(
    file,
    `import { createRawSender, planKnocks, type KnockOrder, type Sender } from 'knockclient';
     export const plan = (order: KnockOrder): number => planKnocks(order, 0, 0).window;
     export const sender: Promise<Sender> = createRawSender({ transport: 'tcp', sourceAddress: '::1', randomBytes: (n) => new Uint8Array(n) });`,
  );
  const options = ['--noEmit', '--strict', '--module', 'node20', '--types', 'node'];
  const { code, stdout } = await run(join(ROOT, 'node_modules/.bin/tsc'), [...options, file], { cwd: folder });
  t.is(code, 0, stdout);
});

/** Those of the daemon, and what they need themselves. */
const NATIVE = ['better-sqlite3', 'cap', 'koffi', '@koromix', 'bindings', 'file-uri-to-path'];

/** Unpacks the daemon's package beside the native modules. @returns its folder */
async function unpackDaemon(): Promise<string> {
  const modules = join(folder, 'server', 'node_modules');
  await mkdir(modules, { recursive: true });
  const [tarball = ''] = tarballs(/^knockdaemon-/);
  await mustRun('tar', ['-xzf', tarball, '-C', modules]);
  await rename(join(modules, 'package'), join(modules, 'knockdaemon'));
  for (const name of NATIVE) await symlink(join(ROOT, 'node_modules', name), join(modules, name));
  return join(modules, 'knockdaemon');
}

test('the daemon, from its package: bundled, with native modules alone as dependencies; it runs, and checks', async (t) => {
  const place = await unpackDaemon();
  const { version, bin, man, scripts, dependencies } = JSON.parse(readFileSync(join(place, 'package.json'), 'utf8'));
  const pinned = JSON.parse(readFileSync(join(ROOT, 'packages/daemon/package.json'), 'utf8')).dependencies;
  const natives = ['better-sqlite3', 'cap', 'koffi'];
  t.deepEqual(dependencies, Object.fromEntries(natives.map((name) => [name, pinned[name]])));
  t.is(scripts, undefined, 'there is nothing that they could run');
  const top = ['LICENSE', 'README.md', 'bundle', 'man', 'package.json'];
  t.deepEqual(readdirSync(place).sort(), top);
  t.true(existsSync(join(place, man[0])));
  t.true(existsSync(join(place, 'bundle/LICENSES.txt')));

  const command = join(place, bin.knockdaemon);
  t.is(await mustRun(command, ['--version']), `${version}\n`);
  const config = join(folder, 'knockdaemon.toml');
  await writeFile(config, 'server_id = "gw"\n[firewall]\nguard = ["tcp/22"]\n');
  const { code, stdout, stderr } = await run(command, ['check', '--config', config]);
  if (process.geteuid?.() === 0) {
    t.is(stderr, '');
    t.regex(stdout, /^knockdaemon: ready: 0 clients, mode "guard" \(drop\), guarded ports tcp\/22\n/);
  } else {
    t.regex(stderr, /^knockdaemon: error: privileges: /);
    t.is(code, 2);
  }
});
