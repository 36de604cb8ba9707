// The door of a sequence, beside a model that looks at all knocks at once: what came, without repetitions, is searched for the
// sequence in the plainest way.

import test from 'ava';
import fc from 'fast-check';
import type { SequenceKind } from '#src/config/door-config.js';
import type { KnockEvent } from '#src/packet/knock-event.js';
import { SequenceDoor } from '#src/recognise/sequence.js';
import { startMatch } from '#src/recognise/sequence-match.js';
import { knockOn } from '../knock.js';

const KIND: SequenceKind = {
  kind: 'sequence',
  knocks: [
    { protocol: 'tcp', port: 7000 },
    { protocol: 'udp', port: 8000 },
    { protocol: 'tcp', port: 9000 },
  ],
  order: 'strict',
  source: 'same',
  timeoutMs: 10_000,
  tcpFlags: { mask: 0x12, value: 2 },
};

function door(changes: Partial<SequenceKind> = {}, maxSources?: number): SequenceDoor {
  return new SequenceDoor('ssh', { ...KIND, ...changes }, maxSources);
}

function udp(port: number, overrides: Partial<KnockEvent> = {}): KnockEvent {
  return knockOn(port, { protocol: 'udp', sequenceNumber: 0, ...overrides });
}

/** Of which knocks the sequence is complete. */
function completing(on: SequenceDoor, events: readonly KnockEvent[]): number[] {
  return events.flatMap((event, i) => (on.recognise(event, 0) ? [i] : []));
}

test('the sequence is a request of its door for the source', (t) => {
  const on = door();
  t.deepEqual(
    [knockOn(7000), udp(8000)].map((event) => on.recognise(event, 0)),
    [undefined, undefined],
  );
  const request = { door: 'ssh', sourceAddress: '198.51.100.7' };
  t.deepEqual(on.recognise(knockOn(9000), 0), { kind: 'request', request });
  t.deepEqual(completing(on, [knockOn(9000), knockOn(7000), udp(8000), knockOn(9000)]), [3], 'it begins anew');
});

const rows: readonly (readonly [string, Partial<SequenceKind>, readonly KnockEvent[], readonly number[]])[] = [
  ['ports of others in between', {}, [knockOn(7000), knockOn(22), udp(8000), udp(7000), knockOn(9000)], [4]],
  ['the other protocol', {}, [knockOn(7000), knockOn(8000), knockOn(9000)], []],
  ['one of its own ports in between', {}, [knockOn(7000), knockOn(9000), udp(8000), knockOn(9000)], []],
  ['tolerant: that too', { order: 'tolerant' }, [knockOn(7000), knockOn(9000), udp(8000), knockOn(9000)], [3]],
  ['a false start', {}, [knockOn(7000), udp(8000), knockOn(7000), udp(8000), knockOn(9000)], [4]],
  ['just in time', {}, [knockOn(7000), udp(8000), knockOn(9000, { timeMs: 10_000 })], [2]],
  ['too late', {}, [knockOn(7000), udp(8000), knockOn(9000, { timeMs: 10_001 })], []],
  ['a clock that was set back', {}, [knockOn(7000, { timeMs: 5 }), udp(8000), knockOn(9000)], []],
  [
    'tolerant: a later beginning counts',
    { order: 'tolerant' },
    [knockOn(7000), knockOn(7000, { timeMs: 9000 }), udp(8000, { timeMs: 12_000 }), knockOn(9000, { timeMs: 19_000 })],
    [3],
  ],
  ['other flags', {}, [knockOn(7000, { tcpFlags: 0x12 }), udp(8000), knockOn(9000)], []],
  [
    'other flags are not even in between',
    {},
    [knockOn(7000), udp(8000), knockOn(7000, { tcpFlags: 0x10 }), knockOn(9000)],
    [3],
  ],
  ['another target', { target: '192.0.2.1' }, [knockOn(7000), udp(8000), knockOn(9000)], []],
  [
    'its target',
    { target: '192.0.2.1' },
    [knockOn(7000), udp(8000), knockOn(9000)].map((event) => ({ ...event, destinationAddress: '192.0.2.1' })),
    [2],
  ],
];
for (const [title, changes, events, expected] of rows) {
  test(title, (t) => t.deepEqual(completing(door(changes), events), expected));
}

test('a packet that comes again is none, wherever it comes', (t) => {
  const [a, b, c] = [knockOn(7000), udp(8000), knockOn(9000)];
  t.deepEqual(completing(door(), [a, a, b, a, b, c, c, b, a]), [5]);
  t.deepEqual(completing(door(), [a, { ...a, timeMs: 1000 }, b, { ...a, timeMs: 3000 }, { ...c, timeMs: 4000 }]), [4]);
});

