// Makes the packages as they are published: both commands bundled (bundle-client.mjs, bundle-daemon.mjs), and the codec as a library.
// Works on copies. None of them asks a registry for another package of ours: knockclient, which is a library too, has those
// that it needs in it.
// Usage: npm run build && node tools/pack.mjs FOLDER

import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NATIVE } from './bundling.mjs';

const target = resolve(process.argv[2] ?? 'build');
process.chdir(dirname(dirname(fileURLToPath(import.meta.url))));
mkdirSync(target, { recursive: true });
const manifests = new Map(readdirSync('packages').map((name) => [name, readManifest(join('packages', name))]));
const stage = mkdtempSync(join(tmpdir(), 'eightknock-pack-'));
try {
  packCodec();
  packClient();
  packDaemon();
} finally {
  rmSync(stage, { recursive: true, force: true });
}

function packCodec() {
  const folder = join(stage, 'codec');
  copyPackage('codec', folder);
  pack(folder);
}

function packClient() {
  const folder = join(stage, 'client');
  copyPackage('client', folder);
  bundle('client', folder);
  const ours = ourDependencies('client');
  const bundleDependencies = ours.map((name) => manifests.get(name).name);
  for (const name of ours) {
    const inside = join(folder, 'node_modules', manifests.get(name).name);
    copyPackage(name, inside);
    // What they need would count as bundled with them, and not be installed.
    rewriteManifest(inside, ({ dependencies, ...manifest }) => manifest);
  }
  const theirs = Object.assign({}, ...ours.map((name) => manifests.get(name).dependencies));
  rewriteManifest(folder, ({ scripts, dependencies, ...manifest }) => ({
    ...manifest,
    bin: { knockclient: './bundle/knockclient.cjs' },
    dependencies: { ...theirs, ...dependencies },
    bundleDependencies,
  }));
  rmSync(join(folder, 'bin'), { recursive: true });
  pack(folder);
}

/** It is no library: all that it needs besides its bundle are native modules. */
function packDaemon() {
  const folder = join(stage, 'daemon');
  copyPackage('daemon', folder);
  bundle('daemon', folder);
  rewriteManifest(folder, ({ scripts, imports, dependencies, ...manifest }) => ({
    ...manifest,
    bin: { knockdaemon: './bundle/knockdaemon.js' },
    files: ['bundle', 'man'],
    dependencies: Object.fromEntries(NATIVE.map((name) => [name, dependencies[name]])),
  }));
  for (const part of ['bin', 'dist']) rmSync(join(folder, part), { recursive: true });
  pack(folder);
}

function readManifest(folder) {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
}

function rewriteManifest(folder, change) {
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(change(readManifest(folder)), undefined, 2)}\n`);
}

/** The folders of those of our packages that a package depends on. */
function ourDependencies(name) {
  const { dependencies = {} } = manifests.get(name);
  return [...manifests].filter(([, manifest]) => manifest.name in dependencies).map(([other]) => other);
}

function copyPackage(name, folder) {
  const wanted = manifests.get(name).files.filter((file) => !file.startsWith('!'));
  for (const part of ['package.json', 'README.md', ...wanted]) {
    const from = join('packages', name, part);
    if (existsSync(from))
      cpSync(from, join(folder, part), { recursive: true, filter: (file) => !file.endsWith('.map') });
  }
  cpSync('LICENSE', join(folder, 'LICENSE'));
}

/** Bundles anew: what a build has left may be older. */
function bundle(name, folder) {
  rmSync(join(folder, 'bundle'), { recursive: true, force: true });
  const { status } = spawnSync(process.execPath, [`tools/bundle-${name}.mjs`, join(folder, 'bundle')], {
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error(`the command cannot be bundled: ${status}`);
}

function pack(folder) {
  const args = ['pack', '--ignore-scripts', '--loglevel=error', '--pack-destination', target];
  const { status, stdout, stderr } = spawnSync('npm', args, { cwd: folder, encoding: 'utf8' });
  if (status !== 0) throw new Error(`npm pack ended with ${status}\n${stderr}`);
  console.log(join(target, stdout.trim()));
}
