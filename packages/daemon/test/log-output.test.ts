import test from 'ava';
import { LogOutput, MAX_WAITING_BYTES } from '#src/log-output.js';

/** A descriptor with so much room, and timers that are called by hand. */
function world() {
  const timers: (() => void)[] = [];
  const lost: number[] = [];
  let text = '';
  let room = Number.POSITIVE_INFINITY;
  let failure: string | undefined;
  const output = new LogOutput({
    isReady: () => room > 0 || failure !== undefined,
    write: (bytes) => {
      if (failure !== undefined) throw Object.assign(new Error(failure), { code: failure });
      const taken = Buffer.from(bytes.subarray(0, room)).toString('latin1');
      text += taken;
      room -= taken.length;
      return taken.length;
    },
    later: (_, callback) => {
      timers.push(callback);
      return () => {};
    },
    onLost: (lines) => {
      lost.push(lines);
      output.write(`lost ${lines}\n`);
    },
  });
  return {
    output,
    lost,
    timers,
    text: () => text,
    setRoom: (bytes: number) => {
      room = bytes;
    },
    fail: (code: string | undefined) => {
      failure = code;
    },
    pass: () => {
      for (const timer of timers.splice(0)) timer();
    },
  };
}

test('lines are written at once', (t) => {
  const { output, text, timers } = world();
  for (const line of ['one\n', 'two\n', `${'x'.repeat(10_000)}\n`]) output.write(line);
  t.is(text(), `one\ntwo\n${'x'.repeat(10_000)}\n`);
  t.is(timers.length, 0);
});

test('a reader that stands still: lines wait, in order, and none is cut', (t) => {
  const { output, text, timers, setRoom, pass, lost } = world();
  setRoom(6);
  for (const line of ['one\n', 'two\n', 'three\n']) output.write(line);
  t.is(text(), 'one\ntw');
  t.is(timers.length, 1, 'one timer, however many wait');
  pass();
  t.is(text(), 'one\ntw');
  setRoom(3);
  pass();
  t.is(text(), 'one\ntwo\nt');
  setRoom(100);
  output.write('four\n');
  t.is(text(), 'one\ntwo\nt', 'after those that wait');
  pass();
  t.is(text(), 'one\ntwo\nthree\nfour\n');
  t.deepEqual(lost, []);
  t.is(timers.length, 0);
});

test('what is too much is counted, and told when there is room', (t) => {
  const { output, text, setRoom, pass, lost } = world();
  setRoom(0);
  const line = `${'x'.repeat(1023)}\n`;
  const fitting = MAX_WAITING_BYTES / line.length;
  for (let i = 0; i < fitting + 5; i++) output.write(line);
  t.deepEqual(lost, []);
  setRoom(Number.POSITIVE_INFINITY);
  pass();
  t.deepEqual(lost, [5]);
  t.is(text(), `${line.repeat(fitting)}lost 5\n`);
  output.write('on\n');
  t.deepEqual(lost, [5], 'once');
});

for (const code of ['ENOSPC', 'EPIPE', 'EIO']) {
  test(`a line that cannot be written is lost, and told when one can: ${code}`, (t) => {
    const { output, text, fail, lost, timers } = world();
    fail(code);
    for (let i = 0; i < 3; i++) output.write('one\n');
    t.deepEqual(lost, []);
    t.is(timers.length, 0, 'nobody waits for better times');
    fail(undefined);
    output.write('two\n');
    t.is(text(), 'two\nlost 3\n');
  });
}

test('a descriptor that says it is ready and is not', (t) => {
  const { output, text, fail, pass, timers } = world();
  fail('EAGAIN');
  output.write('one\n');
  t.is(timers.length, 1);
  fail(undefined);
  pass();
  t.is(text(), 'one\n');
});
