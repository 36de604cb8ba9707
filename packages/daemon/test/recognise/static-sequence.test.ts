import type { TransportPort } from '@eightknock/codec';
import test from 'ava';
import fc from 'fast-check';
import type { KnockEvent } from '#src/packet/knock-event.js';
import { StaticSequence, type StaticSequenceOptions } from '#src/recognise/static-sequence.js';
import { knockOn } from '../knock.js';

const SYN = { mask: 2, value: 2 };
const FIN_WITHOUT_ACK = { mask: 17, value: 1 };

function tcp(...ports: number[]): TransportPort[] {
  return ports.map((port) => ({ protocol: 'tcp', port }));
}

function door(options: Partial<StaticSequenceOptions> = {}): StaticSequence {
  return new StaticSequence({
    name: 'ssh',
    knocks: tcp(7000, 8000, 9000),
    timeoutMs: 10_000,
    tcpFlags: SYN,
    order: 'strict',
    source: 'same',
    ...options,
  });
}

/** How many knocks have opened the door. */
function opened(to: StaticSequence, events: readonly KnockEvent[]): number {
  return events.filter((event) => to.recognise(event, 0)?.kind === 'request').length;
}

function openedBy(to: StaticSequence, ...ports: number[]): number {
  return opened(
    to,
    ports.map((port) => knockOn(port)),
  );
}

test('the sequence opens at its last knock, and says who knocked', (t) => {
  const to = door();
  t.is(to.recognise(knockOn(7000), 0), undefined);
  t.is(to.recognise(knockOn(8000), 0), undefined);
  t.deepEqual(to.recognise(knockOn(9000), 0), {
    kind: 'request',
    request: { door: 'ssh', sourceAddress: '198.51.100.7' },
  });
  t.is(openedBy(to, 9000, 8000), 0, 'it has begun anew');
  t.is(openedBy(to, 7000, 8000, 9000), 1);
});

const rows: readonly [string, number[], 'strict' | 'tolerant', number][] = [
  ['a wrong port of its own between them', [7000, 9000, 8000, 9000], 'strict', 0],
  ['a wrong port of its own between them', [7000, 9000, 8000, 9000], 'tolerant', 1],
  ['a port of nobody between them', [7000, 5, 8000, 22, 9000], 'strict', 1],
  ['the first knock twice', [7000, 7000, 8000, 9000], 'strict', 1],
  ['the second knock twice', [7000, 8000, 8000, 9000], 'strict', 0],
  ['the second knock twice', [7000, 8000, 8000, 9000], 'tolerant', 1],
  ['a beginning that led nowhere', [7000, 8000, 7000, 8000, 9000], 'strict', 1],
  ['the knocks in another order', [9000, 8000, 7000], 'tolerant', 0],
  ['a knock too few', [7000, 9000], 'tolerant', 0],
];
for (const [title, ports, order, times] of rows) {
  test(`${order}, with ${title}: opens ${times} times`, (t) => t.is(openedBy(door({ order }), ...ports), times));
}

test('a sequence that begins like itself is found wherever it begins', (t) => {
  const knocks = tcp(1, 1, 2);
  t.is(openedBy(door({ knocks }), 1, 1, 1, 1, 2), 1);
  t.is(openedBy(door({ knocks: tcp(1, 2, 1, 3) }), 1, 2, 1, 2, 1, 3), 1);
});

for (const order of ['strict', 'tolerant'] as const) {
  test(`${order}: copies of each packet, at once and later, neither break the sequence nor open twice`, (t) => {
    const once = [7000, 8000, 9000].map((port, i) => knockOn(port, { timeMs: i * 20 }));
    const copies = (ms: number) => once.map((event) => ({ ...event, timeMs: event.timeMs + ms }));
    t.is(opened(door({ order }), [...once.flatMap((event) => [event, event]), ...copies(1000), ...copies(3000)]), 1);
    const [first, second, third] = once as [KnockEvent, KnockEvent, KnockEvent];
    t.is(opened(door({ order }), [first, second, first, second, first, third]), 1);
  });
}

