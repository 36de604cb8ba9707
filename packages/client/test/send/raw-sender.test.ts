// The sender of raw packets on sockets that only write down what they are given; real ones are in the end-to-end tests.

import { randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';
import test from 'ava';
import { loadRawSocket, type OpenRawSocket, type RawSocketModule } from '#src/send/raw.js';
import { buildKnockPacket } from '#src/send/raw-packet.js';
import { createRawSender } from '#src/send/raw-sender.js';
import { RawUnavailableError } from '#src/send/raw-unavailable.js';

function recorder() {
  const events: string[] = [];
  const packets: Buffer[] = [];
  const open: OpenRawSocket = (family) => {
    events.push(`open ${family}`);
    return {
      send: async (packet, address) => {
        events.push(`send ${address}`);
        packets.push(Buffer.from(packet));
      },
      close: () => events.push('close'),
    };
  };
  return { events, packets, open };
}

/** As if no port were ever the same: 0, 0, … */
const zeros = (length: number) => new Uint8Array(length);

test('a knock is the packet of raw-packet.ts, its numbers from the source of randomness', async (t) => {
  const { packets, open } = recorder();
  const bytes = [Uint8Array.of(0x12, 0x34), Uint8Array.of(0xff, 0xff, 0xff, 0xfe)];
  const order = { transport: 'tcp', sourceAddress: '203.0.113.7', randomBytes: () => bytes.shift()! } as const;
  const sender = await createRawSender(order, open);
  await sender.send('192.0.2.1', 945);
  const fields = { transport: 'tcp', source: '203.0.113.7', destination: '192.0.2.1', port: 945 } as const;
  const expected = buildKnockPacket({ ...fields, sourcePort: 0xd234, sequenceNumber: 0xffff_fffe });
  t.deepEqual(packets, [Buffer.from(expected)]);
});

for (const [source, address, family] of [
  ['203.0.113.7', '192.0.2.1', 4],
  ['2001:db8::7', '2001:db8::1', 6],
] as const) {
  test(`one socket for a sequence over IPv${family}, which serves again after finish`, async (t) => {
    const { events, open } = recorder();
    const sender = await createRawSender({ transport: 'udp', sourceAddress: source, randomBytes }, open);
    t.deepEqual(events.splice(0), [`open ${family}`, 'close'], 'whether it can be opened is known at once');
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < 3; i++) await sender.send(address, 745);
      sender.finish();
      t.deepEqual(events.splice(0), [`open ${family}`, ...Array<string>(3).fill(`send ${address}`), 'close']);
    }
    sender.finish();
    t.deepEqual(events, [], 'nothing to close');
  });
}

test('no two knocks of a sequence have one source port, whatever chance gives', async (t) => {
  const { packets, open } = recorder();
  const sender = await createRawSender({ transport: 'udp', sourceAddress: '203.0.113.7', randomBytes: zeros }, open);
  for (let i = 0; i < 8; i++) await sender.send('192.0.2.1', 745);
  const ports = packets.map((packet) => packet.readUInt16BE(20));
  t.deepEqual(ports, [49_152, 49_153, 49_154, 49_155, 49_156, 49_157, 49_158, 49_159]);
});

test('source ports stay in the range of dynamic ones, and those remembered are bounded', async (t) => {
  const { packets, open } = recorder();
  const ones = (length: number) => new Uint8Array(length).fill(255);
  const sender = await createRawSender({ transport: 'udp', sourceAddress: '203.0.113.7', randomBytes: ones }, open);
  for (let i = 0; i < 257; i++) await sender.send('192.0.2.1', 745);
  const ports = packets.map((packet) => packet.readUInt16BE(20));
  t.true(ports.every((port) => port >= 49_152 && port <= 65_535));
  t.deepEqual([ports[0], ports[1], ports[256]], [65_535, 49_152, 65_535]);
  t.is(new Set(ports.slice(0, 256)).size, 256);
});

/** A module whose sockets cannot be opened, or cannot send, for a reason in the system's words. */
function moduleThat(fails: 'open' | 'send', text: string) {
  const module = {
    AddressFamily: { IPv4: 1, IPv6: 2 },
    createSocket: (options: { readonly protocol: number; readonly addressFamily: number }) => {
      if (fails === 'open') throw new Error(text);
      return {
        on: () => undefined,
        send: (...args: readonly unknown[]) => (args[4] as (error: Error) => void)(new Error(text)),
        close: () => undefined,
        options,
      };
    },
  } as unknown as RawSocketModule;
  return async () => ({ default: module });
}

const obstacle = test.macro({
  title: (_, title: string) => `no raw packets: ${title}`,
  async exec(t, _title: string, attempt: () => Promise<unknown>, expected: Partial<RawUnavailableError>) {
    const error = await t.throwsAsync(attempt, { instanceOf: RawUnavailableError });
    t.like(error, expected);
  },
});

const notFound = async () => {
  throw Object.assign(new Error('no'), { code: 'ERR_MODULE_NOT_FOUND' });
};
const openThat = (text: string) => async () => (await loadRawSocket('linux', moduleThat('open', text)))(4);
for (const platform of ['darwin', 'win32', 'freebsd'] as const) {
  test(obstacle, platform, () => loadRawSocket(platform, notFound), { obstacle: 'system', detail: platform });
}
test(obstacle, 'the module is not there', () => loadRawSocket('linux', notFound), {
  obstacle: 'module',
  detail: 'ERR_MODULE_NOT_FOUND',
});
test(obstacle, 'CAP_NET_RAW is missing', openThat('Operation not permitted'), {
  obstacle: 'privilege',
  detail: 'EPERM',
});
test(obstacle, 'this family is switched off', openThat('Address family not supported by protocol'), {
  obstacle: 'socket',
  detail: 'EAFNOSUPPORT',
});
test(obstacle, 'a reason nobody foresaw', openThat('Too many open files'), {
  obstacle: 'socket',
  detail: 'Too many open files',
});

test('a socket that breaks off is a failure of the knock that was to be sent', async (t) => {
  const socket = Object.assign(new EventEmitter(), { send: () => undefined, close: () => undefined });
  const module = { AddressFamily: { IPv4: 1, IPv6: 2 }, createSocket: () => socket } as unknown as RawSocketModule;
  const open = await loadRawSocket('linux', async () => ({ default: module }));
  const sender = await createRawSender({ transport: 'tcp', sourceAddress: '203.0.113.7', randomBytes }, open);
  const sent = sender.send('192.0.2.1', 745);
  socket.emit('error', new Error('-9'));
  await t.throwsAsync(sent, { code: '-9' });
});

for (const [text, code] of [
  ['Network is unreachable', 'ENETUNREACH'],
  ['No route to host', 'EHOSTUNREACH'],
  ['Operation not permitted', 'EPERM'],
  ['Message too long', 'Message too long'],
] as const) {
  test(`what the system does not send is a failure with a code: ${text}`, async (t) => {
    const open = await loadRawSocket('linux', moduleThat('send', text));
    const sender = await createRawSender({ transport: 'tcp', sourceAddress: '203.0.113.7', randomBytes }, open);
    await t.throwsAsync(sender.send('192.0.2.1', 745), { code });
  });
}
