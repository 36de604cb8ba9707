// `npm run setup -- client` on a machine that has Node and nothing else: no Debian tools, no compiler, none of the daemon's modules. What npm would
// fetch is this repository's own.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import test from 'ava';
import { ROOT } from './lab/page-commands.ts';
import { mustRun, run } from './lab/run.ts';

const PACKAGES = ['cli', 'client', 'codec'];
const DAEMONS = [
  'better-sqlite3',
  'cap',
  'koffi',
  '@koromix',
  'pino',
  'prom-client',
  'qrcode',
  'knockdaemon',
  'raw-socket',
];
const MADE = ['dist', 'bundle', 'man', 'node_modules', 'build', 'tsconfig.tsbuildinfo'];

/** In the place of npm: says how it was called, and puts there what it would. */
const NPM = `#!${process.execPath}
import { appendFileSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
appendFileSync('npm-calls', process.argv.slice(2).join(' ') + '\\n');
const from = ${JSON.stringify(join(ROOT, 'node_modules'))};
mkdirSync('node_modules/@eightknock', { recursive: true });
const others = readdirSync(from).filter((name) => name === '.bin' || !/^(?:\\.|@eightknock$|knockclient$)/.test(name));
for (const name of others) {
  if (!${JSON.stringify(DAEMONS)}.includes(name)) symlinkSync(from + '/' + name, 'node_modules/' + name);
}
for (const name of ['cli', 'codec']) symlinkSync('../../packages/' + name, 'node_modules/@eightknock/' + name);
`;

test('the client alone is built without a compiler, Debian packages and the modules of the daemon', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'eightknock-setup-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  for (const name of ['tools', 'package.json', 'package-lock.json', 'tsconfig.base.json']) {
    await cp(join(ROOT, name), join(folder, name), { recursive: true });
  }
  const filter = (file: string) => !MADE.includes(basename(file));
  for (const name of [...PACKAGES, 'daemon']) {
    await cp(join(ROOT, 'packages', name), join(folder, 'packages', name), { recursive: true, filter });
  }
  const path = join(folder, 'path');
  await mkdir(path);
  await symlink(process.execPath, join(path, 'node'));
  await writeFile(join(path, 'npm'), NPM, { mode: 0o755 });

  const setup = () => run(process.execPath, [join(folder, 'tools/setup.mjs'), 'client'], { env: { PATH: path } });
  t.like(await setup(), { code: 0, stdout: 'setup: npm ci\n', stderr: '' });
  const [call = ''] = readFileSync(join(folder, 'npm-calls'), 'utf8').split('\n');
  t.regex(call, /^ci .*--ignore-scripts /);
  for (const name of PACKAGES) t.true(call.includes(`-w packages/${name}`), name);
  t.false(call.includes('daemon'));
  const { version } = JSON.parse(readFileSync(join(ROOT, 'packages/client/package.json'), 'utf8'));
  t.is(await mustRun(join(folder, 'packages/client/bundle/knockclient.cjs'), ['--version']), `${version}\n`);
  t.true(existsSync(join(folder, 'packages/client/man/knockclient.1')));
  t.true(existsSync(join(folder, 'packages/codec/bundle/knock-lab.html')));
  for (const made of MADE) t.false(readdirSync(join(folder, 'packages/daemon')).includes(made), made);

  t.like(await setup(), { code: 0, stdout: '', stderr: '' }, 'a second time there is nothing to do');
  const { stdout } = await run(process.execPath, [join(folder, 'tools/setup.mjs'), 'build'], { env: { PATH: path } });
  t.regex(stdout, /^setup: this is no Debian: .*\nsetup: npm ci\n/, 'for all the rest there is');
});
