// Opens the store when a line comes in, says "open" or why not, and waits to be killed: node open-and-wait.js STATE_DIR
// Started by test/store/open-store.test.ts.

import { openStore } from '#src/store/open-store.js';

const [stateDir = ''] = process.argv.slice(2);
process.stdin.once('data', () => {
  const opened = openStore({ stateDir, nowMs: 1_800_000_000_000 });
  const [problem] = 'problems' in opened ? opened.problems : [];
  process.stdout.write(problem ? problem.expected : 'open');
});
