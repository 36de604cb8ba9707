// What is seen while the knocks go.

import test from 'ava';
import { createProgress, type Progress } from '#src/progress.js';
import { FakeMachine, type FakeOptions } from './fake-machine.ts';

function play(options: FakeOptions, story: (progress: Progress) => void): string {
  const machine = new FakeMachine(options);
  story(createProgress(machine.output));
  return machine.out;
}

function twoSequences(progress: Progress): void {
  const wish = { host: '198.51.100.1', routes: [{ serverAddress: '198.51.100.1', claimedAddress: 'source' }] };
  progress.begin({ ...wish, transport: 'tcp', port: 22, time: 1 });
  progress.sequence(0);
  for (let sent = 1; sent <= 8; sent++) progress.knock(sent);
  progress.look('silent');
  progress.look('refused');
  progress.sequence(1);
  progress.knock(1);
  progress.end();
}

const FIRST = 'knocking at 198.51.100.1 over TCP: open port 22 for the address the knocks come from, 1 minute\n';

test('elsewhere than on a terminal: whole lines, no control characters', (t) => {
  t.is(play({}, twoSequences), `${FIRST}not open yet (refused), knocking again\n`);
});

test('on a terminal: one line, rewritten, and erased in the end', (t) => {
  const text = play({ isTerminal: true }, twoSequences);
  t.true(text.startsWith(FIRST));
  t.deepEqual(text.slice(FIRST.length).split('\r\u001b[K'), [
    '',
    '○○○○○○○○',
    '●○○○○○○○',
    '●●○○○○○○',
    '●●●○○○○○',
    '●●●●○○○○',
    '●●●●●○○○',
    '●●●●●●○○',
    '●●●●●●●○',
    '●●●●●●●●',
    '●●●●●●●● not open yet (no answer)',
    '●●●●●●●● not open yet (refused)',
    '○○○○○○○○ not open yet (refused)',
    '●○○○○○○○ not open yet (refused)',
    '',
  ]);
});

test('colours only where they are wanted', (t) => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what a colour begins with
  const colour = /\u001b\[\d+m/;
  t.regex(play({ isTerminal: true, hasColours: true }, twoSequences), colour);
  t.notRegex(play({ isTerminal: true }, twoSequences), colour);
});
