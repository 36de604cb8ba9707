// The command knockdaemon with all that it loads but native modules. In a bundle a module takes a quarter of the memory that it
// takes as a file of its own, and is there sooner. What `npm run build` leaves in packages/daemon/bundle is for people; tests
// run what tsc wrote.
//   knockdaemon.js    the command
//   child.js          the capture process; spawn.ts finds it beside itself
//   NAME-HASH.js      what both have, and what is loaded only when it is needed
// Usage: node tools/bundle-daemon.mjs [FOLDER]

import { readdirSync, rmSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { bundle, fromRoot, NATIVE } from './bundling.mjs';

const FOLDER = resolve(process.argv[2] ?? fromRoot('packages/daemon/bundle'));
/** For CommonJS within: an ES module has no require. */
const REQUIRE = `import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);`;

const { outputs } = await bundle(FOLDER, {
  entryPoints: {
    knockdaemon: fromRoot('packages/daemon/bin/knockdaemon.js'),
    child: fromRoot('packages/daemon/dist/capture/child.js'),
  },
  outdir: FOLDER,
  splitting: true,
  format: 'esm',
  external: NATIVE,
  // Names stay as they are, for the stack of an error. (keepNames would name each closure again whenever it is made: for
  // each packet.)
  minifyWhitespace: true,
  minifySyntax: true,
  banner: { js: REQUIRE },
});
removeOthers(new Set([...Object.keys(outputs).map((path) => basename(path)), 'LICENSES.txt']));

/** Removes what an earlier bundle has left: only now, so that a daemon that runs finds its capture process at any time. */
function removeOthers(wanted) {
  for (const name of readdirSync(FOLDER)) {
    if (!wanted.has(name)) rmSync(join(FOLDER, name));
  }
}
