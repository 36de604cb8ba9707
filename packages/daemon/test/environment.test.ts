import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { interfaceState } from '#src/capture/interface-state.js';
import { missingInterfaces, missingRequirements } from '#src/environment.js';
import { parseEffectiveCapabilities } from '#src/has-capability.js';
import { sourceProblem } from '#src/source-environment.js';
import { temporaryFolder } from './config/sample.ts';

test('capabilities are read from /proc/self/status', (t) => {
  t.is(parseEffectiveCapabilities('Name:\tnode\nCapPrm:\t0000000000000001\nCapEff:\t0000000000003000\n'), 0x3000n);
  t.is(parseEffectiveCapabilities('nothing'), 0n);
});

test('an interface that is missing is a problem with a hint, "any" is none', (t) => {
  const problems = missingInterfaces({ interfaces: ['lo', 'nope0'], source: { kind: 'pcap' } });
  t.deepEqual(
    problems.map(({ path, value }) => [path, value]),
    [['interface', '"nope0"']],
  );
  t.truthy(problems[0]?.hint);
  t.deepEqual(missingInterfaces({ interfaces: ['any'], source: { kind: 'pcap' } }), []);
});

test('the state of an interface', (t) => {
  t.is(interfaceState('nope0'), 'missing');
  t.not(interfaceState('lo'), 'missing');
});

test('with another source no interface is looked for', (t) => {
  t.deepEqual(missingInterfaces({ interfaces: ['nope0'], source: { kind: 'journal' } }), []);
});

test('a log needs neither libpcap nor the right to capture', (t) => {
  const paths = (kind: 'log' | 'journal') =>
    missingRequirements({ source: { kind, file: '/x' } }, { test: true }).map(({ path }) => path);
  t.deepEqual(paths('log'), []);
  t.deepEqual(paths('journal'), []);
});

test('a log file that is not there yet is no problem; a folder that is missing, or a folder in its place, is', async (t) => {
  const folder = await temporaryFolder(t);
  const problem = (file: string) => sourceProblem({ kind: 'log', file })?.expected;
  t.is(problem(join(folder, 'kern.log')), undefined);
  t.is(problem(join(folder, 'x/kern.log')), `a file in a folder that exists: "${folder}/x" does not`);
  t.is(problem(folder), 'a file that can be read: it is no regular file');
  writeFileSync(join(folder, 'kern.log'), '');
  chmodSync(join(folder, 'kern.log'), 0o400);
  t.is(problem(join(folder, 'kern.log')), undefined);
});
