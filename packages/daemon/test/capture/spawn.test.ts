import test from 'ava';
import { KNOWN_RECORD_BYTES, knownRecord } from '#src/capture/known-sources.js';
import { MAX_KNOWN } from '#src/capture/shed-filter.js';
import { MAX_UNREAD_BYTES, spawnCapture } from '#src/capture/spawn.js';
import { onlyEightKnocks } from '../only-eight-knocks.ts';
import { fakeChildren } from './fake-children.js';

const children = fakeChildren(true);

test('what a capture process does not read does not pile up in the daemon', (t) => {
  const capture = spawnCapture({ device: 'any', wanted: onlyEightKnocks(745), gated: true });
  const record = knownRecord(Uint8Array.of(192, 0, 2, 1));
  for (let told = 0; told < 100_000; told++) capture.tellKnown(record);
  const waiting = children[0]?.stdin.writableLength ?? 0;
  t.true(waiting < MAX_UNREAD_BYTES + KNOWN_RECORD_BYTES, `${waiting} bytes`);
  t.true(waiting > 10 * MAX_KNOWN * KNOWN_RECORD_BYTES, 'but all known sources have room, many times');
});
