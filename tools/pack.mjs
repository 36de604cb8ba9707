// Makes the packages as they are published: knockclient with its command bundled, so that it starts without looking for a
// hundred files, and those of ours that it needs. Works on copies: in the repository the command runs what tsc wrote.
// Usage: npm run build && node tools/pack.mjs FOLDER

import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const target = resolve(process.argv[2] ?? 'build');
process.chdir(dirname(dirname(fileURLToPath(import.meta.url))));
mkdirSync(target, { recursive: true });
const manifests = new Map(readdirSync('packages').map((name) => [name, readManifest(join('packages', name))]));
const names = withOurDependencies('client');
const stage = mkdtempSync(join(tmpdir(), 'eightknock-pack-'));
try {
  for (const name of names) copyPackage(name);
  await bundleCommand(join(stage, 'client'));
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

/** All that the command loads, as few files: one for what every run needs, others for what is loaded when it is needed. */
async function bundleCommand(folder) {
  const { metafile } = await build({
    absWorkingDir: process.cwd(),
    entryPoints: ['packages/client/dist/cli.js'],
    outdir: join(folder, 'bundle'),
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: ['raw-socket'],
    // commander is CommonJS and requires modules of Node.
    banner: { js: "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);" },
    metafile: true,
    logLevel: 'warning',
  });
  writeFileSync(join(folder, 'bundle', 'LICENSES.txt'), licencesOf(Object.keys(metafile.inputs)));
}

/** The licences of what is bundled have to go with it. */
function licencesOf(files) {
  const folders = new Set(files.flatMap((file) => /^node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []));
  return [...folders]
    .sort()
    .map((folder) => {
      const { name, version } = readManifest(folder);
      const licence = readdirSync(folder).find((file) => /^licen[cs]e/i.test(file));
      if (!licence) throw new Error(`${name} has no licence`);
      return `${name} ${version}\n\n${readFileSync(join(folder, licence), 'utf8').trim()}\n`;
    })
    .join(`\n${'─'.repeat(80)}\n\n`);
}

function pack(folder) {
  const args = ['pack', '--ignore-scripts', '--loglevel=error', '--pack-destination', target];
  const { status, stdout, stderr } = spawnSync('npm', args, { cwd: folder, encoding: 'utf8' });
  if (status !== 0) throw new Error(`npm pack ended with ${status}\n${stderr}`);
  console.log(join(target, stdout.trim()));
}
