import test from 'ava';
import { BEAT_MS, Heartbeat } from '#src/capture/heartbeat.js';

function setUp() {
  const said: string[] = [];
  const shed: { passing?: number; blocked?: number } = {};
  const heartbeat = new Heartbeat(
    (status) => said.push(JSON.stringify(status)),
    () => shed,
  );
  return { said, shed, heartbeat };
}

test('packets alone make it beat, once a second however many they are', (t) => {
  const { said, heartbeat } = setUp();
  for (let nowMs = 5000; nowMs < 5000 + 3 * BEAT_MS; nowMs += 0.5) heartbeat.passTime(nowMs);
  t.is(said.length, 3);
});

test('what was dropped is said once, and how load is shed', (t) => {
  const { said, shed, heartbeat } = setUp();
  heartbeat.drop('short');
  heartbeat.drop('short');
  heartbeat.drop('fragment');
  heartbeat.drop('kernel', 7);
  heartbeat.passTime(5000);
  Object.assign(shed, { passing: 0.5, blocked: 1 });
  heartbeat.passTime(5000 + BEAT_MS);
  t.deepEqual(said, [
    '{"state":"alive","dropped":{"short":2,"fragment":1,"kernel":7}}',
    '{"state":"alive","dropped":{},"passing":0.5,"blocked":1}',
  ]);
});

test('a clock that is set back does not silence it', (t) => {
  const { said, heartbeat } = setUp();
  heartbeat.passTime(3_600_000);
  heartbeat.passTime(0);
  heartbeat.passTime(BEAT_MS);
  t.is(said.length, 3);
});