test('a datagram from the same port is another one after a second, and at once where the port comes twice', (t) => {
  const on = door();
  const again = (timeMs: number) => [
    knockOn(7000, { timeMs }),
    udp(8000, { sourcePort: 5, timeMs }),
    knockOn(9000, { timeMs }),
  ];
  t.deepEqual(completing(on, [...again(0), ...again(1001)]), [2, 5]);
  const twice = [KIND.knocks[1]!, KIND.knocks[1]!];
  t.deepEqual(completing(door({ knocks: twice }), [udp(8000, { sourcePort: 5 }), udp(8000, { sourcePort: 5 })]), [1]);
});

test('each source has its own state; from any source it is one', (t) => {
  const events = [knockOn(7000), udp(8000, { sourceAddress: '192.0.2.1' }), knockOn(9000)];
  t.deepEqual(completing(door(), events), []);
  const any = door({ source: 'any' });
  t.deepEqual(completing(any, events), [2]);
  t.is(any.sources, 1);
  t.is(any.heard().shortest, 1, 'the first knock of a source may be the last one');
  t.is(door().heard().shortest, 3);
});

test('sources are bounded: the one seen longest ago goes', (t) => {
  const on = door({}, 100);
  on.recognise(knockOn(7000, { sourceAddress: '192.0.2.1' }), 0);
  for (let i = 0; i < 1000; i++) on.recognise(knockOn(7000, { sourceAddress: `10.0.${i >> 8}.${i & 255}` }), 0);
  t.is(on.sources, 100);
  const rest = [udp(8000), knockOn(9000)];
  t.deepEqual(
    completing(
      on,
      rest.map((event) => ({ ...event, sourceAddress: '192.0.2.1' })),
    ),
    [],
  );
  t.deepEqual(
    completing(
      on,
      rest.map((event) => ({ ...event, sourceAddress: '10.0.3.231' })),
    ),
    [1],
  );
});

const port = fc.constantFrom(1, 2, 3);
const sequence = fc.array(port, { minLength: 1, maxLength: 5 });
const knocked = fc.array(fc.record({ port: fc.constantFrom(1, 2, 3, 4), pauseMs: fc.constantFrom(0, 1, 400, 900) }), {
  maxLength: 30,
});

/** All that is complete: the plainest way. */
function model(kind: SequenceKind, events: readonly KnockEvent[]): number[] {
  const ports = kind.knocks.map((one) => one.port);
  const found: number[] = [];
  let own: KnockEvent[] = [];
  events.forEach((event, i) => {
    if (!ports.includes(event.destinationPort)) return;
    own.push(event);
    const candidates = kind.order === 'strict' ? [own.slice(-ports.length)] : subsequences(own, ports);
    const isComplete = candidates.some((some) => {
      const isSame = some.length === ports.length && ports.every((one, at) => one === some[at]?.destinationPort);
      return isSame && some.at(-1) === event && event.timeMs - some[0]!.timeMs <= kind.timeoutMs;
    });
    if (!isComplete) return;
    found.push(i);
    own = [];
  });
  return found;
}

function subsequences(events: readonly KnockEvent[], ports: readonly number[]): KnockEvent[][] {
  if (ports.length === 0) return [[]];
  return events.flatMap((event, i) =>
    event.destinationPort === ports[0]
      ? subsequences(events.slice(i + 1), ports.slice(1)).map((rest) => [event, ...rest])
      : [],
  );
}

for (const order of ['strict', 'tolerant'] as const) {
  test(`${order}: knocks before the clock was set back keep nobody out`, (t) => {
    const HOUR_MS = 3_600_000;
    const keys = [7000, 8000, 9000];
    const match = startMatch(order, keys, 5000);
    const add = (port: number, timeMs: number) => match.add({ protocol: 'tcp', destinationPort: port, timeMs });
    for (const port of [7000, 8000]) add(port, HOUR_MS);
    t.deepEqual(
      keys.map((port, i) => add(port, i)),
      [false, false, true],
    );
    add(7000, HOUR_MS);
    t.deepEqual(
      keys.map((port, i) => add(port, 60_000 + i)),
      [false, false, true],
    );
  });
}

for (const order of ['strict', 'tolerant'] as const) {
  test(`${order}: as the model says, whatever is knocked`, (t) => {
    const numRuns = process.env.SLOW === '1' ? 50_000 : 2000;
    fc.assert(
      fc.property(sequence, knocked, (ports, pauses) => {
        let timeMs = 0;
        const events = pauses.map((one) => {
          timeMs += one.pauseMs;
          return knockOn(one.port, { timeMs });
        });
        const knocks = ports.map((one) => ({ protocol: 'tcp', port: one }) as const);
        const kind: SequenceKind = { ...KIND, order, knocks, timeoutMs: 1000 };
        t.deepEqual(completing(door(kind), events), model(kind, events));
      }),
      { numRuns },
    );
  });
}
