import { Buffer } from 'node:buffer';
import { endianness } from 'node:os';
import test from 'ava';
import fc from 'fast-check';
import { encodeGenerationRequest, TransactionCounter } from '#src/act/netlink-events.js';
import { attribute, endOfTransaction, message, tableMessage } from './netlink-messages.js';

function count(...datagrams: readonly Uint8Array[]): TransactionCounter {
  const counter = new TransactionCounter('knockdaemon');
  for (const datagram of datagrams) counter.read(datagram);
  return counter;
}

test('a transaction counts once, however many messages and datagrams it has', (t) => {
  const counter = count(
    Buffer.concat([tableMessage(0), tableMessage(9), tableMessage(12)]),
    tableMessage(12),
    endOfTransaction(7),
  );
  t.is(counter.transactions, 1);
  t.is(counter.generation, 7);
});

test('every one of the messages about tables, chains, rules, sets, elements and objects counts', (t) => {
  for (const type of [0, 2, 3, 5, 6, 8, 9, 11, 12, 14, 18, 20, 22, 24]) {
    t.is(count(tableMessage(type), endOfTransaction(1)).transactions, 1, `type ${type}`);
  }
});

const ignored: readonly [string, Uint8Array][] = [
  ['another table', tableMessage(0, 'knockdaemon2')],
  ['a table whose name is the beginning of ours', tableMessage(0, 'knock')],
  ['another family', tableMessage(0, 'knockdaemon', 2)],
  ['another subsystem', message(0x100, Buffer.concat([Buffer.of(1, 0, 0, 0), attribute(1, 'knockdaemon\0')]))],
  [
    'our name in another attribute',
    message(0xa06, Buffer.concat([Buffer.of(1, 0, 0, 0), attribute(2, 'knockdaemon\0')])),
  ],
];
for (const [title, datagram] of ignored) {
  test(`${title} is none of ours`, (t) => t.is(count(datagram, endOfTransaction(1)).transactions, 0));
}

test('transactions of others in between', (t) => {
  const counter = count(
    Buffer.concat([tableMessage(0, 'other'), endOfTransaction(1), tableMessage(0), endOfTransaction(2)]),
    Buffer.concat([tableMessage(0, 'other'), endOfTransaction(3), tableMessage(2), endOfTransaction(4)]),
  );
  t.is(counter.transactions, 2);
  t.is(counter.generation, 4);
});

test('a transaction whose end is lost counts, and the generation is not known any more', (t) => {
  const counter = count(endOfTransaction(1), tableMessage(0));
  t.is(counter.transactions, 0);
  counter.lose();
  t.is(counter.transactions, 1);
  t.is(counter.generation, undefined);
});

test('a transaction of which only the end arrives is none of ours', (t) =>
  t.is(count(endOfTransaction(5)).transactions, 0));

test('the flags in the type of an attribute, and attributes before the one', (t) => {
  const body = Buffer.concat([Buffer.of(1, 0, 0, 0), attribute(3, 'xyz'), attribute(0x8001, 'knockdaemon\0')]);
  t.is(count(message(0xa00, body), endOfTransaction(1)).transactions, 1);
});

// A message that says that it is longer than what is there, an attribute likewise: linux/netlink.h, NLMSG_OK and RTA_OK.
const cut: readonly [string, (bytes: Buffer) => void][] = [
  ['a message longer than the datagram', (bytes) => void bytes.set([255], 1)],
  ['a message of length 0', (bytes) => void bytes.fill(0, 0, 4)],
  ['an attribute longer than its message', (bytes) => void bytes.set([255], 21)],
  ['an attribute of length 0', (bytes) => void bytes.fill(0, 20, 22)],
];
for (const [title, spoil] of cut) {
  test(`${title} ends the reading`, (t) => {
    t.is(endianness(), 'LE', 'the lengths below are written for such a machine');
    const bytes = Buffer.from(tableMessage(0));
    spoil(bytes);
    t.is(count(bytes, endOfTransaction(1)).transactions, 0);
  });
}

test('the request for the generation', (t) => {
  t.deepEqual([...encodeGenerationRequest()], [20, 0, 0, 0, 16, 10, 1, 0, ...new Array(12).fill(0)]);
});

/** Real messages with bytes changed, and any bytes. */
const datagrams = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc
    .tuple(
      fc.constantFrom(
        tableMessage(0),
        tableMessage(12),
        endOfTransaction(3),
        Buffer.concat([tableMessage(6), endOfTransaction(4)]),
      ),
      fc.array(fc.tuple(fc.nat(100), fc.nat(255)), { maxLength: 4 }),
      fc.nat(100),
    )
    .map(([real, changes, length]) => {
      const bytes = Buffer.from(real);
      for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
      return new Uint8Array(bytes.subarray(0, length));
    }),
);

test('any bytes: no exception, nothing outside of them is read, and what is there is not changed', (t) => {
  const numRuns = process.env.SLOW ? 1_000_000 : 2000;
  t.timeout(3_600_000);
  fc.assert(
    fc.property(fc.array(datagrams, { maxLength: 3 }), (all) => {
      // The same bytes between different neighbours: had one of those been read, the answers might differ.
      const [zeros, name] = [0, 1].map((which) => {
        const counter = new TransactionCounter('knockdaemon');
        for (const datagram of all) {
          const around = which
            ? Buffer.concat([tableMessage(0), datagram, tableMessage(0)])
            : Buffer.alloc(datagram.length + 96);
          const at = which ? tableMessage(0).length : 48;
          around.set(datagram, at);
          counter.read(around.subarray(at, at + datagram.length));
          if (Buffer.compare(around.subarray(at, at + datagram.length), datagram) !== 0) return undefined;
        }
        counter.lose();
        return counter.transactions;
      });
      return zeros !== undefined && zeros === name && zeros <= 8 * all.length;
    }),
    { numRuns },
  );
  t.pass();
});
