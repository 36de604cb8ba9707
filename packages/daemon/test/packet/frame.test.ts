import test from 'ava';
import fc from 'fast-check';
import { parseFrame } from '#src/packet/frame.js';
import type { PacketKnock } from '#src/packet/knock-event.js';
import type { LinkType } from '#src/packet/link.js';
import type { WantedPackets } from '#src/packet/transport.js';
import { cooked, cooked2, ethernet, extension, IPV6_SOURCE, ipv4, ipv6, logged, tcp, udp, udpWith } from './packets.js';

const SYN = {
  source: Uint8Array.of(10, 0, 0, 2),
  sourcePort: 40000,
  destinationPort: 750,
  destination: Uint8Array.of(10, 0, 0, 1),
  protocol: 'tcp',
  sequenceNumber: 7,
  tcpFlags: 2,
} as const;
const SYN6 = { ...SYN, source: Uint8Array.from(IPV6_SOURCE), destination: new Uint8Array(16) };
const { tcpFlags: _, ...ANY } = SYN;
const UDP = { ...ANY, protocol: 'udp', sequenceNumber: 0 } as const;

const knocks: readonly [title: string, linkType: LinkType, frame: Buffer, knock: object][] = [
  ['TCP over IPv4 over Ethernet', 'ETHERNET', ethernet(ipv4(tcp())), SYN],
  ['UDP over IPv4 over Ethernet', 'ETHERNET', ethernet(ipv4(udp(), { protocol: 17 })), UDP],
  ['TCP over IPv6 over Ethernet', 'ETHERNET', ethernet(ipv6(tcp())), SYN6],
  ['one VLAN tag', 'ETHERNET', ethernet(ipv4(tcp()), { vlans: [0x8100] }), SYN],
  ['two VLAN tags', 'ETHERNET', ethernet(ipv4(tcp()), { vlans: [0x88a8, 0x8100] }), SYN],
  ['Linux cooked, IPv4', 'LINKTYPE_LINUX_SLL', cooked(ipv4(tcp())), SYN],
  ['Linux cooked, IPv6', 'LINKTYPE_LINUX_SLL', cooked(ipv6(tcp())), SYN6],
  ['raw IPv4', 'RAW', ipv4(tcp()), SYN],
  ['raw IPv6', 'RAW', ipv6(tcp()), SYN6],
  ['IPv4 options', 'RAW', ipv4(tcp(), { options: 40 }), SYN],
  ['a SYN with the bits of ECN', 'RAW', ipv4(tcp({ flags: 0xc2 })), SYN],
  ['hop-by-hop options', 'RAW', ipv6(extension(6, tcp()), { next: 0 }), SYN6],
  ['long destination options', 'RAW', ipv6(extension(6, tcp(), 64), { next: 60 }), SYN6],
  [
    'hop-by-hop, routing, destination',
    'RAW',
    ipv6(extension(43, extension(60, extension(6, tcp()))), { next: 0 }),
    SYN6,
  ],
  // RFC 4302: the length of an authentication header counts four-byte units less two; [1] = 1 means 12 bytes
  [
    'authentication header',
    'RAW',
    ipv6(Buffer.concat([Buffer.from([6, 1]), Buffer.alloc(10), tcp()]), { next: 51 }),
    SYN6,
  ],
  ['cooked, version 2', 'LINUX_SLL2', cooked2(ipv4(udp(), { protocol: 17 })), UDP],
  ['logged, IPv6, with a prefix of odd length', 'NFLOG', logged(ipv6(tcp()), { prefix: 'knock' }), SYN6],
  ['logged at the input hook', 'NFLOG', logged(ipv4(udp(), { protocol: 17 }), { hook: 1 }), UDP],
  [
    'padding behind the packet',
    'ETHERNET',
    Buffer.concat([ethernet(ipv4(udp(), { protocol: 17 })), Buffer.alloc(18)]),
    UDP,
  ],
];
/** What is told. */
function told(knock: PacketKnock): object {
  return Object.fromEntries(Object.entries(knock).filter(([, value]) => value !== undefined));
}

for (const [title, linkType, frame, knock] of knocks) {
  test(`a knock: ${title}`, (t) => {
    const parsed = parseFrame(frame, linkType);
    t.deepEqual(typeof parsed === 'string' ? parsed : told(parsed), knock);
  });
}

