// The program that sheds load, judged by a BPF machine of our own. What the kernel makes of it is shown by real packets in
// test/e2e/shedding.test.ts and test/load/flood.test.ts.

import test from 'ava';
import {
  MAX_BLOCKED,
  MAX_KNOWN,
  openFilter,
  type Places,
  SHED,
  type Shedding,
  shedFilter,
  TO_CAPTURE,
} from '#src/capture/shed-filter.js';
import { prefixOf } from '#src/capture/source-prefix.js';
import { runPacketFilter } from './bpf-machine.js';

const ALL = 2 ** 32;
const TO_KNOWN = 3;
const TO_OTHERS = 2;
const KNOWN_APART: Places = { known: TO_KNOWN };
const EVERY_LINK: Places = { known: TO_KNOWN, others: TO_OTHERS };
/** linux/if_arp.h: Ethernet, loopback; a tunnel, PPP. linux/if_packet.h: to us; broadcast, multicast, to another host, sent by us. */
const OF_ETHERNET = [1, 772];
const NOT_OF_ETHERNET = [65_534, 512];
const NOT_TO_US = [1, 2, 3, 4];
const NOTHING: Shedding = { blocked: [], known: [] };
const window = (start: number, width: number) => ({ start, width, seeds: [0xdeadbeef, 0x12345678] as const });

const ipv4 = (number: number) => Uint8Array.of(100, 64 + ((number >> 16) & 63), number >> 8, number);
const ipv6 = (network: number, host = 1) =>
  Uint8Array.of(0x20, 1, 0xd, 0xb8, 0, network >> 16, network >> 8, network, 0, 0, 0, 0, 0, 0, host >> 8, host);

/** What becomes of a packet of this source. */
function verdict(program: Buffer, source: Uint8Array, link: { linkType?: number; packetType?: number } = {}): number {
  const network = Buffer.alloc(60);
  network.set(source, source.length === 4 ? 12 : 8);
  return runPacketFilter(program, { etherType: source.length === 4 ? 0x0800 : 0x86dd, network, ...link });
}

const sources = {
  IPv4: (number: number) => ipv4(number),
  'IPv6, by the /64': (number: number) => ipv6(number),
};
for (const [title, sourceOf] of Object.entries(sources)) {
  const passing = (program: Buffer, count = 20_000, to = TO_CAPTURE) =>
    Array.from({ length: count }, (_, i) => i).filter((i) => verdict(program, sourceOf(i)) === to);

  test(`${title}: the part that passes is as wide as the window, however the seeds are`, (t) => {
    for (const part of [1 / 2, 1 / 8, 1 / 64]) {
      for (const seeds of [
        [0, 0],
        [1, 2],
        [0xdeadbeef, 0xffffffff],
      ] as const) {
        const program = shedFilter({ ...NOTHING, window: { start: 5, width: Math.floor(ALL * part), seeds } });
        const count = passing(program).length;
        t.true(Math.abs(count - 20_000 * part) < 5 * Math.sqrt(20_000 * part), `${count} of 20,000 for ${part}`);
      }
    }
  });

  test(`${title}: windows side by side give each source its turn, exactly once`, (t) => {
    const quarter = ALL / 4;
    const start = 3_000_000_000;
    const turns = [0, 1, 2, 3].map((turn) => {
      return shedFilter({ ...NOTHING, window: window((start + turn * quarter) % ALL, quarter) });
    });
    const seen = turns.flatMap((program) => passing(program, 1000));
    t.deepEqual(
      seen.sort((a, b) => a - b),
      Array.from({ length: 1000 }, (_, i) => i),
    );
  });

  test(`${title}: known sources have a place of their own, blocked ones none, though they are known too`, (t) => {
    const known = Array.from({ length: MAX_KNOWN }, (_, i) => prefixOf(sourceOf(i)));
    const blocked = Array.from({ length: MAX_BLOCKED }, (_, i) => prefixOf(sourceOf(MAX_KNOWN - 8 + i)));
    const program = shedFilter({ blocked, known, window: window(0, 0) }, KNOWN_APART);
    const expected = Array.from({ length: MAX_KNOWN - 8 }, (_, i) => i);
    t.deepEqual(passing(program, 1000, TO_KNOWN), expected);
    t.deepEqual(passing(program, 1000), []);
    const open = shedFilter({ blocked, known: [] });
    t.is(passing(open, 1000).length, 1000 - MAX_BLOCKED);
    const together = shedFilter({ blocked, known, window: window(0, 0) });
    t.deepEqual(passing(together, 1000), expected, 'without a place they go to the first');
  });

  test(`${title}: on every link, those of Ethernet as ever, the others to a place of their own`, (t) => {
    const [known, blocked, stranger] = [sourceOf(1), sourceOf(2), sourceOf(3)];
    const shedding = { blocked: [prefixOf(blocked)], known: [prefixOf(known)] };
    const open = shedFilter(shedding, EVERY_LINK);
    const closed = shedFilter({ ...shedding, window: window(0, 0) }, EVERY_LINK);
    for (const linkType of OF_ETHERNET) {
      const verdicts = [known, blocked, stranger].map((source) => verdict(open, source, { linkType }));
      t.deepEqual(verdicts, [TO_KNOWN, SHED, TO_CAPTURE]);
      t.is(verdict(closed, stranger, { linkType }), SHED);
      for (const packetType of NOT_TO_US) t.is(verdict(open, known, { linkType, packetType }), SHED);
    }
    for (const linkType of NOT_OF_ETHERNET) {
      const verdicts = [known, blocked, stranger].map((source) => verdict(open, source, { linkType }));
      t.deepEqual(verdicts, [TO_OTHERS, SHED, TO_OTHERS]);
      t.is(verdict(closed, stranger, { linkType }), SHED);
      t.is(verdict(closed, known, { linkType }), TO_OTHERS);
      for (const packetType of NOT_TO_US) t.is(verdict(open, known, { linkType, packetType }), SHED);
    }
  });
}