test('datagrams from one socket: copies lead nowhere, the same port twice can be knocked', (t) => {
  const udp = (port: number): TransportPort => ({ protocol: 'udp', port });
  const knock = (port: number) => knockOn(port, { protocol: 'udp', sourcePort: 4000, sequenceNumber: 0 });
  const to = door({ knocks: [udp(1), udp(2), udp(3)] });
  t.is(opened(to, [1, 1, 2, 2, 1, 3, 3].map(knock)), 1);
  t.is(opened(to, [1, 2, 3].map(knock)), 1, 'the socket may knock again');
  t.is(opened(door({ knocks: [udp(1), udp(1), udp(2)] }), [1, 1, 2].map(knock)), 1);
});

test('the whole sequence must come in time, counted from its first knock', (t) => {
  const at = (...times: number[]) => [7000, 8000, 9000].map((port, i) => knockOn(port, { timeMs: times[i] as number }));
  t.is(opened(door(), at(0, 5000, 10_000)), 1);
  t.is(opened(door(), at(0, 5000, 10_001)), 0);
  t.is(opened(door(), at(10_000, 5000, 6000)), 0, 'a clock that was set back');
  const late = [knockOn(7000, { timeMs: 0 }), ...at(9000, 12_000, 14_000)];
  t.is(opened(door({ order: 'tolerant' }), late), 1, 'the latest beginning counts');
});

test('packets with other flags are not even a wrong knock', (t) => {
  const knocks: TransportPort[] = [...tcp(1, 2), { protocol: 'udp', port: 3 }, ...tcp(4)];
  const to = door({ knocks, tcpFlags: FIN_WITHOUT_ACK });
  const fin = (port: number) => knockOn(port, { tcpFlags: 1 });
  const others = [0, 2, 16, 17].map((tcpFlags) => knockOn(4, { tcpFlags }));
  const datagram = knockOn(3, { protocol: 'udp' });
  t.is(opened(to, [fin(1), ...others, fin(2), ...others, datagram, knockOn(3, { tcpFlags: 1 }), fin(4)]), 1);
  t.is(openedBy(to, 1, 2, 3, 4), 0);
});

test('where any flag will do, the packets of one connection are one knock', (t) => {
  const to = door({ tcpFlags: { mask: 0, value: 0 } });
  const connection = (port: number, number: number) =>
    [2, 16, 24, 17].map((tcpFlags, i) =>
      knockOn(port, { tcpFlags, sourcePort: 5000 + number, sequenceNumber: 100 + i }),
    );
  t.is(opened(to, [...connection(7000, 1), ...connection(8000, 2), ...connection(9000, 3)]), 1);
});

test('a target is the only address that is knocked at', (t) => {
  const to = door({ target: '192.0.2.5' });
  const knocks = (destinationAddress: string) =>
    [7000, 8000, 9000].map((port) => knockOn(port, { destinationAddress }));
  t.is(opened(to, knocks('192.0.2.6')), 0);
  t.is(opened(to, knocks('192.0.2.5')), 1);
});

test('every source knocks for itself, or all together', (t) => {
  const shared = () => [7000, 8000, 9000].map((port, i) => knockOn(port, { sourceAddress: `198.51.100.${i}` }));
  t.is(opened(door(), shared()), 0);
  const events = shared();
  const to = door({ source: 'any' });
  t.is(opened(to, events.slice(0, 2)), 0);
  t.deepEqual(to.recognise(events[2] as KnockEvent, 0), {
    kind: 'request',
    request: { door: 'ssh', sourceAddress: '198.51.100.2' },
  });
  t.is(to.recognise(knockOn(9000), 0), undefined);
});

test('sources are bounded, and who does not begin at the beginning is not remembered', (t) => {
  const to = door({ maxSources: 3 });
  const from = (n: number, port: number) => knockOn(port, { sourceAddress: `10.0.0.${n}` });
  for (let n = 0; n < 50; n++) to.recognise(from(n, 8000), 0);
  t.is(to.sources, 0);
  for (let n = 0; n < 50; n++) to.recognise(from(n, 7000), 0);
  t.is(to.sources, 3);
  t.is(opened(to, [from(47, 8000), from(47, 9000), from(46, 8000), from(46, 9000)]), 1);
});

