// The follower on real files: rotations of all kinds, and a model with random ones. Every line has a number of its own.

import {
  appendFileSync,
  copyFileSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import { CHUNK_BYTES, DRAIN_MS, FileFollower, MAX_BEHIND_BYTES } from '#src/capture/file-follower.js';
import { openFile } from '#src/capture/open-file.js';

function withFolder(body: (path: string, folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'eightknock-follow-'));
  try {
    body(join(folder, 'kern.log'), folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** All that can be read now. */
function drain(follower: FileFollower, nowMs = 0): string {
  let text = '';
  for (let lines = follower.read(nowMs); lines; lines = follower.read(nowMs)) text += lines.toString();
  return text;
}

test('from the end at the start; then each line once', (t) => {
  withFolder((path) => {
    writeFileSync(path, 'old\n');
    const follower = new FileFollower(path, openFile);
    t.is(drain(follower), '');
    appendFileSync(path, 'one\n');
    t.is(drain(follower), 'one\n');
    appendFileSync(path, 'two\nthree\n');
    t.is(drain(follower), 'two\nthree\n');
    t.is(drain(follower), '');
    follower.close();
  });
});

test('a line is given when it is whole', (t) => {
  withFolder((path) => {
    writeFileSync(path, '');
    const follower = new FileFollower(path, openFile);
    appendFileSync(path, 'one\nbegi');
    t.is(drain(follower), 'one\n');
    appendFileSync(path, 'n');
    t.is(drain(follower), '');
    appendFileSync(path, '\n');
    t.is(drain(follower), 'begin\n');
    follower.close();
  });
});

test('a file that comes later is read from its beginning', (t) => {
  withFolder((path) => {
    const follower = new FileFollower(path, openFile);
    t.is(follower.problem, 'is missing');
    t.is(drain(follower), '');
    writeFileSync(path, 'first\n');
    t.is(drain(follower), 'first\n');
    t.is(follower.problem, undefined);
    follower.close();
  });
});

test('renamed: the old one to its end, also what its writer adds after that, and the new one', (t) => {
  withFolder((path, folder) => {
    writeFileSync(path, 'old\n');
    const follower = new FileFollower(path, openFile);
    appendFileSync(path, 'before\n');
    renameSync(path, join(folder, 'kern.log.1'));
    t.is(drain(follower), 'before\n');
    t.is(follower.problem, 'is missing');
    appendFileSync(join(folder, 'kern.log.1'), 'meanwhile\n');
    writeFileSync(path, 'new\n');
    t.is(drain(follower), 'meanwhile\nnew\n');
    appendFileSync(join(folder, 'kern.log.1'), 'late\n');
    t.is(drain(follower), 'late\n');
    appendFileSync(join(folder, 'kern.log.1'), 'later\n');
    t.is(drain(follower, DRAIN_MS), 'later\n');
    appendFileSync(join(folder, 'kern.log.1'), 'too late\n');
    t.is(drain(follower, DRAIN_MS), '');
    follower.close();
  });
});

test('truncated: from the beginning, also when it has grown beyond what was read, or as far', (t) => {
  for (const text of ['x\n', 'new1\n', 'a line that is longer than what was there before\n']) {
    withFolder((path) => {
      writeFileSync(path, '');
      const follower = new FileFollower(path, openFile);
      appendFileSync(path, 'old1\n');
      t.is(drain(follower), 'old1\n');
      copyFileSync(path, `${path}.1`);
      truncateSync(path);
      appendFileSync(path, text);
      t.is(drain(follower), text);
      appendFileSync(path, 'more\n');
      t.is(drain(follower), 'more\n');
      follower.close();
    });
  }
});

test('what stood there before the start is compared, too', (t) => {
  withFolder((path) => {
    writeFileSync(path, 'old\n');
    const follower = new FileFollower(path, openFile);
    truncateSync(path);
    appendFileSync(path, 'new and longer\n');
    t.is(drain(follower), 'new and longer\n');
    follower.close();
  });
});

test('a symbolic link that points elsewhere', (t) => {
  withFolder((path, folder) => {
    writeFileSync(join(folder, 'a'), 'old\n');
    symlinkSync(join(folder, 'a'), path);
    const follower = new FileFollower(path, openFile);
    appendFileSync(join(folder, 'a'), 'one\n');
    writeFileSync(join(folder, 'b'), 'two\n');
    symlinkSync(join(folder, 'b'), join(folder, 'next'));
    renameSync(join(folder, 'next'), path);
    t.is(drain(follower), 'one\ntwo\n');
    follower.close();
  });
});

test('a folder in its place is a problem, and no more', (t) => {
  withFolder((_, folder) => {
    const follower = new FileFollower(folder, openFile);
    t.is(follower.problem, 'is no regular file');
    t.is(drain(follower), '');
    follower.close();
  });
});

test('one read is one chunk; what is too far behind is left out', (t) => {
  withFolder((path) => {
    writeFileSync(path, '');
    const follower = new FileFollower(path, openFile);
    const line = `${'x'.repeat(999)}\n`;
    appendFileSync(path, line.repeat(200));
    t.true((follower.read(0)?.length ?? 0) <= CHUNK_BYTES);
    drain(follower);
    appendFileSync(path, line.repeat((3 * MAX_BEHIND_BYTES) / 1000));
    t.true(drain(follower).length <= MAX_BEHIND_BYTES);
    appendFileSync(path, 'y'.repeat(3 * CHUNK_BYTES));
    appendFileSync(path, '\nend\n');
    t.true(drain(follower).endsWith('y\nend\n'), 'a line that fills chunks holds nothing up');
    follower.close();
  });
});

/** What happens to a log. `late`: a line of a writer that still has the file of before. */
type Step = 'append' | 'append-long' | 'rename' | 'truncate' | 'late' | 'read' | 'drain';
const STEPS: readonly Step[] = ['append', 'append', 'append-long', 'rename', 'truncate', 'late', 'read', 'drain'];

test('a model: each line once and in order, and none is lost but those that were truncated unread', (t) => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...STEPS), { maxLength: 60 }), (steps) => {
      withFolder((path, folder) => {
        writeFileSync(path, 'old\n');
        const follower = new FileFollower(path, openFile);
        // Files with lines that are not read yet, the one that has the name the last.
        let files: { name: string; unread: string[] }[] = [{ name: path, unread: [] }];
        let number = 0;
        let wasRenamed = false;
        const got: string[] = [];
        const write = (file: (typeof files)[number] | undefined, length = 0) => {
          if (!file) return;
          const text = `${++number}${'.'.repeat(length)}${number}`;
          appendFileSync(file.name, `${text}\n`);
          file.unread.push(text);
        };
        const take = (all: boolean) => {
          const text = all ? drain(follower) : (follower.read(0)?.toString() ?? '');
          for (const line of text.split('\n').slice(0, -1)) {
            got.push(line);
            // The next of a file, and once.
            const file = files.find(({ unread }) => unread[0] === line);
            if (!file)
              throw new Error(`${line.slice(0, 10)} was read instead of ${JSON.stringify(files).slice(0, 200)}`);
            file.unread.shift();
          }
          if (!all) return;
          if (files.some(({ unread }) => unread.length > 0)) throw new Error(`not read: ${JSON.stringify(files)}`);
          files = files.slice(-2);
          wasRenamed = false;
        };
        for (const step of steps) {
          const current = files.at(-1);
          if (step === 'append') write(current);
          else if (step === 'append-long') write(current, 40_000);
          else if (step === 'late') write(files.at(-2));
          else if (step === 'truncate') {
            truncateSync(path);
            if (current) current.unread = [];
          } else if (step === 'rename') {
            // A file that came and went while nobody looked is one that the follower never sees.
            if (wasRenamed) take(true);
            wasRenamed = true;
            const name = join(folder, `kern.log.${++number}`);
            renameSync(path, name);
            writeFileSync(path, '');
            files = [...files.map((file) => (file === current ? { ...file, name } : file)), { name: path, unread: [] }];
          } else take(step === 'drain');
        }
        take(true);
        if (got.includes('old')) throw new Error('an old line was read');
        follower.close();
      });
    }),
    { numRuns: process.env.SLOW ? 3000 : 150 },
  );
  t.pass();
});
