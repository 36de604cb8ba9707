// Makes the packages as they are published: @eightknock/codec, and knockclient with its command bundled, so that it starts
// without looking for a hundred files. Works on copies: in the repository the command always runs what tsc wrote.
// Usage: npm run build && node tools/pack.mjs FOLDER

import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const PACKAGES = ['codec', 'client'];
const COPIED = ['package.json', 'README.md', 'bin', 'dist'];

const target = resolve(process.argv[2] ?? 'build');
process.chdir(dirname(dirname(fileURLToPath(import.meta.url))));
mkdirSync(target, { recursive: true });
const stage = mkdtempSync(join(tmpdir(), 'eightknock-pack-'));
try {
  for (const name of PACKAGES) copyPackage(name);
  await bundleCommand(join(stage, 'client'));
  for (const name of PACKAGES) pack(join(stage, name));
} finally {
  rmSync(stage, { recursive: true, force: true });
}

function copyPackage(name) {
  for (const part of COPIED) {
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
      const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
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
