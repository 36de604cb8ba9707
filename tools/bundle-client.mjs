// The command knockclient with all that it loads in one file, and what V8 made of it beside it: it starts in two thirds of the
// time that what tsc wrote takes. What `npm run build` leaves in packages/client/bundle is for people; tests run what tsc wrote.
//   knockclient.cjs   loads the others
//   command.js        the command, one function
//   command.cache     its code as this V8 compiles it (vm.Script, cachedData); any other V8 compiles it anew
// Usage: node tools/bundle-client.mjs [FOLDER]

import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { encodeEnrolmentLink } from '@eightknock/codec';
import { bundle, fromRoot } from './bundling.mjs';

const FOLDER = resolve(process.argv[2] ?? fromRoot('packages/client/bundle'));
const COMMAND = join(FOLDER, 'knockclient.cjs');
const CACHE = join(FOLDER, 'command.cache');

/** Runs command.js, in the folder of that name, with code that was compiled before, or none. */
const RUN = `
const filename = join(folder, 'command.js');
const script = new Script(readFileSync(filename, 'utf8'), { filename, cachedData });
script.runInThisContext()(require, filename);
`;

const LAUNCHER = `#!/usr/bin/env node
// Runs command.js with the code that was compiled when it was built. See tools/bundle-client.mjs.
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

// V8 knows code by its length alone: what it made of another command of the same length it would take for this one's.
rmSync(CACHE, { force: true });
await bundle(FOLDER, {
  stdin: {
    contents: `
      import { main } from './dist/cli.js';
      main(process.argv.slice(2)).then((code) => { process.exitCode = code; });`,
    resolveDir: fromRoot('packages/client'),
  },
  outfile: join(FOLDER, 'command.js'),
  minify: true,
  // What --debug shows of an error has names of functions in it.
  keepNames: true,
  format: 'cjs',
  external: ['raw-socket'],
  // A script that is run in this way can load what is optional by require alone.
  supported: { 'dynamic-import': false },
  define: { 'import.meta.url': '__url' },
  banner: { js: "(function (require, __filename) { const __url = require('node:url').pathToFileURL(__filename).href;" },
  footer: { js: '})' },
});
writeFileSync(COMMAND, LAUNCHER);
chmodSync(COMMAND, 0o755);
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
