// Knocks that do not arrive as they were sent: docs/protocol.md, "Tolerance".

import { encodeSequence, type KnockRequest } from '@eightknock/codec';
import test from 'ava';
import { BURST_PAUSE_MS } from '#src/packet/stand-apart.js';
import { EncryptedDoor } from '#src/recognise/encrypted.js';
import { KnockWindow, ORDERS_AT_ONCE, ORDERS_PER_SECOND } from '#src/recognise/knock-window.js';
import type { Recognition } from '#src/recognise/recogniser.js';
import {
  BURST_KNOCKS,
  DECRYPTS_PER_SECOND,
  RESERVED_DECRYPTS_PER_SECOND,
  Tolerance,
} from '#src/recognise/tolerance.js';
import { knockOn } from '../knock.js';

const NOW_MS = 1_800_000_000_000;
const SOURCE = '198.51.100.7';
const SERVER_ID = 'gw';
const PORTS = [{ protocol: 'tcp' as const, port: 22 }];
const secretOf = (number: number) => new Uint8Array(32).fill(number);

function door(client: object = {}, strangers = 0): EncryptedDoor {
  const all = Array.from({ length: strangers + 1 }, (_, i) => {
    const base = { name: `client-${i}`, secret: secretOf(i + 1), trustSource: true, openForOther: false, ports: PORTS };
    return i === 0 ? { ...base, ...client } : base;
  });
  const made = new EncryptedDoor({ serverId: SERVER_ID, basePort: 745, sequenceTimeoutMs: 10_000, clients: all });
  made.deriveAhead(NOW_MS, 4 * all.length);
  return made;
}

function sequence(request: Partial<KnockRequest> = {}, nonce = 3) {
  const key = { secret: secretOf(1), serverId: SERVER_ID };
  return encodeSequence(key, { address: SOURCE, port: 22, time: 5, ...request }, NOW_MS / 1000, nonce);
}
const SENT = sequence().ports;
const FOREIGN = [745, 999].find((port) => !SENT.includes(port)) as number;

interface Way {
  readonly sourceAddress?: string;
  readonly nowMs?: number;
  readonly gapMs?: number;
}

function knockAll(on: EncryptedDoor, ports: readonly number[], way: Way = {}): Recognition[] {
  const { sourceAddress = SOURCE, nowMs = NOW_MS, gapMs = 1 } = way;
  return ports.map((port, i) =>
    on.recognise(knockOn(port, { sourceAddress, timeMs: nowMs - NOW_MS + i * gapMs }), nowMs),
  );
}
const requests = (all: readonly Recognition[]) => all.filter((one) => one?.kind === 'request');
const opens = (...args: Parameters<typeof knockAll>) => requests(knockAll(...args)).length === 1;

function swapped(ports: readonly number[], at: number): number[] {
  return [...ports.slice(0, at), ports[at + 1]!, ports[at]!, ...ports.slice(at + 2)];
}
const withForeign = (ports: readonly number[], at: number) => [...ports.slice(0, at), FOREIGN, ...ports.slice(at)];

test('the sequence of these tests has eight different ports', (t) => {
  t.is(new Set([...SENT, FOREIGN]).size, 9);
});

for (let at = 0; at < 7; at++) {
  test(`knocks ${at + 1} and ${at + 2} swapped are the same request as in order`, (t) => {
    const results = knockAll(door(), swapped(SENT, at));
    const [plain] = requests(knockAll(door(), SENT));
    t.deepEqual(results[7], plain);
    t.like(plain, { request: { cipher: sequence().cipher, window: sequence().window } });
  });
}

for (let at = 0; at <= 8; at++) {
  test(`a foreign knock after ${at} of eight does not matter`, (t) => {
    const [plain] = requests(knockAll(door(), SENT));
    t.deepEqual(requests(knockAll(door(), withForeign(SENT, at))), [plain]);
  });
}

