// A clock that is off is told from a wrong key, later and between packets.

import { encodeSequence, type KnockRequest, SEARCH_WINDOWS } from '@eightknock/codec';
import test from 'ava';
import { describeOutcome } from '#src/describe-outcome.js';
import {
  MAX_DOUBLINGS,
  MAX_WAITING,
  SEARCH_KEYS_PER_SLICE,
  SEARCH_PAUSE_MS,
  SETTLE_MS,
} from '#src/recognise/clock-search.js';
import { EncryptedDoor } from '#src/recognise/encrypted.js';
import type { Unrecognised } from '#src/recognise/recogniser.js';
import { knockOn } from '../knock.js';

const NOW_MS = 1_800_000_000_000 + 10_000;
const SOURCE = '198.51.100.7';
const SECRET = new Uint8Array(32).fill(7);
const NOISE = [745, 746, 747, 748, 749, 750, 751, 752];
const ALICE = { name: 'alice', secret: SECRET, trustSource: true, openForOther: false, ports: [] };

function setup(clients: object[] = []) {
  const timers: { delayMs: number; callback: () => void }[] = [];
  const late: Unrecognised[] = [];
  const settings = {
    serverId: 'gw',
    basePort: 745,
    sequenceTimeoutMs: 10_000,
    clients: [ALICE, ...clients.map((client) => ({ ...ALICE, ...client }))],
  };
  const door = new EncryptedDoor({
    ...settings,
    later(delayMs, callback) {
      const timer = { delayMs, callback };
      timers.push(timer);
      return () => {
        if (timers.includes(timer)) timers.splice(timers.indexOf(timer), 1);
      };
    },
    onLate: (unrecognised) => late.push(unrecognised),
  });
  const delays: number[] = [];
  const tick = () => {
    const timer = timers.shift();
    if (timer) delays.push(timer.delayMs);
    timer?.callback();
  };
  const settle = () => {
    for (let i = 0; i < 1000 && timers.length > 0; i++) tick();
  };
  return { door, late, settings, timers, delays, tick, settle };
}

function ports(offsetSeconds = 0, request: Partial<KnockRequest> = {}, secret = SECRET): readonly number[] {
  const asked = { address: SOURCE, port: 22, time: 5, ...request };
  return encodeSequence({ secret, serverId: 'gw' }, asked, NOW_MS / 1000 + offsetSeconds, 3).ports;
}

function knockAll(door: EncryptedDoor, all: readonly number[], sourceAddress = SOURCE, gapMs = 0) {
  return all.map((port, i) => door.recognise(knockOn(port, { sourceAddress, timeMs: i * gapMs }), NOW_MS));
}
const NOTHING = Array(8).fill(undefined);
const noKeyFits = { sourceAddress: SOURCE, rejection: { ok: false, reason: 'no-key-fits' } };

for (const [offset, least, most] of [
  [-75, -100, -70],
  [-600, -610, -580],
  [60, 50, 80],
  [600, 590, 620],
] as const) {
  test(`a clock ${offset} s off is told with its client and the difference`, (t) => {
    const { door, late, settle } = setup();
    t.deepEqual(knockAll(door, ports(offset)), NOTHING);
    t.deepEqual(late, []);
    settle();
    const rejection = { ok: false, reason: 'clock-off', client: 'alice', port: 22, clockSeconds: { least, most } };
    t.deepEqual(late, [{ sourceAddress: SOURCE, rejection }]);
    t.true(least <= offset && offset <= most);
  });
}

test('the difference is that of the first knock', (t) => {
  const { door, late, settle } = setup();
  knockAll(door, ports(60), SOURCE, 1000);
  settle();
  t.like(late[0]?.rejection, { clockSeconds: { least: 57, most: 87 } });
});

test('further off, or noise: no key fits, once, when the search has ended', (t) => {
  for (const all of [ports(30 * (SEARCH_WINDOWS + 1)), NOISE]) {
    const { door, late, settle } = setup();
    t.deepEqual(knockAll(door, all), NOTHING);
    settle();
    t.deepEqual(late, [noKeyFits]);
  }
});

