// What the kernel makes of the confinement: a program confines itself and tries. Needs no root: an ordinary user may give up
// as much. What only root and systemd's ambient capabilities show is in test/e2e/child.test.ts.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';

const PROGRAM = fileURLToPath(new URL('./confined-program.js', import.meta.url));

async function answersOf(t: ExecutionContext, mode: 'free' | 'confined') {
  const folder = await mkdtemp(join(tmpdir(), 'eightknock-confined-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const secret = join(folder, 'secret');
  await writeFile(secret, 'x');
  const victim = spawn('/bin/sleep', ['60'], { stdio: 'ignore' });
  t.teardown(() => victim.kill('SIGKILL'));
  const program = spawn(process.execPath, [PROGRAM, mode, secret, String(victim.pid)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let text = '';
  program.stderr.on('data', (chunk: Buffer) => {
    text += chunk;
  });
  await once(program, 'close');
  return JSON.parse(text.trim().split('\n').at(-1)!) as { problems: string[]; answers: Record<string, string> };
}

const GOES_ON = ['write to a pipe', 'have a thread', 'signal itself', 'know its own limits'];
const ON_X64 = process.arch === 'x64' ? test : test.skip;

ON_X64('without the confinement all of it can be done, as far as the user may', async (t) => {
  const { answers } = await answersOf(t, 'free');
  for (const what of [
    'read a file',
    'write a file',
    'start a program',
    'make a TCP socket',
    'make a second descriptor',
  ]) {
    t.is(answers[what], 'done', what);
  }
  for (const what of GOES_ON) t.is(answers[what], 'done', what);
});

ON_X64('confined, it has no file, no socket, no program and no other process', async (t) => {
  const { problems, answers } = await answersOf(t, 'confined');
  // An ordinary user has no CAP_NET_RAW to keep.
  t.deepEqual(process.getuid?.() === 0 ? problems : [], []);
  for (const [what, answer] of Object.entries(answers)) {
    const expected = GOES_ON.includes(what) ? 'done' : what === 'make a ring' ? 'ENOSYS' : 'EPERM';
    t.is(answer, expected, what);
  }
});