const tooMuch: readonly [string, readonly number[]][] = [
  ['two pairs swapped', swapped(swapped(SENT, 0), 4)],
  ['a knock two places late', [0, 1, 3, 4, 2, 5, 6, 7].map((i) => SENT[i]!)],
  ['two foreign knocks next to each other', withForeign(withForeign(SENT, 4), 4)],
  ['two foreign knocks apart', withForeign(withForeign(SENT, 6), 2)],
  ['a pair swapped and a foreign knock', withForeign(swapped(SENT, 0), 5)],
  ['a knock that is missing', SENT.map((port, i) => (i === 3 ? FOREIGN : port))],
];
for (const [title, ports] of tooMuch) test(`${title}: nothing`, (t) => t.false(opens(door(), ports)));

const policies: readonly [string, object, Partial<KnockRequest>, boolean][] = [
  ['"source", where the client may say so', {}, { address: 'source' }, true],
  ['"source", where it may not', { trustSource: false }, { address: 'source' }, false],
  ['another address, where the client may open for it', { openForOther: true }, { address: '203.0.113.10' }, false],
  ['another address, where it may not', {}, { address: '203.0.113.10' }, false],
];
for (const [title, client, request, expected] of policies) {
  test(`${expected ? 'tolerated' : 'not tolerated'}: ${title}`, (t) => {
    const { ports } = sequence(request);
    t.is(new Set(ports).size, 8);
    for (let at = 0; at < 7; at++) {
      const found = knockAll(door(client), swapped(ports, at)).at(-1);
      t.is(found?.kind, expected ? 'request' : 'unrecognised');
      // what is nearly right is told of the plain order only
      if (found?.kind === 'unrecognised') t.is(found.unrecognised.rejection.reason, 'no-key-fits');
      t.is(opens(door(client), withForeign(ports, at + 1)), expected);
    }
  });
}

test('over IPv6, too', (t) => {
  const sourceAddress = '2001:db8::7';
  const { ports } = sequence({ address: sourceAddress });
  t.true(opens(door(), swapped(ports, 3), { sourceAddress }));
  t.true(opens(door(), withForeign(ports, 3), { sourceAddress }));
});

test('what trails a recognised sequence neither opens again nor is told', (t) => {
  for (const arrived of [SENT, swapped(SENT, 2), withForeign(SENT, 5)]) {
    const d = door();
    const events = arrived.map((port) => knockOn(port));
    const once = events.map((event) => d.recognise(event, NOW_MS));
    t.is(requests(once).length, 1);
    const again = [...events, ...[...events].reverse()].map((event) => d.recognise(event, NOW_MS));
    t.deepEqual(again, Array(again.length).fill(undefined));
    t.true(opens(d, sequence({}, 4).ports), 'the next sequence');
  }
});

test('duplicates between the knocks do not matter to either fault', (t) => {
  for (const arrived of [swapped(SENT, 2), withForeign(SENT, 5)]) {
    const d = door();
    const events = arrived.map((port) => knockOn(port));
    const results = events.flatMap((event, i) => [event, events[i >> 1]!].map((one) => d.recognise(one, NOW_MS)));
    t.is(requests(results).length, 1);
  }
});

test('the noise that may come before, without a pause, has a bound', (t) => {
  const noise = Array.from({ length: BURST_KNOCKS }, (_, i) => 745 + i);
  t.true(opens(door(), [...noise.slice(0, BURST_KNOCKS - 8), ...swapped(SENT, 1)]));
  t.false(opens(door(), [...noise.slice(0, BURST_KNOCKS - 7), ...swapped(SENT, 1)]));
  t.true(opens(door(), [...noise.slice(0, BURST_KNOCKS - 7), ...SENT]), 'the plain order has none');
});

test('after a pause a source has its tries again, and what it knocked before costs none', (t) => {
  const d = door();
  knockAll(
    d,
    [...Array(BURST_KNOCKS).keys()].map((i) => 745 + i),
  );
  const before = d.counts.decrypts;
  const nowMs = NOW_MS + BURST_PAUSE_MS + BURST_KNOCKS;
  t.true(opens(d, swapped(SENT, 1), { nowMs }));
  // eight plain orders, and up to the second of seven swaps with up to three windows
  t.true(d.counts.decrypts - before <= 3 * 8 + 3 * 7, `${d.counts.decrypts - before}`);
});

