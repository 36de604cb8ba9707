// Makes the packages as they are published: knockclient with its command in one file (bundle-client.mjs), and those of ours that it needs.
// Works on copies.
// Usage: npm run build && node tools/pack.mjs FOLDER

import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const target = resolve(process.argv[2] ?? 'build');
process.chdir(dirname(dirname(fileURLToPath(import.meta.url))));
mkdirSync(target, { recursive: true });
const manifests = new Map(readdirSync('packages').map((name) => [name, readManifest(join('packages', name))]));
const names = withOurDependencies('client');
const stage = mkdtempSync(join(tmpdir(), 'eightknock-pack-'));
try {
  for (const name of names) copyPackage(name);
  bundleCommand(join(stage, 'client'));
  for (const name of names) pack(join(stage, name));
} finally {
  rmSync(stage, { recursive: true, force: true });
}

function readManifest(folder) {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
}

/** The folders of a package and of those of ours that it depends on. */
function withOurDependencies(name) {
  const { dependencies = {} } = manifests.get(name);
  const ours = [...manifests].filter(([, manifest]) => manifest.name in dependencies);
  return [...new Set([name, ...ours.flatMap(([other]) => withOurDependencies(other))])];
}

function copyPackage(name) {
  const wanted = manifests.get(name).files.filter((file) => !file.startsWith('!'));
  for (const part of ['package.json', 'README.md', ...wanted]) {
    const from = join('packages', name, part);
    if (existsSync(from)) cpSync(from, join(stage, name, part), { recursive: true });
  }
  cpSync('LICENSE', join(stage, name, 'LICENSE'));
}

function bundleCommand(folder) {
  const { status } = spawnSync(process.execPath, ['tools/bundle-client.mjs', join(folder, 'bundle')], {
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error(`the command cannot be bundled: ${status}`);
  const manifest = readManifest(folder);
  const bin = { knockclient: './bundle/knockclient.cjs' };
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify({ ...manifest, bin }, undefined, 2)}\n`);
  rmSync(join(folder, 'bin'), { recursive: true });
}

function pack(folder) {
  const args = ['pack', '--ignore-scripts', '--loglevel=error', '--pack-destination', target];
  const { status, stdout, stderr } = spawnSync('npm', args, { cwd: folder, encoding: 'utf8' });
  if (status !== 0) throw new Error(`npm pack ended with ${status}\n${stderr}`);
  console.log(join(target, stdout.trim()));
}