test('only the address proves whose clock it is', (t) => {
  const { door, late, settle } = setup([{ name: 'bob', secret: new Uint8Array(32).fill(8), openForOther: true }]);
  knockAll(door, ports(75, { address: '203.0.113.9' }));
  knockAll(door, ports(75, { address: '203.0.113.9' }, new Uint8Array(32).fill(8)), '198.51.100.8');
  settle();
  t.deepEqual(
    late.map(({ rejection }) => rejection.reason),
    ['no-key-fits', 'no-key-fits'],
  );
});

test('noise before the sequence does not hide it', (t) => {
  const { door, late, settle } = setup();
  knockAll(door, [...NOISE.slice(0, 3), ...ports(75)]);
  settle();
  t.like(late, { length: 1, 0: { rejection: { reason: 'clock-off' } } });
});

test('a search goes on in slices, and the queue is empty after it', (t) => {
  const { door, late, delays, timers, settle } = setup(
    Array.from({ length: 9 }, (_, i) => ({ name: `c${i}`, secret: new Uint8Array(32).fill(100 + i) })),
  );
  knockAll(door, NOISE);
  settle();
  const slices = Math.ceil((10 * 2 * (SEARCH_WINDOWS - 1)) / SEARCH_KEYS_PER_SLICE);
  t.deepEqual(delays, [SETTLE_MS, ...Array(slices - 1).fill(SEARCH_PAUSE_MS)]);
  t.is(late.length, 1);
  t.is(timers.length, 0);
  t.deepEqual(knockAll(door, NOISE), NOTHING);
  settle();
  t.is(late.length, 2);
});

test('eight sources wait, those that come then are told at once, and counted', (t) => {
  const { door, late, settle } = setup();
  const last = Array.from({ length: MAX_WAITING + 3 }, (_, i) => knockAll(door, NOISE, `192.0.2.${i + 1}`).at(-1));
  t.is(last.filter((one) => one === undefined).length, MAX_WAITING);
  t.is(last.at(-1)?.kind, 'unrecognised');
  t.is(door.counts.searchesRefused, 3);
  settle();
  t.is(late.length, MAX_WAITING);
});

test('while a search goes on others wait for the next one', (t) => {
  const { door, late, tick, settle } = setup();
  knockAll(door, NOISE);
  tick();
  knockAll(door, ports(75), '198.51.100.9');
  knockAll(door, ports(75, { address: '198.51.100.10' }), '198.51.100.10');
  settle();
  t.deepEqual(
    late.map(({ sourceAddress, rejection }) => `${sourceAddress} ${rejection.reason}`),
    [`${SOURCE} no-key-fits`, '198.51.100.10 clock-off', '198.51.100.9 no-key-fits'],
  );
});

test('a source that scans waits once at a time', (t) => {
  const { door, late, settle } = setup();
  for (let i = 0; i < 256; i++) t.is(door.recognise(knockOn(745 + i), NOW_MS), undefined);
  settle();
  t.deepEqual(late, [noKeyFits]);
});

for (const ticks of [0, 1, 2]) {
  test(`a sequence that is recognised after all, ${ticks} slices later: nothing more is told`, (t) => {
    const { door, late, tick, settle } = setup();
    const sent = ports();
    // the eighth of these is the seventh that was sent
    knockAll(door, [990, ...sent.slice(0, 7)]);
    for (let i = 0; i < ticks; i++) tick();
    t.is(knockAll(door, sent.slice(7)).at(-1)?.kind, 'request');
    settle();
    t.deepEqual(late, []);
  });
}

test('of sources that are searched for together, the one that is recognised meanwhile is not told of', (t) => {
  const { door, late, tick, settle } = setup([{ name: 'carol', secret: new Uint8Array(32).fill(9) }]);
  knockAll(door, ports(600));
  knockAll(door, NOISE, '198.51.100.8');
  tick();
  t.is(knockAll(door, ports()).at(-1)?.kind, 'request');
  settle();
  t.deepEqual(late, [{ ...noKeyFits, sourceAddress: '198.51.100.8' }]);
});

test('reconfigured, a search that goes on names no removed client, and knows a new one', (t) => {
  const { door, late, settings, tick, settle } = setup([{ name: 'carol', secret: new Uint8Array(32).fill(9) }]);
  knockAll(door, ports(600));
  tick();
  door.reconfigure({ ...settings, clients: [{ ...ALICE, name: 'bob' }] });
  settle();
  t.like(late, { length: 1, 0: { rejection: { client: 'bob' } } });
});