test('a sequence knocked slower than a burst is not tolerated, the plain order is', (t) => {
  const gapMs = 1400;
  t.true(opens(door(), SENT, { gapMs }));
  t.true(opens(door(), swapped(SENT, 1), { gapMs }));
  const late = (ports: readonly number[]) => {
    const d = door();
    knockAll(d, ports.slice(0, 4));
    return requests(knockAll(d, ports.slice(4), { nowMs: NOW_MS + BURST_PAUSE_MS + 4 })).length;
  };
  t.is(late(SENT), 1);
  t.is(late(swapped(SENT, 1)), 0);
});

test('nine knocks in more than the time are not tried', (t) => {
  t.false(opens(door(), withForeign(SENT, 4), { gapMs: 1300 }));
  t.true(opens(door(), withForeign(SENT, 4), { gapMs: 1200 }));
});

test('one source that goes on and on costs no more than its share', (t) => {
  const d = door();
  // With a pause before each eight, so that they may be a client's.
  const spend = (i: number) => d.recognise(knockOn(745 + ((i * 37) % 256), { timeMs: 1000 * (i >> 3) }), NOW_MS);
  for (let i = 0; i < 5000; i++) spend(i);
  t.is(d.counts.decrypts, 3 * ORDERS_AT_ONCE);
  t.true(d.counts.ordersRefused > 4000);
  t.false(opens(d, SENT), 'not even the plain order');
  const nowMs = NOW_MS + 1000;
  t.true(opens(d, SENT, { nowMs }), `${ORDERS_PER_SECOND} come back each second`);
});

/** Eight knocks of noise from each of many sources. */
function flood(d: EncryptedDoor, sources: number): void {
  for (let i = 0; i < sources; i++) {
    const sourceAddress = `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`;
    knockAll(d, [750, 751, 752, 753, 754, 755, 756, 757 + (i % 200)], { sourceAddress });
  }
}
const STRANGERS = 99;
const COST = 7 * 3 * (STRANGERS + 1);

test('many sources share a budget; the plain order goes on, and a second later the others', (t) => {
  const d = door({}, STRANGERS);
  const tries = Math.floor(DECRYPTS_PER_SECOND / COST);
  flood(d, 2 * tries);
  t.is(d.counts.triesRefused, tries);
  const plain = 2 * tries * 3 * (STRANGERS + 1);
  t.is(d.counts.decrypts, plain + tries * COST);
  t.false(opens(d, swapped(SENT, 1)));
  t.true(opens(d, SENT, { nowMs: NOW_MS + 5 }));
  t.true(opens(d, swapped(sequence({}, 9).ports, 1), { nowMs: NOW_MS + 3000 }));
});

test('who was recognised before has tries that a flood of strangers cannot use up', (t) => {
  const d = door({}, STRANGERS);
  t.true(opens(d, SENT));
  flood(d, 2 * Math.floor(DECRYPTS_PER_SECOND / COST));
  t.true(opens(d, swapped(sequence({}, 9).ports, 1)));
  t.true(RESERVED_DECRYPTS_PER_SECOND >= COST);
});

test('with so many clients that one try costs more than the budget there still is one, each second', (t) => {
  let tried = 0;
  const decoder = { decryptsPerArrangement: 10 * DECRYPTS_PER_SECOND, decodeProven: () => void tried++ };
  const tolerance = new Tolerance();
  const attempt = (nowMs: number) => {
    const window = new KnockWindow(SOURCE);
    for (const port of SENT) window.add(knockOn(port), 10_000);
    tolerance.try({ window, eight: SENT, timeoutMs: 10_000 }, decoder, nowMs);
  };
  for (let ms = 0; ms < 3000; ms += 100) attempt(NOW_MS + ms);
  t.is(tried, 3);
});
