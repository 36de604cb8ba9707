// The ground that everything stands on: pure folders stay pure, and the set-up does nothing twice.

import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { run } from './lab/run.ts';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');
const BIOME = join(ROOT, 'node_modules/.bin/biome');

/** What the linter says of a source text in the place of a file: in a folder that has nothing else but our rules. */
async function lint(t: ExecutionContext, path: string, source: string): Promise<{ code: number; said: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'eightknock-lint-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const { vcs: _, ...rules } = JSON.parse(await readFile(join(ROOT, 'biome.json'), 'utf8'));
  await writeFile(join(folder, 'biome.json'), JSON.stringify(rules));
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), source);
  const { code, stdout, stderr } = await run(BIOME, ['lint', '--error-on-warnings', path], { cwd: folder });
  return { code, said: `${stdout}${stderr}` };
}

const pure = [
  'packages/codec/src/block.ts',
  'packages/cli/src/complete.ts',
  'packages/codec/src/spa/decode.ts',
  'packages/daemon/src/packet/ip.ts',
  'packages/daemon/src/knockd-conf/parse.ts',
  'packages/daemon/src/recognise/encrypted.ts',
  'packages/daemon/src/authorise/authorise.ts',
  'packages/client/src/plan.ts',
];
for (const path of pure) {
  test(`${path} may import no module of Node`, async (t) => {
    const { code, said } = await lint(t, path, "import * as it from 'node:fs';\n\nexport { it };\n");
    t.regex(said, /noNodejsModules/);
    t.not(code, 0);
  });
}

test('set-up with nothing missing does nothing and says nothing', async (t) => {
  const { code, stdout, stderr } = await run(process.execPath, [join(ROOT, 'tools/setup.mjs'), 'test']);
  t.is(stdout + stderr, '');
  t.is(code, 0);
});

test('a group of packages that does not exist is an error with a hint', async (t) => {
  const { code, stderr } = await run(process.execPath, [join(ROOT, 'tools/setup.mjs'), 'tset']);
  t.is(code, 1);
  t.regex(stderr, /^setup: error: unknown group "tset"\nsetup: hint: use one of build, client, demo, test\n$/);
});
