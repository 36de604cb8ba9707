// The command knockclient with all that it loads in one file, and what V8 made of it beside it: it starts in two thirds of the time of
// what tsc wrote. What `npm run build` leaves in packages/client/bundle is for people; tests run what tsc wrote.
//   knockclient.cjs   loads the others
//   command.js        the command, one function
//   command.cache     its code as this V8 compiles it (vm.Script, cachedData); any other V8 compiles it anew
// Usage: node tools/bundle.mjs [FOLDER]

import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodeEnrolmentLink } from '@eightknock/codec';
import { build } from 'esbuild';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const FOLDER = resolve(process.argv[2] ?? join(ROOT, 'packages/client/bundle'));
const COMMAND = join(FOLDER, 'knockclient.cjs');

/** Runs command.js, in the folder of that name, with code that was compiled before, or none. */
const RUN = `
const filename = join(folder, 'command.js');
const script = new Script(readFileSync(filename, 'utf8'), { filename, cachedData });
script.runInThisContext()(require, filename);
`;

const LAUNCHER = `#!/usr/bin/env node
// Runs command.js with the code that was compiled when it was built. See tools/bundle.mjs.
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { Script } = require('node:vm');

const folder = __dirname;
let cachedData;
try {
  cachedData = readFileSync(join(folder, 'command.cache'));
} catch {
  // it is compiled then
}
${RUN.trimStart()}`;

/** Keeps what V8 has compiled by the end of the command. */
const RECORDER = `
const { readFileSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { Script } = require('node:vm');

const [folder] = process.argv.splice(1, 1, '');
const cachedData = undefined;
process.on('exit', () => writeFileSync(join(folder, 'command.cache'), script.createCachedData()));
${RUN.trimStart()}`;

const { metafile } = await build({
  absWorkingDir: ROOT,
  stdin: {
    contents: `
      import { main } from './dist/cli.js';
      main(process.argv.slice(2)).then((code) => { process.exitCode = code; });`,
    resolveDir: join(ROOT, 'packages/client'),
  },
  outfile: join(FOLDER, 'command.js'),
  bundle: true,
  minify: true,
  // What --debug shows of an error has names of functions in it.
  keepNames: true,
  format: 'cjs',
  platform: 'node',
  target: 'node20',
  external: ['raw-socket'],
  // A script that is run so can load what is optional by require alone.
  supported: { 'dynamic-import': false },
  define: { 'import.meta.url': '__url' },
  banner: { js: "(function (require, __filename) { const __url = require('node:url').pathToFileURL(__filename).href;" },
  footer: { js: '})' },
  metafile: true,
  logLevel: 'warning',
});
writeFileSync(COMMAND, LAUNCHER);
chmodSync(COMMAND, 0o755);
writeFileSync(join(FOLDER, 'LICENSES.txt'), licencesOf(Object.keys(metafile.inputs)));
compileCommand();

/** Runs what is run most, a knock for a saved server, but for the knock. */
function compileCommand() {
  const config = mkdtempSync(join(tmpdir(), 'eightknock-bundle-'));
  const env = { ...process.env, XDG_CONFIG_HOME: config };
  const options = { env, stdio: ['pipe', 'ignore', 'inherit'] };
  const server = { host: '127.0.0.1', basePort: 745, serverId: 'gw', client: 'x', ports: [], secret: randomBytes(32) };
  try {
    run([COMMAND, 'add', 'gw', '-'], { ...options, input: encodeEnrolmentLink(server) });
    run(['-e', RECORDER, FOLDER, '--port', '22', '--print'], options);
  } finally {
    rmSync(config, { recursive: true });
  }
}

function run(args, options) {
  const { status } = spawnSync(process.execPath, args, options);
  if (status !== 0) throw new Error(`the command ended with ${status}`);
}

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
