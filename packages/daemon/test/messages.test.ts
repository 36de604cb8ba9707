// The form of what a person reads, beyond what the tests of the commands see.

import test from 'ava';
import { formatCheckSummary } from '#src/messages/check.js';
import { formatError, formatProblems, formatUnexpected } from '#src/messages/problems.js';
import { configOf } from './config-of.ts';

const CONFIG = configOf({ serverId: 'x' });

test('an error and its hint', (t) => {
  t.is(formatError('x'), 'knockdaemon: error: x\n');
  t.is(formatError('x', 'y'), 'knockdaemon: error: x\nknockdaemon: hint: y\n');
});

test('a problem has a line, whatever is known of it', (t) => {
  t.is(formatProblems([{ expected: 'e' }]), 'knockdaemon: error: expected e\n');
  const whole = { file: 'f', path: 'p', value: '"v"', expected: 'e', hint: 'h' };
  t.is(formatProblems([whole]), 'knockdaemon: error: f: p: "v": expected e\nknockdaemon: hint: h\n');
  t.is(formatProblems([]), '');
});

test('a hint that repeats comes once', (t) => {
  const problem = { expected: 'e', hint: 'h' };
  t.is(formatProblems([problem, problem]).match(/hint/g)?.length, 1);
});

test('the name of a file cannot command the terminal', (t) => {
  t.is(formatProblems([{ file: 'a\u001b[2J\n', expected: 'e' }]), 'knockdaemon: error: a\\u001b[2J\\n: expected e\n');
});

test('an unexpected error that is no Error', (t) => {
  t.regex(formatUnexpected('x\n', true), /^knockdaemon: error: x\\n\n/);
});

test('the summary of mark mode', (t) => {
  const firewall = { ...CONFIG.firewall, mode: 'mark' } as const;
  t.is(
    formatCheckSummary({ ...CONFIG, firewall }),
    'knockdaemon: ready: 0 clients, mode "mark" (0x745), no guarded ports\n',
  );
});

test('the summary of many ports, and of none', (t) => {
  t.is(formatCheckSummary(CONFIG), 'knockdaemon: ready: 0 clients, mode "guard" (drop), guarded ports none\n');
  const guard = Array.from({ length: 25 }, (_, i) => ({ protocol: 'tcp', port: i + 1 }) as const);
  const summary = formatCheckSummary({ ...CONFIG, firewall: { ...CONFIG.firewall, guard } });
  t.true(summary.endsWith('tcp/19, tcp/20 and 5 more\n'));
});
