// The feed of a log file with a file, timers and a reader that the test drives.

import { Writable } from 'node:stream';
import test from 'ava';
import { FileFeed, LOOK_MS, MISSING_MS } from '#src/capture/file-feed.js';
import type { FileProblem, FollowedFile } from '#src/capture/file-follower.js';
import { FakeTimers } from '../control/fake-timers.js';

class World {
  readonly timers = new FakeTimers();
  text: string | undefined = '';
  nowMs = 0;
  taken = '';
  open = 0;
  /** Called when the reader has taken what it was given. */
  release: (() => void) | undefined;
  isSlow = false;
  readonly sink = new Writable({
    highWaterMark: 1,
    write: (chunk: Buffer, _encoding, done) => {
      this.taken += chunk.toString();
      if (this.isSlow) this.release = done;
      else done();
    },
  });
  readonly feed: FileFeed;

  constructor(text: string | undefined) {
    this.text = text;
    this.feed = new FileFeed('/x', { open: () => this.#open(), after: this.timers.after, nowMs: () => this.nowMs });
  }

  #open(): FollowedFile | FileProblem {
    if (this.text === undefined) return { problem: 'is missing' };
    this.open++;
    return {
      identity: '1',
      size: () => this.text?.length ?? 0,
      read: (into, position) => into.write((this.text ?? '').slice(position), 'latin1'),
      close: () => this.open--,
    };
  }

  async write(text: string): Promise<void> {
    this.text += text;
    this.timers.fire(LOOK_MS);
    await new Promise(setImmediate);
  }
}

test('what is written goes to the reader; what is written while there is none waits', async (t) => {
  const world = new World('old\n');
  world.text += 'before\n';
  const detach = world.feed.attach(world.sink);
  await world.write('one\n');
  t.is(world.taken, 'before\n');
  world.timers.fire(0);
  await new Promise(setImmediate);
  t.is(world.taken, 'before\none\n');
  detach();
  await world.write('two\n');
  t.is(world.taken, 'before\none\n');
  t.is(world.timers.count(LOOK_MS) + world.timers.count(0), 0);
  world.feed.attach(world.sink);
  await new Promise(setImmediate);
  t.is(world.taken, 'before\none\ntwo\n');
  world.feed.close();
  t.is(world.open, 0, 'nothing is left open');
});

test('a reader that does not keep up is waited for', async (t) => {
  const world = new World('');
  world.isSlow = true;
  world.feed.attach(world.sink);
  await world.write('one\n');
  t.is(world.taken, 'one\n');
  world.text += 'two\n';
  t.is(world.timers.count(LOOK_MS) + world.timers.count(0), 0, 'no timer reads on');
  world.release?.();
  await new Promise(setImmediate);
  t.is(world.taken, 'one\ntwo\n');
});

test('missing at the start is told at once; a short absence later is not', (t) => {
  const world = new World(undefined);
  t.is(world.feed.problem(), 'the file is missing');
  world.text = '';
  t.is(world.feed.problem(), undefined);
  world.text = undefined;
  world.nowMs = MISSING_MS - 1;
  t.is(world.feed.problem(), undefined);
  world.nowMs = MISSING_MS;
  t.is(world.feed.problem(), 'the file is missing');
  world.text = '';
  t.is(world.feed.problem(), undefined);
});
