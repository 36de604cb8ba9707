// The feed of the journal with a program in the place of journalctl; the real one is in test/e2e/sources.test.ts.

import { PassThrough } from 'node:stream';
import test from 'ava';
import { JournalFeed } from '#src/capture/journal-feed.js';
import { groupId } from '#src/capture/journalctl.js';
import { spawnJournalctl } from '#src/capture/spawn.js';

function fakeProgram() {
  const program = {
    output: new PassThrough(),
    exit: (_how: string) => {},
    isKilled: false,
    onExit: (listener: (how: string) => void) => {
      program.exit = listener;
    },
    kill: () => {
      program.isKilled = true;
    },
  };
  return program;
}

test('what it prints goes to the reader, its end is told, and it ends with the reader', async (t) => {
  const program = fakeProgram();
  const feed = new JournalFeed(
    () => program,
    () => true,
  );
  t.is(feed.problem(), undefined);
  const sink = new PassThrough();
  const ends: string[] = [];
  const stop = feed.attach(sink, (how) => ends.push(how));
  program.output.write('a line\n');
  await new Promise(setImmediate);
  t.is(String(sink.read()), 'a line\n');
  program.exit('exit code 1');
  t.deepEqual(ends, ['journalctl ended: exit code 1']);
  stop();
  t.true(program.isKilled);
});

test('where there is no journalctl, nothing is started', (t) => {
  const feed = new JournalFeed(
    () => t.fail() as never,
    () => false,
  );
  t.is(feed.problem(), 'journalctl is missing');
});

test('a program that cannot be started has ended', async (t) => {
  const how = await new Promise<string>((resolve) => spawnJournalctl('/nope').onExit(resolve));
  t.regex(how, /ENOENT/);
});

test('groups', (t) => {
  const groups = 'root:x:0:\nadm:x:4:syslog\nsystemd-journal:x:999:\nbroken:x:y:\n';
  t.is(groupId(groups, 'systemd-journal'), 999);
  t.is(groupId(groups, 'adm'), 4);
  t.is(groupId(groups, 'nope'), undefined);
  t.is(groupId(groups, 'broken'), undefined);
});
