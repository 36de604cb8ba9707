import test from 'ava';
import fc from 'fast-check';
import type { KnockEvent } from '#src/packet/knock-event.js';
import { REMEMBERED_KNOCKS } from '#src/packet/stand-apart.js';
import { KnockWindow } from '#src/recognise/knock-window.js';
import { knockOn } from '../knock.js';

const TIMEOUT = 10_000;
const PORTS = [750, 751, 752, 753, 754, 755, 756, 757];

/** What a knock adds, and the eight where there are eight. */
function added(window: KnockWindow, event: KnockEvent, timeoutMs: number): readonly number[] | string {
  const what = window.add(event, timeoutMs);
  return what === 'eight' ? window.eight : what;
}

test('eight knocks give their ports in order, seven give nothing', (t) => {
  const window = new KnockWindow('198.51.100.7');
  for (const port of PORTS.slice(0, 7)) t.is(added(window, knockOn(port), TIMEOUT), 'waiting');
  t.deepEqual(added(window, knockOn(757), TIMEOUT), PORTS);
});

test('the window slides: what came before does not matter', (t) => {
  const window = new KnockWindow('198.51.100.7');
  for (const port of [900, 901, 902, ...PORTS.slice(0, 7)]) added(window, knockOn(port), TIMEOUT);
  t.deepEqual(added(window, knockOn(757), TIMEOUT), PORTS);
});

test('a port that comes twice is two knocks', (t) => {
  const window = new KnockWindow('198.51.100.7');
  const ports = [750, 750, 750, 750, 750, 750, 750, 750];
  t.deepEqual(ports.map((port) => added(window, knockOn(port), TIMEOUT)).at(-1), ports);
});

const same = { sourcePort: 1, sequenceNumber: 9, destinationPort: 750 };
const differences: readonly [string, Parameters<typeof knockOn>[1], boolean][] = [
  ['nothing', {}, true],
  ['the time', { timeMs: 3000 }, true],
  ['the source port', { sourcePort: 2 }, false],
  ['the sequence number', { sequenceNumber: 10 }, false],
  ['the destination port', { destinationPort: 751 }, false],
  ['the protocol', { protocol: 'udp' }, false],
];
for (const [title, difference, isDuplicate] of differences) {
  test(`a packet that differs in ${title} is ${isDuplicate ? 'a duplicate' : 'a new knock'}`, (t) => {
    const window = new KnockWindow('198.51.100.7');
    added(window, knockOn(750, same), TIMEOUT);
    for (let i = 0; i < 6; i++) added(window, knockOn(800 + i), TIMEOUT);
    t.is(added(window, knockOn(750, { ...same, ...difference }), TIMEOUT) === 'duplicate', isDuplicate);
  });
}

test('a duplicate is noticed after the window was cleared, and sixteen knocks later no more', (t) => {
  const window = new KnockWindow('198.51.100.7');
  const first = knockOn(750);
  added(window, first, TIMEOUT);
  window.clear('alice');
  for (const port of PORTS.slice(0, 7)) added(window, knockOn(port), TIMEOUT);
  t.is(added(window, first, TIMEOUT), 'duplicate');
  for (let i = 0; i < 16; i++) added(window, knockOn(800 + i), TIMEOUT);
  t.not(added(window, first, TIMEOUT), 'duplicate');
});

test('eight knocks in more than the time are no sequence', (t) => {
  for (const [last, complete] of [
    [TIMEOUT, true],
    [TIMEOUT + 1, false],
    [-1, false],
  ] as const) {
    const window = new KnockWindow('198.51.100.7');
    for (const port of PORTS.slice(0, 7)) added(window, knockOn(port), TIMEOUT);
    t.is(added(window, knockOn(757, { timeMs: last }), TIMEOUT) !== 'too-slow', complete, `${last} ms`);
  }
});

test('a duplicate of the sixteenth knock before is noticed, of the seventeenth no more', (t) => {
  for (const [since, expected] of [
    [REMEMBERED_KNOCKS - 1, true],
    [REMEMBERED_KNOCKS, false],
  ] as const) {
    const window = new KnockWindow('198.51.100.7');
    const first = knockOn(750);
    added(window, first, TIMEOUT);
    for (let i = 0; i < since; i++) added(window, knockOn(800 + i), TIMEOUT);
    t.is(added(window, first, TIMEOUT) === 'duplicate', expected);
  }
});

test('a burst ends with a pause, with a clock that steps back, and with a sequence', (t) => {
  const window = new KnockWindow('198.51.100.7');
  const bursts = [0, 2000, 4001, 4000, 3000, 999].map((timeMs) => {
    added(window, knockOn(750, { timeMs }), TIMEOUT);
    return window.burst;
  });
  t.deepEqual(bursts, [1, 2, 1, 2, 3, 1]);
  window.clear('alice');
  added(window, knockOn(750, { timeMs: 1000 }), TIMEOUT);
  t.is(window.burst, 1);
});

test('nine knocks are given only when they came within the time', (t) => {
  for (const [lastMs, expected] of [
    [TIMEOUT, [...PORTS, 758]],
    [TIMEOUT + 1, undefined],
  ] as const) {
    const window = new KnockWindow('198.51.100.7');
    for (const port of PORTS) added(window, knockOn(port), TIMEOUT);
    t.is(window.nine(TIMEOUT), undefined);
    added(window, knockOn(758, { timeMs: lastMs }), TIMEOUT);
    t.deepEqual(window.nine(TIMEOUT), expected);
  }
});

test('it reports once for eight knocks', (t) => {
  const window = new KnockWindow('198.51.100.7');
  let reports = 0;
  for (let i = 0; i < 256; i++) {
    added(window, knockOn(745 + i), TIMEOUT);
    if (window.shouldReport()) reports++;
  }
  t.is(reports, 32);
});

test('it is the same as a slow model, duplicates and all', (t) => {
  const packet = fc.record({
    sourcePort: fc.integer({ min: 1, max: 3 }),
    sequenceNumber: fc.integer({ min: 1, max: 3 }),
    destinationPort: fc.integer({ min: 745, max: 747 }),
    timeMs: fc.integer({ min: 0, max: 2 * TIMEOUT }),
  });
  fc.assert(
    fc.property(fc.array(packet, { maxLength: 60, size: 'max' }), (packets) => {
      const window = new KnockWindow('198.51.100.7');
      const distinct: (typeof packets)[number][] = [];
      for (const p of packets) {
        const key = (q: typeof p) => `${q.sourcePort} ${q.sequenceNumber} ${q.destinationPort}`;
        const duplicate = distinct.slice(-16).some((q) => key(q) === key(p));
        if (!duplicate) distinct.push(p);
        const last = distinct.slice(-8);
        const span = p.timeMs - (last[0]?.timeMs ?? 0);
        const fits = span >= 0 && span <= TIMEOUT;
        const ports = last.map((q) => q.destinationPort);
        const expected = duplicate ? 'duplicate' : last.length < 8 ? 'waiting' : fits ? ports : 'too-slow';
        t.deepEqual(added(window, knockOn(0, p), TIMEOUT), expected);
      }
    }),
  );
});