const tenExtensions = Array.from({ length: 10 }).reduce<Buffer>((inner, _, i) => extension(i ? 60 : 6, inner), tcp());
const mapped = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 2];
const drops: readonly [title: string, linkType: LinkType, frame: Buffer, drop: string][] = [
  ['an empty frame', 'ETHERNET', Buffer.alloc(0), 'short'],
  ['an empty packet', 'RAW', Buffer.alloc(0), 'short'],
  ['ARP', 'ETHERNET', ethernet(Buffer.alloc(28), { etherType: 0x0806 }), 'not-ip'],
  ['three VLAN tags', 'ETHERNET', ethernet(ipv4(tcp()), { vlans: [0x8100, 0x8100, 0x8100] }), 'not-ip'],
  ['IP version 5', 'RAW', Buffer.concat([Buffer.from([0x55]), Buffer.alloc(60)]), 'not-ip'],
  ['sent by this host', 'LINKTYPE_LINUX_SLL', cooked(ipv4(tcp()), { type: 4 }), 'not-incoming'],
  ['meant for another host', 'LINKTYPE_LINUX_SLL', cooked(ipv4(tcp()), { type: 3 }), 'not-incoming'],
  ['broadcast', 'LINKTYPE_LINUX_SLL', cooked(ipv4(tcp()), { type: 1 }), 'not-incoming'],
  ['cooked, version 2: sent by this host', 'LINUX_SLL2', cooked2(ipv4(tcp()), { type: 4 }), 'not-incoming'],
  ['cooked, version 2: cut off', 'LINUX_SLL2', cooked2(ipv4(tcp())).subarray(0, 19), 'short'],
  ['cooked, version 2: ARP', 'LINUX_SLL2', Buffer.concat([Buffer.from([8, 6]), Buffer.alloc(40)]), 'not-ip'],
  ['logged when it was forwarded', 'NFLOG', logged(ipv4(tcp()), { hook: 2 }), 'not-incoming'],
  ['logged when it was sent', 'NFLOG', logged(ipv4(tcp()), { hook: 3 }), 'not-incoming'],
  ['logged, cut off before the packet', 'NFLOG', logged(ipv4(tcp())).subarray(0, 22), 'short'],
  ['logged, an attribute without length', 'NFLOG', Buffer.alloc(2000), 'short'],
  ['a first fragment', 'RAW', ipv4(tcp(), { fragment: 0x2000 }), 'fragment'],
  ['a later fragment', 'RAW', ipv4(tcp(), { fragment: 100 }), 'fragment'],
  ['an IPv6 fragment', 'RAW', ipv6(extension(6, tcp()), { next: 44 }), 'fragment'],
  ['a fragment behind options', 'RAW', ipv6(extension(44, extension(6, tcp())), { next: 0 }), 'fragment'],
  ['too many extension headers', 'RAW', ipv6(tenExtensions, { next: 60 }), 'extension-header'],
  ['ICMP', 'RAW', ipv4(Buffer.alloc(20), { protocol: 1 }), 'not-transport'],
  ['ESP', 'RAW', ipv6(Buffer.alloc(20), { next: 50 }), 'not-transport'],
  ['SYN+ACK', 'RAW', ipv4(tcp({ flags: 0x12 })), 'not-syn'],
  ['ACK', 'RAW', ipv4(tcp({ flags: 0x10 })), 'not-syn'],
  ['SYN+FIN', 'RAW', ipv4(tcp({ flags: 3 })), 'not-syn'],
  ['SYN+RST', 'RAW', ipv4(tcp({ flags: 6 })), 'not-syn'],
  ['no flags', 'RAW', ipv4(tcp({ flags: 0 })), 'not-syn'],
  ['IPv4 header shorter than 20', 'RAW', Buffer.concat([Buffer.from([0x44]), ipv4(tcp()).subarray(1)]), 'short'],
  ['source 0.0.0.0', 'RAW', ipv4(tcp(), { source: [0, 0, 0, 0] }), 'bad-source'],
  ['source multicast', 'RAW', ipv4(tcp(), { source: [224, 0, 0, 1] }), 'bad-source'],
  ['source broadcast', 'RAW', ipv4(tcp(), { source: [255, 255, 255, 255] }), 'bad-source'],
  ['source ::', 'RAW', ipv6(tcp(), { source: Array(16).fill(0) }), 'bad-source'],
  ['source ff02::1', 'RAW', ipv6(tcp(), { source: [0xff, 2, ...Array(13).fill(0), 1] }), 'bad-source'],
  ['an IPv4-mapped source, which would pass for IPv4', 'RAW', ipv6(tcp(), { source: mapped }), 'bad-source'],
];
for (const [title, linkType, frame, drop] of drops) {
  test(`no knock: ${title}`, (t) => t.deepEqual<unknown, unknown>(parseFrame(frame, linkType), drop));
}

test('a total length shorter than the TCP header is short, whatever follows', (t) => {
  const packet = ipv4(tcp());
  packet.writeUInt16BE(30, 2);
  t.is(parseFrame(packet, 'RAW'), 'short');
});