test('it tells how far somebody has come', (t) => {
  const stages: [string, number][] = [];
  const to = door({ onStage: (source, stage) => stages.push([source, stage]) });
  openedBy(to, 7000, 8000, 22, 8000, 7000, 8000, 9000);
  t.deepEqual(
    stages.map(([, stage]) => stage),
    [1, 2, 1, 2, 3],
  );
  t.is(stages[0]?.[0], '198.51.100.7');
});

test('another sequence takes the place of the first', (t) => {
  const to = door();
  openedBy(to, 7000, 8000);
  to.expect(tcp(8000, 9000));
  t.is(openedBy(to, 9000), 0, 'what was knocked before counts no more');
  t.is(openedBy(to, 8000, 9000), 1);
});

test('it says what it must be given', (t) => {
  const knocks: TransportPort[] = [...tcp(1, 2, 1), { protocol: 'udp', port: 2 }];
  t.deepEqual(door({ knocks }).heard(), {
    knocks: [
      { protocol: 'tcp', port: 1, flags: SYN },
      { protocol: 'tcp', port: 2, flags: SYN },
      { protocol: 'udp', port: 2 },
    ],
    datagrams: [],
    shortest: 4,
  });
  t.is(door({ source: 'any' }).heard().shortest, 1);
});

const NUM_RUNS = process.env.SLOW ? 200_000 : 2000;
const port = fc.integer({ min: 1, max: 3 });
const knock = fc.record({ port, gapMs: fc.constantFrom(0, 10, 400, 1100), copy: fc.boolean() });

for (const order of ['strict', 'tolerant'] as const) {
  test(`${order}: opens exactly where the slow model does`, (t) => {
    const play = (sequence: number[], knocks: { port: number; gapMs: number; copy: boolean }[]) => {
      const to = door({ knocks: tcp(...sequence), order, timeoutMs: 1000 });
      let [timeMs, since] = [0, [] as { port: number; timeMs: number }[]];
      for (const { port, gapMs, copy } of knocks) {
        timeMs += gapMs;
        const event = knockOn(port, { timeMs });
        const isOpened = to.recognise(event, 0) !== undefined;
        since.push({ port, timeMs });
        since = since.filter(({ port }) => sequence.includes(port));
        const expected =
          sequence.includes(port) &&
          (order === 'strict' ? endsWith(since, sequence) : contains(since, sequence, timeMs));
        if (isOpened !== expected) return false;
        if (expected) since = [];
        if (copy && to.recognise(event, 0) !== undefined) return false;
      }
      return true;
    };
    fc.assert(fc.property(fc.array(port, { minLength: 1, maxLength: 5 }), fc.array(knock, { maxLength: 30 }), play), {
      numRuns: NUM_RUNS,
    });
    t.pass();
  });
}

type Came = readonly { readonly port: number; readonly timeMs: number }[];

/** The last knocks are the sequence, in time. */
function endsWith(came: Came, sequence: readonly number[]): boolean {
  const last = came.slice(-sequence.length);
  const spanMs = (last.at(-1)?.timeMs ?? 0) - (last[0]?.timeMs ?? 0);
  return last.length === sequence.length && last.every(({ port }, i) => port === sequence[i]) && spanMs <= 1000;
}

/** Some of the knocks that came in time, the last among them, are the sequence. */
function contains(came: Came, sequence: readonly number[], nowMs: number): boolean {
  let left = sequence.length - 1;
  const inTime = came.filter(({ timeMs }) => timeMs >= nowMs - 1000);
  if (inTime.at(-1)?.port !== sequence[left]) return false;
  for (const { port } of [...inTime].reverse()) if (left >= 0 && port === sequence[left]) left--;
  return left < 0;
}
