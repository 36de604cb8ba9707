// `npm test`: set-up, format and lint, types, all tests; ends with one line "tests: N passed, M failed".
// Arguments go to AVA: npm test -- test/e2e/door.test.ts

import { spawn, spawnSync } from 'node:child_process';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

process.chdir(dirname(dirname(fileURLToPath(import.meta.url))));

/** The end-to-end tests mostly wait: more of them at once than there are cores. */
const CONCURRENCY = '4';
const LOAD = 'test/load/**';
/** No test needs more root certificates. Reading them is the slowest part of a start of Node, and there are thousands of starts. */
const { NODE_EXTRA_CA_CERTS: _, ...ENVIRONMENT } = process.env;

step('set-up, build and types', process.execPath, ['tools/setup.mjs', 'test']);
step('format and lint', 'node_modules/.bin/biome', ['ci', '--error-on-warnings', '.']);

const counts = { passed: 0, failed: 0, skipped: 0 };
const wanted = process.argv.slice(2);
let status = 0;
if (wanted.length > 0) {
  status = await test('tests', wanted);
} else {
  status = await test('tests', ['packages/*/test/**/*.test.ts', 'test/**/*.test.ts', `!${LOAD}`]);
  // Floods share the machine with nobody.
  status ||= await test('tests under load', ['--concurrency', '1', LOAD]);
}

// A test that was left out proves nothing: on a machine that has what it needs that is a failure.
const skippedFails = process.env.CI === 'true' || process.getuid?.() === 0;
if (counts.skipped > 0) {
  console.log(`${counts.skipped} skipped${skippedFails ? ', which counts as failed' : ' (they need root)'}`);
  if (skippedFails) counts.failed += counts.skipped;
}
if (status !== 0 && counts.failed === 0) counts.failed = 1;
console.log(`tests: ${counts.passed} passed, ${counts.failed} failed`);
process.exit(counts.failed === 0 && counts.passed > 0 ? 0 : 1);

/** Runs AVA. @returns its exit code */
async function test(title, args) {
  console.log(`── ${title}`);
  const ava = spawn('node_modules/.bin/ava', ['--tap', '--concurrency', CONCURRENCY, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: ENVIRONMENT,
  });
  for await (const line of createInterface({ input: ava.stdout })) report(line);
  return ava.exitCode ?? (await new Promise((resolve) => ava.on('close', resolve)));
}

/** One line of TAP (https://testanything.org): counts results, shows them and what is said of failures. */
function report(line) {
  const result = /^(not )?ok \d+ - (.*?)(?: # (SKIP|TODO).*)?$/.exec(line);
  if (!result) {
    if (!/^(TAP version|---|\.\.\.|# |\d+\.\.\d+|\s*$)/.test(line)) console.log(line);
    return;
  }
  const [, not, title, directive] = result;
  const outcome = directive ? 'skipped' : not ? 'failed' : 'passed';
  counts[outcome]++;
  console.log(`${{ passed: '✔', failed: '✘', skipped: '-' }[outcome]} ${title}`);
}

function step(title, command, args) {
  console.log(`── ${title}`);
  const { status } = spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (status === 0) return;
  console.log(`tests: 0 passed, 1 failed`);
  process.exit(1);
}
