// The command knockclient with all that it loads in one file, which starts in two thirds of the time of what tsc wrote: Node reads no
// hundred files, and compiles what is used. What `npm run build` leaves in packages/client/bundle is for people; tests run what
// tsc wrote.
// Usage: node tools/bundle.mjs [FOLDER]

import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const FOLDER = resolve(process.argv[2] ?? join(ROOT, 'packages/client/bundle'));
const COMMAND = join(FOLDER, 'knockclient.cjs');

const { metafile } = await build({
  absWorkingDir: ROOT,
  stdin: {
    contents:
      "import { main } from './dist/cli.js';\nmain(process.argv.slice(2)).then((code) => { process.exitCode = code; });",
    resolveDir: join(ROOT, 'packages/client'),
  },
  outfile: COMMAND,
  bundle: true,
  minify: true,
  // The messages of errors in --debug name functions.
  keepNames: true,
  format: 'cjs',
  platform: 'node',
  target: 'node20',
  external: ['raw-socket'],
  define: { 'import.meta.url': '__bundleUrl' },
  banner: {
    js: "#!/usr/bin/env node\nconst __bundleUrl = require('node:url').pathToFileURL(__filename).href;",
  },
  metafile: true,
  logLevel: 'warning',
});
chmodSync(COMMAND, 0o755);
writeFileSync(join(FOLDER, 'LICENSES.txt'), licencesOf(Object.keys(metafile.inputs)));

/** The licences of what is bundled have to go with it. */
function licencesOf(files) {
  const folders = new Set(files.flatMap((file) => /^node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []));
  return [...folders]
    .sort()
    .map((folder) => {
      const path = join(ROOT, folder);
      const { name, version } = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'));
      const licence = readdirSync(path).find((file) => /^licen[cs]e/i.test(file));
      if (!licence) throw new Error(`${name} has no licence`);
      return `${name} ${version}\n\n${readFileSync(join(path, licence), 'utf8').trim()}\n`;
    })
    .join(`\n${'─'.repeat(80)}\n\n`);
}
