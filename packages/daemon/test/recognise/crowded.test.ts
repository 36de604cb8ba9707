// A source that goes on and on is tried less and less, but for knocks that stand apart: docs/decisions/0028.

import { encodeSequence } from '@eightknock/codec';
import test from 'ava';
import { APART_LEAST_MS, BURST_PAUSE_MS } from '#src/packet/stand-apart.js';
import { EncryptedDoor } from '#src/recognise/encrypted.js';
import { CROWDED_ORDERS_AT_ONCE, CROWDED_ORDERS_PER_SECOND } from '#src/recognise/knock-window.js';
import type { Trace } from '#src/recognise/recogniser.js';
import { knockOn } from '../knock.js';

const NOW_MS = 1_800_000_000_000;
const SECRET = new Uint8Array(32).fill(7);
const SOURCE = '198.51.100.7';
const JUNK_PAUSE_MS = 50;
const CLIENT = {
  name: 'alice',
  secret: SECRET,
  trustSource: true,
  openForOther: false,
  ports: [{ protocol: 'tcp' as const, port: 22 }],
};

function portsAt(ms: number, nonce = 3): readonly number[] {
  const key = { secret: SECRET, serverId: 'gw' };
  return encodeSequence(key, { address: SOURCE, port: 22, time: 5 }, (NOW_MS + ms) / 1000, nonce).ports;
}

/** A door and a clock of its own, from which everything that is knocked comes at its time. */
function setup() {
  const door = new EncryptedDoor({ serverId: 'gw', basePort: 745, sequenceTimeoutMs: 10_000, clients: [CLIENT] });
  let ms = 0;
  /** Knocks, a pause before each. @returns how many requests they were */
  const knock = (ports: readonly number[], pausesMs: (i: number) => number, trace?: Trace) => {
    let requests = 0;
    for (const [i, port] of ports.entries()) {
      ms += pausesMs(i);
      const found = door.recognise(knockOn(port, { timeMs: NOW_MS + ms }), NOW_MS + ms, trace);
      if (found?.kind === 'request') requests++;
    }
    return requests;
  };
  /** Steady junk. @returns blocks decrypted for it */
  const junk = (seconds: number) => {
    const before = door.counts.decrypts;
    const ports = Array.from({ length: (seconds * 1000) / JUNK_PAUSE_MS }, (_, i) => 745 + ((i * 37) % 256));
    knock(ports, () => JUNK_PAUSE_MS);
    return door.counts.decrypts - before;
  };
  const sequence = (pauseMs: number, betweenMs: number, nonce = 3) =>
    knock(portsAt(ms, nonce), (i) => (i === 0 ? pauseMs : betweenMs));
  return { door, knock, junk, sequence, nowMs: () => ms };
}

test('minutes of steady junk from one source cost few tries', (t) => {
  const { door, junk } = setup();
  junk(20);
  const windows = 3;
  t.true(door.counts.decrypts <= windows * (CROWDED_ORDERS_AT_ONCE + 23 + 20 * CROWDED_ORDERS_PER_SECOND));
  t.true(junk(180) <= windows * 181 * CROWDED_ORDERS_PER_SECOND);
  t.true(door.counts.ordersRefused > 3000);
});

const rows: readonly [title: string, pauseMs: number, betweenMs: number, opens: boolean][] = [
  ['as a client knocks, after a second', 1000, 2, true],
  ['as a client knocks, between junk', JUNK_PAUSE_MS, 2, true],
  ['at once, after the least pause', APART_LEAST_MS, 0, true],
  ['at once, after less', APART_LEAST_MS - 1, 0, false],
  ['in the pace of the junk', JUNK_PAUSE_MS, JUNK_PAUSE_MS, false],
  ['after twice the pause between them', 40, 20, true],
  ['after nearly twice that', 39, 20, false],
  ['as --wait repeats them', 500, 20, true],
  ['after a clock went back a little', -100, 2, false],
  ['after a clock went back a lot', -BURST_PAUSE_MS - 1, 2, true],
];
for (const [title, pauseMs, betweenMs, opens] of rows) {
  test(`a sequence from that same source ${title}: ${opens ? 'opens' : 'is refused, and counted'}`, (t) => {
    const { door, junk, sequence } = setup();
    junk(60);
    const before = door.counts.ordersRefused;
    t.is(sequence(pauseMs, betweenMs), opens ? 1 : 0);
    if (!opens) t.true(door.counts.ordersRefused > before);
  });
}

test('within what it has for that, a source opens in whatever pace', (t) => {
  const { junk, sequence } = setup();
  junk(5);
  t.is(sequence(JUNK_PAUSE_MS, JUNK_PAUSE_MS), 1);
});

test('one longer pause between the knocks is enough to make them like the others', (t) => {
  const { knock, junk, nowMs } = setup();
  junk(60);
  t.is(
    knock(portsAt(nowMs()), (i) => (i === 0 ? 50 : i === 4 ? 26 : 2)),
    0,
  );
  t.is(
    knock(portsAt(nowMs()), (i) => (i === 0 ? 50 : i === 4 ? 25 : 2)),
    1,
  );
});

test('two requests right one after the other are two', (t) => {
  const { junk, sequence } = setup();
  junk(60);
  t.is(sequence(100, 2, 1), 1);
  t.is(sequence(2, 2, 2), 1);
});

test('the repetition of a sequence of which a knock was lost opens', (t) => {
  const { knock, junk, sequence, nowMs } = setup();
  junk(60);
  t.is(
    knock(portsAt(nowMs(), 1).slice(1), (i) => (i === 0 ? 100 : 2)),
    0,
  );
  t.is(sequence(500, 20, 2), 1);
});

test('after a long pause it is tolerated as ever, a foreign knock among the nine too', (t) => {
  for (const arrange of [
    (ports: readonly number[]) => [ports[1]!, ports[0]!, ...ports.slice(2)],
    (ports: readonly number[]) => [ports[0]!, 745 + ((ports[0]! - 744) % 256), ...ports.slice(1)],
  ]) {
    const { knock, junk, nowMs } = setup();
    junk(60);
    t.is(
      knock(arrange(portsAt(nowMs())), (i) => (i === 0 ? BURST_PAUSE_MS + 1 : 2)),
      1,
    );
  }
});

test('the trace says why knocks were not tried', (t) => {
  const { knock, junk } = setup();
  junk(60);
  const told: unknown[] = [];
  knock(
    [745],
    () => JUNK_PAUSE_MS,
    (stage, fields) => told.push([stage, fields]),
  );
  t.deepEqual(told, [['budget', { of: 'this source without a pause before the knocks' }]]);
});
