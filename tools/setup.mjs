// Gets a fresh machine ready: Debian packages, node_modules, the build. Does only what is missing, so it is quick when
// nothing is. Usage: node tools/setup.mjs [build|client|demo|test]

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const BUILD = ['build-essential', 'python3', 'libpcap-dev'];
const DEMO = [...BUILD, 'nftables', 'iproute2', 'openssh-server', 'openssh-client', 'nmap'];
const TEST = [
  ...DEMO,
  'iptables',
  'knockd',
  'tcpdump',
  'openssl',
  'perl',
  'procps',
  'libcrypt-blowfish-perl',
  'faketime',
  'logrotate',
  'systemd',
  'zsh',
  'fish',
  'man-db',
  'groff-base',
  'mandoc',
  'fwknop-client',
  'fwknop-server',
];
/** knockclient alone has nothing to be compiled. */
const GROUPS = { build: BUILD, client: [], demo: DEMO, test: TEST };
/** Of `client`: what is fetched, with nothing that a package would run. The tools that build are the root's. */
const CLIENT_MODULES = [
  '--ignore-scripts',
  '--include-workspace-root',
  ...['cli', 'client', 'codec'].flatMap((name) => ['-w', `packages/${name}`]),
];
/** Packages whose services must not start merely because a test wants the program. */
const SERVICES = { 'openssh-server': 'ssh', knockd: 'knockd', 'fwknop-server': 'fwknop-server' };

const LOCK = 'package-lock.json';
const STAMP = 'node_modules/.setup-stamp';
const POLICY = '/usr/sbin/policy-rc.d';
const BUNDLING = 'tools/bundling.mjs';
/** The commands for people, and the knock lab: what makes them, the file that is written last, and what they are made of besides packages of others. */
const BUNDLES = [
  {
    bundler: 'tools/bundle-client.mjs',
    made: 'packages/client/bundle/command.cache',
    sources: ['cli', 'client', 'codec'].map(builtStamp),
  },
  {
    bundler: 'tools/bundle-daemon.mjs',
    made: 'packages/daemon/bundle/LICENSES.txt',
    sources: [...['cli', 'codec', 'daemon'].map(builtStamp), 'packages/daemon/bin/knockdaemon.js'],
    isDaemons: true,
  },
  {
    bundler: 'tools/knock-lab.mjs',
    made: 'packages/codec/bundle/knock-lab.html',
    sources: [builtStamp('codec'), ...['packages/codec/lab', 'packages/codec/lab/view'].flatMap(filesIn)],
  },
];
const FLOOD_SOURCE = 'test/flood/flood.c';
const FLOOD = 'test/build/flood/flood';

process.chdir(dirname(dirname(fileURLToPath(import.meta.url))));
const group = process.argv[2] ?? 'build';
if (!(group in GROUPS)) stop(`unknown group "${group}"`, `use one of ${Object.keys(GROUPS).join(', ')}`);
const isClient = group === 'client';

checkNode();
installPackages(GROUPS[group]);
installModules();
run('node_modules/.bin/tsc', isClient ? ['-b', 'packages/client'] : ['-b']);
run(process.execPath, ['tools/man-pages.mjs', ...(isClient ? ['--of', 'client'] : [])]);
for (const bundle of BUNDLES) if (!(isClient && bundle.isDaemons)) makeBundle(bundle);
if (group === 'test') compileFlood();

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 20)) return;
  stop(`Node ${process.versions.node} is too old`, 'README.md says where Node 20.20 or newer is to be had');
}

function installPackages(wanted) {
  if (wanted.length === 0) return;
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own placeholders
  const query = spawnSync('dpkg-query', ['-W', '-f', '${Package} ${db:Status-Status}\n', ...wanted], {
    encoding: 'utf8',
  });
  if (query.error) {
    console.log(`setup: this is no Debian: the equivalents of these packages are needed: ${wanted.join(' ')}`);
    return;
  }
  const installed = new Set(
    query.stdout
      .split('\n')
      .filter((line) => line.endsWith(' installed'))
      .map((line) => line.split(' ')[0]),
  );
  const missing = wanted.filter((name) => !installed.has(name));
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0) {
    stop(
      `Debian packages are missing: ${missing.join(' ')}`,
      `run as root: apt-get install --no-install-recommends ${missing.join(' ')}`,
    );
  }
  console.log(`setup: installing ${missing.join(' ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  // While this file says 101, installing a package starts no service (invoke-rc.d(8)).
  const ownPolicy = !existsSync(POLICY);
  if (ownPolicy) writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    run('apt-get', ['-q', '-y', 'update'], env);
    run('apt-get', ['-q', '-y', 'install', '--no-install-recommends', ...missing], env);
  } finally {
    if (ownPolicy) rmSync(POLICY, { force: true });
  }
  const services = missing.filter((name) => name in SERVICES).map((name) => SERVICES[name]);
  if (services.length > 0 && existsSync('/run/systemd/system')) run('systemctl', ['--quiet', 'disable', ...services]);
}

function installModules() {
  const all = createHash('sha256').update(readFileSync(LOCK)).digest('hex');
  const wanted = isClient ? `${all} client` : all;
  if (existsSync(STAMP) && [all, wanted].includes(readFileSync(STAMP, 'utf8'))) return;
  console.log('setup: npm ci');
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error', ...(isClient ? CLIENT_MODULES : [])]);
  writeFileSync(STAMP, wanted);
}

/** The load generator of the flood tests and the benchmarks. */
function compileFlood() {
  if (isNewer(FLOOD, [FLOOD_SOURCE])) return;
  mkdirSync(dirname(FLOOD), { recursive: true });
  run('cc', ['-O2', '-Wall', '-Wextra', '-Werror', '-o', FLOOD, FLOOD_SOURCE]);
}

/** Newer when what tsc wrote of a package is. */
function builtStamp(name) {
  return `packages/${name}/tsconfig.tsbuildinfo`;
}

/** The files of a folder, without those of the folders in it. */
function filesIn(folder) {
  const files = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile());
  return files.map(({ name }) => join(folder, name));
}

function makeBundle({ bundler, made, sources }) {
  if (!isNewer(made, [bundler, BUNDLING, LOCK, ...sources])) run(process.execPath, [bundler]);
}

function isNewer(file, sources) {
  return existsSync(file) && sources.every((source) => statSync(source).mtimeMs < statSync(file).mtimeMs);
}

function run(command, args, env = process.env) {
  const { status, error } = spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'], env });
  if (error) stop(`"${command}" cannot be run: ${error.message}`);
  if (status !== 0) {
    console.error(`setup: error: "${[command, ...args].join(' ')}" ended with ${status}`);
    process.exit(1);
  }
}

function stop(error, hint) {
  console.error(`setup: error: ${error}`);
  if (hint) console.error(`setup: hint: ${hint}`);
  process.exit(1);
}
