// Confines itself as the capture process does, and then tries what a captured one would. Prints {what: answer} in JSON;
// confined.test.ts starts it. Argument: `free` leaves the confinement out, to show that the attempts are possible at all.

import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync, writeSync } from 'node:fs';
import { getSystemErrorName } from 'node:util';
import { CAP_NET_RAW } from '#src/capture/capabilities.js';
import { confine, keepOnlyNeeded } from '#src/capture/confine.js';
import { loadLibc } from '#src/capture/libc.js';
import { lastErrno, loadLibrary } from '#src/native/library.js';

const [mode, secretFile = '', victim = ''] = process.argv.slice(2);
const libc = loadLibc();
const library = loadLibrary(null);
const call = library.func('long syscall(long number, int64_t a, int64_t b, int64_t c, int64_t d, int64_t e)');
const openedBefore = 1;
const problems = mode === 'free' ? [] : [...keepOnlyNeeded(libc, [CAP_NET_RAW]), ...confine(libc, [openedBefore])];

const answers: Record<string, string> = {};
function attempt(what: string, action: () => unknown): void {
  try {
    action();
    answers[what] = 'done';
  } catch (error) {
    answers[what] = (error as NodeJS.ErrnoException).code ?? String(error);
  }
}
function raw(what: string, number: number, ...args: number[]): void {
  const [a = 0, b = 0, c = 0, d = 0, e = 0] = args;
  answers[what] = Number(call(number, a, b, c, d, e)) >= 0 ? 'done' : getSystemErrorName(-lastErrno());
}

// Numbers of x86-64.
attempt('read a file', () => readFileSync(secretFile));
attempt('write a file', () => writeFileSync(`${secretFile}.new`, 'x'));
attempt('start a program', () => {
  const { error } = spawnSync('/bin/true');
  if (error) throw error;
});
attempt('signal another process', () => process.kill(Number(victim), 'SIGCONT'));
raw('signal another thread', 200, Number(victim), 18);
raw('send a signal with a value', 129, Number(victim), 18, 0);
raw('trace another process', 101, 16, Number(victim));
raw('read the memory of another process', 310, Number(victim), 0, 0, 0, 0);
raw('write the memory of another process', 311, Number(victim), 0, 0, 0, 0);
raw('change the limits of another process', 302, Number(victim), 7, 0, 0);
raw('make a TCP socket', 41, 2, 1, 0);
raw('make a Unix socket', 41, 1, 1, 0);
raw('make a packet socket', 41, 17, 3, 0);
raw('make a second descriptor', 32, 2);
raw('set another filter on a socket', 54, openedBefore, 1, 26, 0, 0);
raw('make a process', 57);
raw('make a ring', 425, 8, 0);
raw('make a user namespace', 272, 0x10000000);
raw('make a file in memory', 319, 0, 0);
raw('watch files', 294, 0);
// What capturing needs goes on.
attempt('write to a pipe', () => writeSync(2, ''));
raw('have a thread', 186);
raw('signal itself', 234, process.pid, process.pid, 0);
raw('know its own limits', 302, 0, 7, 0, 0);
// Held back: the one descriptor that was named.
attempt('write to the named socket', () => writeSync(openedBefore, ''));

process.stderr.write(`${JSON.stringify({ problems, answers })}\n`);