test('with another base port, or stopped, nothing more is told', (t) => {
  const moved = setup();
  knockAll(moved.door, ports(75));
  moved.door.reconfigure({ ...moved.settings, basePort: 2000 });
  moved.settle();
  t.deepEqual(moved.late, []);
  const stopped = setup();
  knockAll(stopped.door, NOISE);
  stopped.tick();
  stopped.door.stop();
  stopped.settle();
  t.deepEqual(stopped.late, []);
});

test('the trace hears how a search ends', (t) => {
  const { door, settle } = setup();
  const told: string[] = [];
  const tell = (stage: string, fields: object) => void told.push(`${stage} ${JSON.stringify(fields)}`);
  for (const port of ports(60)) door.recognise(knockOn(port), NOW_MS, tell);
  settle();
  t.is(
    told.at(-1),
    'clock-search {"reason":"clock-off","client":"alice","port":22,"clockSeconds":{"least":50,"most":80}}',
  );
});

for (const [least, most, words] of [
  [-91, -61, "61 to 91 seconds behind the server's"],
  [61, 91, "61 to 91 seconds ahead of the server's"],
  [-25, 5, "0 to 25 seconds behind the server's"],
] as const) {
  test(`the log says: ${words}`, (t) => {
    const clockSeconds = { least, most };
    const rejection = { ok: false, reason: 'clock-off', client: 'alice', port: 22, clockSeconds } as const;
    const line = describeOutcome({ kind: 'unrecognised', unrecognised: { sourceAddress: SOURCE, rejection } });
    t.is(
      line.message,
      `rejected a sequence from ${SOURCE}, which looks like client "alice": its clock is off, ${words}: let both follow NTP`,
    );
    t.like(line.fields, { reason: 'clock-off', client: 'alice', clockSeconds });
  });
}

/** Noise, and searches that are run to their end one by one. */
function flooded() {
  const parts = setup([{ name: 'bob', secret: new Uint8Array(32).fill(8) }]);
  const { door, tick, delays, late } = parts;
  let sources = 0;
  const noise = () => knockAll(door, NOISE, `10.0.0.${++sources}`);
  /** Runs one search to its end, and has another source wait meanwhile if it is said so. @returns its pauses, each once */
  const search = (isFlood: boolean): number[] => {
    tick();
    if (isFlood) noise();
    const [before, told] = [delays.length, late.length];
    while (late.length === told || parts.timers[0]?.delayMs !== (isFlood ? SETTLE_MS : undefined)) tick();
    return [...new Set(delays.slice(before))];
  };
  return { ...parts, noise, search };
}

test('in a flood the search slows down, and is as quick as before when nobody waits', (t) => {
  const { noise, search } = flooded();
  noise();
  for (let inVain = 0; inVain <= MAX_DOUBLINGS + 1; inVain++) {
    t.deepEqual(search(true), [SEARCH_PAUSE_MS * 2 ** Math.min(inVain, MAX_DOUBLINGS)]);
  }
  search(false);
  noise();
  t.deepEqual(search(false), [SEARCH_PAUSE_MS]);
});

test('… also when the flood comes in bursts, with nobody waiting when a search ends', (t) => {
  const { noise, search } = flooded();
  const burst = () => {
    for (let i = 0; i <= MAX_WAITING; i++) noise();
  };
  for (let inVain = 0; inVain < MAX_DOUBLINGS; inVain++) {
    burst();
    t.deepEqual(search(false), [SEARCH_PAUSE_MS * 2 ** inVain]);
  }
  noise();
  search(false);
  noise();
  t.deepEqual(search(false), [SEARCH_PAUSE_MS], 'and is over');
});

test('… and when it has found something', (t) => {
  const { door, noise, search, late } = flooded();
  noise();
  t.deepEqual(search(true), [SEARCH_PAUSE_MS]);
  knockAll(door, ports(75));
  t.deepEqual(search(true), [2 * SEARCH_PAUSE_MS]);
  t.true(late.some(({ rejection }) => rejection.reason === 'clock-off'));
  t.deepEqual(search(true), [SEARCH_PAUSE_MS]);
});
