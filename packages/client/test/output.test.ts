import test from 'ava';
import { createProcessOutput } from '#src/output.js';

// AVA's own stdout is no terminal: what the environment says must not change that.
test('no terminal: no rewriting, no colours', (t) => {
  const { isTerminal, hasColours } = createProcessOutput({ TERM: 'xterm', FORCE_COLOR: '1' });
  t.deepEqual([isTerminal, hasColours], [false, false]);
});

const terminal = test.macro({
  title: (_, environment: Record<string, string>) => `a terminal with ${JSON.stringify(environment)}`,
  exec(t, environment: Record<string, string>, isTerminal: boolean, hasColours: boolean) {
    const before = process.stdout.isTTY;
    process.stdout.isTTY = true;
    try {
      const output = createProcessOutput(environment);
      t.deepEqual([output.isTerminal, output.hasColours], [isTerminal, hasColours]);
    } finally {
      process.stdout.isTTY = before;
    }
  },
});

test.serial(terminal, { TERM: 'xterm' }, true, true);
test.serial(terminal, { TERM: 'xterm', NO_COLOR: '1' }, true, false);
test.serial(terminal, { TERM: 'xterm', NO_COLOR: '' }, true, true);
test.serial(terminal, { TERM: 'dumb' }, false, false);
