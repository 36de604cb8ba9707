// knockdaemon as people run it: bundled, installed somewhere else, and with no file of ours beside the bundle.

import { readdirSync, readFileSync } from 'node:fs';
import { chmod, copyFile, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { startDaemon, writeConfig } from '../lab/daemon-process.ts';
import { knock, sequence } from '../lab/knocking.ts';
import { labTest } from '../lab/lab-test.ts';
import { listen } from '../lab/listen.ts';
import { loadedModules } from '../lab/loaded-modules.ts';
import { ROOT } from '../lab/page-commands.ts';
import { isOpen, lookAt } from '../lab/probes.ts';
import { processOf } from '../lab/processes.ts';
import { mustRun } from '../lab/run.ts';
import { Terminal } from '../lab/terminal.ts';

const NATIVE = ['better-sqlite3', 'cap', 'koffi'];
const BUNDLED = ['@noble/ciphers', 'blowfish-node', 'commander', 'pino', 'prom-client', 'qrcode', 'smol-toml', 'zod'];

/** Where a package is being built: the root of a system. */
let root = '';
let bundle = '';
let knockdaemon = '';
const textOf = (name: string) => readFileSync(join(bundle, name), 'utf8');

test.before('bundle', async () => {
  root = await mkdtemp(join(tmpdir(), 'eightknock-bundle-'));
  await chmod(root, 0o755);
  const folder = join(root, 'usr/lib/knockdaemon');
  bundle = join(folder, 'bundle');
  knockdaemon = join(bundle, 'knockdaemon.js');
  await mkdir(bundle, { recursive: true });
  await mkdir(join(folder, 'node_modules'));
  // That nothing else is to be had shows that all else is bundled; koffi and cap have parts and needs of their own.
  for (const name of [...NATIVE, '@koromix', 'bindings', 'file-uri-to-path']) {
    await symlink(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name));
  }
  await copyFile(join(ROOT, 'packages/daemon/package.json'), join(folder, 'package.json'));
  await mustRun(process.execPath, [join(ROOT, 'tools/bundle-daemon.mjs'), bundle]);
});

test.after.always(() => rm(root, { recursive: true, force: true }));

test('the command knows its version, and sets what V8 has to know before anything else is loaded', async (t) => {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'packages/daemon/package.json'), 'utf8'));
  t.is(await mustRun(knockdaemon, ['--version']), `${version}\n`);
  t.regex(textOf('knockdaemon.js'), /setFlagsFromString\("--semi-space-growth-factor=1"\)/);
  t.notRegex(textOf('knockdaemon.js'), /(?:from|import) ?"\.\//, 'all else is loaded by import()');
});

test('what is bundled has its licences with it, and names as they were', (t) => {
  for (const name of BUNDLED) t.regex(textOf('LICENSES.txt'), new RegExp(`^${name} \\d+\\.\\d+\\.\\d+$`, 'm'));
  const texts = readdirSync(bundle).map(textOf);
  for (const text of texts) t.false(text.includes(ROOT));
  t.true(texts.some((text) => text.includes('async function runDaemon(')));
});

test.serial('bundled again, nothing is left of what was there before', async (t) => {
  const names = readdirSync(bundle);
  await copyFile(join(bundle, 'LICENSES.txt'), join(bundle, 'chunk-OLD.js'));
  await mustRun(process.execPath, [join(ROOT, 'tools/bundle-daemon.mjs'), bundle]);
  t.deepEqual(readdirSync(bundle), names);
});

test('install writes a unit that starts the bundle', async (t) => {
  const link = join(root, 'knockdaemon');
  await symlink(knockdaemon, link);
  await mustRun(link, ['install', '--root', root]);
  const unit = readFileSync(join(root, 'etc/systemd/system/knockdaemon.service'), 'utf8');
  t.regex(unit, new RegExp(`^ExecStart=${process.execPath} /usr/lib/knockdaemon/bundle/knockdaemon\\.js run `, 'm'));
});

/** What only modules of that name have. */
const MARKS = { zod: 'ZodError', codec: 'encodeSequence', commander: 'CommanderError', pino: 'safe-stable-stringify' };

test('a capture process loads no more than it needs', async (t) => {
  const { code, modules, stderr } = await loadedModules(join(bundle, 'child.js'), ['--probe'], {});
  t.is(code, 0, stderr);
  const own = modules.filter((url) => url.includes('/bundle/')).map((url) => readFileSync(fileURLToPath(url), 'utf8'));
  t.true(own.length > 1, 'it is watched');
  const all = readdirSync(bundle).map(textOf);
  for (const [name, mark] of Object.entries(MARKS)) {
    t.true(
      all.some((text) => text.includes(mark)),
      `${name} is in the bundle`,
    );
    t.false(
      own.some((text) => text.includes(mark)),
      name,
    );
  }
});

labTest('started from the bundle: checked, a knock opens, the capture process is confined', async (t, bench) => {
  const { lab, server, client } = bench;
  await listen(server, 'tcp', 22, 'service');
  const checked = await writeConfig(lab, { top: 'interface = "eth0"' });
  const { code, stderr } = await server.run(process.execPath, [knockdaemon, 'check', '--config', checked]);
  t.is(code, 0, stderr);
  const options = { top: 'interface = "eth0"', tables: '[metrics]\n', program: knockdaemon };
  const daemon = await startDaemon(lab, server, options);
  t.like(await daemon.line({ event: 'capture', state: 'capturing' }), { confined: true, message: undefined });
  t.is(await lookAt(client, server.ipv4, 22), 'silent');
  await knock(client, server.ipv4, sequence());
  t.true(await isOpen(client, server.ipv4, 22));

  const child = readFileSync(`/proc/${await processOf(server, join(bundle, 'child.js'))}/status`, 'utf8');
  t.regex(child, /^Uid:(\t65534){4}$/m);
  for (const set of ['Prm', 'Eff', 'Amb']) t.regex(child, new RegExp(`^Cap${set}:\\t0+$`, 'm'));
  t.regex(child, /^Seccomp:\t2$/m);

  // What is loaded only when it is needed is there, too.
  const fetching = 'fetch("http://127.0.0.1:9745/metrics").then((it) => it.text()).then(console.log)';
  t.regex(await server.mustRun(process.execPath, ['-e', fetching]), /^process_resident_memory_bytes \d+$/m);
  const args = ['status', '--config', daemon.configFile];
  t.regex(await server.mustRun(process.execPath, [knockdaemon, ...args]), /eth0/);
  t.is(await daemon.background.stop(), 0, daemon.background.stderr);
});

labTest('lines are read by a pattern, and a link is shown as a QR code', async (t, { lab, server }) => {
  const log = join(lab.folder, 'firewall.log');
  await mustRun('/usr/bin/touch', [log]);
  const top = `source = "log:${log}"\nlog_pattern = '^(?<source>\\S+) (?<port>\\d+)$'`;
  const daemon = await startDaemon(lab, server, { top, program: knockdaemon });
  t.like(await daemon.line({ event: 'capture', state: 'capturing' }), { confined: true });
  const terminal = new Terminal(`${knockdaemon} enroll bob --ports tcp/22 --config ${daemon.configFile}`, {}, root);
  t.teardown(() => terminal.close());
  await terminal.see(/eightknock:\/\/\S+/);
  t.truthy(await terminal.see(/█▀▀▀▀▀█/));
});
