import test from 'ava';
import { BEAT_MS, Heartbeat } from '#src/capture/heartbeat.js';

function setUp() {
  const said: string[] = [];
  const kernel = [0];
  const heartbeat = new Heartbeat(
    (status) => said.push(JSON.stringify(status)),
    () => kernel.pop() ?? 0,
  );
  return { said, kernel, heartbeat };
}

test('packets alone make it beat, once a second however many they are', (t) => {
  const { said, heartbeat } = setUp();
  for (let nowMs = 5000; nowMs < 5000 + 3 * BEAT_MS; nowMs += 0.5) heartbeat.passTime(nowMs);
  t.is(said.length, 3);
});

test('what was dropped is said once', (t) => {
  const { said, kernel, heartbeat } = setUp();
  heartbeat.drop('short');
  heartbeat.drop('short');
  heartbeat.drop('fragment');
  kernel.push(7);
  heartbeat.passTime(5000);
  heartbeat.passTime(5000 + BEAT_MS);
  t.deepEqual(said, [
    '{"state":"alive","dropped":{"short":2,"fragment":1,"kernel":7}}',
    '{"state":"alive","dropped":{}}',
  ]);
});

test('a clock that is set back does not silence it', (t) => {
  const { said, heartbeat } = setUp();
  heartbeat.passTime(3_600_000);
  heartbeat.passTime(0);
  heartbeat.passTime(BEAT_MS);
  t.is(said.length, 3);
});