test('on one link, too, what is not to this host is heard of nobody', (t) => {
  const program = shedFilter({ blocked: [], known: [prefixOf(ipv4(1))] }, KNOWN_APART);
  for (const source of [ipv4(1), ipv4(2), ipv6(2)]) {
    for (const packetType of NOT_TO_US) t.is(verdict(program, source, { packetType }), SHED);
  }
});

test('all addresses of a /64 share one fate, those of others do not', (t) => {
  const program = shedFilter({ ...NOTHING, window: window(0, ALL / 2) });
  for (let network = 0; network < 50; network++) {
    const verdicts = new Set(Array.from({ length: 20 }, (_, host) => verdict(program, ipv6(network, host * 77))));
    t.is(verdicts.size, 1);
  }
  const known = shedFilter({ blocked: [], known: [prefixOf(ipv6(7))], window: window(0, 0) }, KNOWN_APART);
  t.is(verdict(known, ipv6(7, 999)), TO_KNOWN);
  t.is(verdict(known, ipv6(8, 1)), SHED);
});

test('what is neither IPv4 nor IPv6, or cut short, is left to the filter of the captured socket', (t) => {
  const program = shedFilter({ ...NOTHING, window: window(0, 0) });
  t.is(runPacketFilter(program, { etherType: 0x0806, network: Buffer.alloc(60) }), TO_CAPTURE);
  t.is(runPacketFilter(program, { etherType: 0x0800, network: Buffer.alloc(8) }), TO_CAPTURE);
  t.is(runPacketFilter(openFilter(), { etherType: 0x0800, network: Buffer.alloc(60) }), TO_CAPTURE);
});

test('the longest program is one that the kernel takes; more sources are an error', (t) => {
  const of = (count: number, first: number) => Array.from({ length: count }, (_, i) => prefixOf(ipv6(first + i)));
  const longest = shedFilter(
    { blocked: of(MAX_BLOCKED, 0), known: of(MAX_KNOWN, 100), window: window(0, 9) },
    EVERY_LINK,
  );
  t.true(longest.length / 8 <= 4096);
  t.throws(() => shedFilter({ blocked: [], known: of(MAX_KNOWN + 1, 0) }), { instanceOf: RangeError });
  t.throws(() => shedFilter({ blocked: of(MAX_BLOCKED + 1, 0), known: [] }), { instanceOf: RangeError });
});
