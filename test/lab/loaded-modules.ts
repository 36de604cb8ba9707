// Which files a command of ours loads as modules, ES modules and CommonJS.

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Finished, run } from './run.ts';

/** A module that is loaded before the command and writes down what comes after it. */
const RECORDER = dataUrl(`
import { appendFileSync } from 'node:fs';
import { createRequire, register } from 'node:module';
const file = process.env.LOADED_MODULES;
register(${JSON.stringify(
  dataUrl(`
import { appendFileSync } from 'node:fs';
export async function load(url, context, next) {
  if (url.startsWith('file:')) appendFileSync(process.env.LOADED_MODULES, url + '\\n');
  return next(url, context);
}`),
)});
const { cache } = createRequire('file:///');
process.on('exit', () => appendFileSync(file, Object.keys(cache).map((path) => 'file://' + path + '\\n').join('')));
`);

function dataUrl(source: string): string {
  return `data:text/javascript,${encodeURIComponent(source)}`;
}

/** How a command ended, and the URLs of the files it loaded, each once. */
export interface Loaded extends Finished {
  readonly modules: readonly string[];
}

/** Runs a script of ours and watches what it loads. */
export async function loadedModules(
  script: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Loaded> {
  const folder = await mkdtemp(join(tmpdir(), 'eightknock-modules-'));
  try {
    const file = join(folder, 'modules');
    const finished = await run(process.execPath, ['--import', RECORDER, script, ...args], {
      env: { ...env, LOADED_MODULES: file },
    });
    const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
    return { ...finished, modules: [...new Set(lines)] };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