const whole: readonly [LinkType, Buffer][] = [
  ['ETHERNET', ethernet(ipv4(tcp()), { vlans: [0x8100] })],
  ['LINKTYPE_LINUX_SLL', cooked(ipv6(extension(60, extension(6, tcp())), { next: 0 }))],
  ['RAW', ipv4(udp(), { protocol: 17 })],
];
for (const [linkType, frame] of whole) {
  test(`every truncation of a ${linkType} frame is dropped`, (t) => {
    t.is(typeof parseFrame(frame, linkType), 'object');
    for (let length = 0; length < frame.length; length++) {
      t.is(typeof parseFrame(frame.subarray(0, length), linkType), 'string', `${length} bytes`);
    }
  });
}

test('no bytes make it throw or read past their end', (t) => {
  const runs = process.env.SLOW === '1' ? 1_000_000 : 20_000;
  const linkType = fc.constantFrom<LinkType>('ETHERNET', 'LINKTYPE_LINUX_SLL', 'RAW');
  const base = fc.constantFrom(...whole.map(([, frame]) => frame));
  const mutated = fc
    .tuple(base, fc.array(fc.tuple(fc.nat(90), fc.nat(255)), { maxLength: 6 }), fc.nat(90))
    .map(([frame, changes, length]) => {
      const copy = Buffer.from(frame.subarray(0, length));
      for (const [at, value] of changes) if (at < copy.length) copy[at] = value;
      return copy;
    });
  const bytes = fc.oneof(mutated, fc.uint8Array({ maxLength: 120 }));
  t.notThrows(() =>
    fc.assert(
      fc.property(linkType, bytes, (type, frame) => {
        const parsed = parseFrame(frame, type);
        if (typeof parsed === 'string') return;
        if (parsed.source.length !== 4 && parsed.source.length !== 16) throw new Error('source');
        for (const value of [parsed.sourcePort, parsed.destinationPort, parsed.sequenceNumber, ...parsed.source]) {
          if (!Number.isInteger(value) || value < 0) throw new Error('a field was read past the end');
        }
      }),
      { numRuns: runs },
    ),
  );
});

const WANTED: WantedPackets = {
  withDestination: false,
  takesFlags: (port, flags) => port === 7000 && (flags & 0x11) === 1,
  takesDatagram: (port) => port === 62_201,
};
const payload = Buffer.from('any bytes');

test('a datagram to a wanted port brings its payload, to another one it is a knock', (t) => {
  const packet = (port: number) => ipv4(udpWith(payload, port), { protocol: 17 });
  t.like(parseFrame(packet(62_201), 'RAW', WANTED), { destinationPort: 62_201, payload });
  const bare = { ...WANTED, withDestination: false };
  const whole = parseFrame(packet(62_201), 'RAW', bare);
  t.true(typeof whole !== 'string' && whole.destination?.length === 4, 'where it was sent to is told of it anyway');
  const knock = parseFrame(packet(62_202), 'RAW', WANTED);
  t.is(typeof knock === 'string' ? knock : knock.payload, undefined);
  t.like(parseFrame(ipv6(udpWith(payload, 62_201), { next: 17 }), 'RAW', WANTED), { payload });
  t.like(
    parseFrame(Buffer.concat([packet(62_201), Buffer.alloc(9)]), 'RAW', WANTED),
    { payload },
    'without the padding',
  );
});

test('a wanted datagram says where it was sent to, also when no door asks that of knocks', (t) => {
  const wanted = { ...WANTED, withDestination: false };
  const destinationOf = (port: number) => {
    const knock = parseFrame(ipv4(udpWith(payload, port), { protocol: 17 }), 'RAW', wanted);
    return typeof knock === 'string' ? knock : knock.destination?.length;
  };
  t.is(destinationOf(62_201), 4);
  t.is(destinationOf(62_202), undefined);
});

const datagrams: readonly (readonly [string, Buffer, unknown])[] = [
  ['empty', udpWith(Buffer.alloc(0), 62_201), { payload: Buffer.alloc(0) }],
  ['the longest', udpWith(Buffer.alloc(1500), 62_201), { payload: Buffer.alloc(1500) }],
  ['longer', udpWith(Buffer.alloc(1501), 62_201), 'too-long'],
  ['cut off', udpWith(payload, 62_201, 100), 'short'],
  ['shorter than its header', udpWith(payload, 62_201, 7), 'short'],
];
for (const [title, datagram, expected] of datagrams) {
  test(`a datagram: ${title}`, (t) => {
    const parsed = parseFrame(ipv4(datagram, { protocol: 17 }), 'RAW', WANTED);
    if (typeof parsed === 'string') t.is<unknown, unknown>(parsed, expected);
    else t.deepEqual<unknown, unknown>({ payload: parsed.payload }, expected);
  });
}

test('flags that a door waits for are a knock on its port alone', (t) => {
  const fin = (destinationPort: number) => parseFrame(ipv4(tcp({ destinationPort, flags: 1 })), 'RAW', WANTED);
  t.like(fin(7000), { destinationPort: 7000, tcpFlags: 1 });
  t.is(fin(7001), 'not-syn');
});
