import test from 'ava';
import fc from 'fast-check';
import { formatTransportPort, parseTransportPort, tryParseTransportPort } from '#src/transport-port.js';
import { transportPort } from './arbitraries.ts';
import { refuses, untyped, type WrongUse } from './wrong-use.ts';

for (const [text, protocol, port] of [
  ['tcp/22', 'tcp', 22],
  ['udp/51820', 'udp', 51820],
  ['tcp/1', 'tcp', 1],
  ['udp/65535', 'udp', 65535],
] as const) {
  test(`${text} is read`, (t) => t.deepEqual(parseTransportPort(text), { protocol, port }));
}

const noPorts = [
  '',
  '22',
  'tcp',
  'tcp/',
  '/22',
  'tcp/0',
  'tcp/022',
  'tcp/65536',
  'tcp/70000',
  'tcp/100000',
  'tcp/-1',
  'tcp/+22',
  'tcp/2.5',
  'tcp/0x16',
  'tcp/1e2',
  'tcp/ssh',
  'tcp/22 ',
  ' tcp/22',
  'tcp /22',
  'tcp/22\n',
  'TCP/22',
  'sctp/22',
  'tcp:22',
  '22/tcp',
  'tcp/22,tcp/23',
  'tcp/٢٢',
];
for (const text of noPorts) {
  test(`${JSON.stringify(text)} is no port`, (t) => {
    t.is(tryParseTransportPort(text), undefined);
    refuses(t, [text, RangeError, 'port', () => parseTransportPort(text)]);
  });
}

const wrongUses: readonly WrongUse[] = [
  ['a number', TypeError, 'port', () => parseTransportPort(untyped(22))],
  ['nothing', TypeError, 'port', () => parseTransportPort(untyped(undefined))],
  ['write: port 70000', RangeError, 'port', () => formatTransportPort({ protocol: 'tcp', port: 70_000 })],
  ['write: port 0', RangeError, 'port', () => formatTransportPort({ protocol: 'tcp', port: 0 })],
  ['write: port NaN', RangeError, 'port', () => formatTransportPort({ protocol: 'tcp', port: Number.NaN })],
  ['write: port as text', TypeError, 'port', () => formatTransportPort({ protocol: 'tcp', port: untyped('22') })],
  ['write: SCTP', RangeError, 'protocol', () => formatTransportPort({ protocol: untyped('sctp'), port: 22 })],
  ['write: no protocol', TypeError, 'protocol', () => formatTransportPort(untyped({ port: 22 }))],
];
for (const row of wrongUses) test(`wrong use: ${row[0]}`, (t) => refuses(t, row));

test('what is written is read back', (t) => {
  fc.assert(fc.property(transportPort, (port) => t.deepEqual(parseTransportPort(formatTransportPort(port)), port)));
});

test('what is read is written as it was, and no text makes it throw', (t) => {
  const near = fc.stringMatching(/^(tcp|udp|TCP|)\/?[0-9]{0,6}$/);
  fc.assert(
    fc.property(fc.oneof(near, fc.string({ unit: 'binary' })), (text) => {
      const port = tryParseTransportPort(text);
      t.true(port === undefined || formatTransportPort(port) === text);
    }),
    { numRuns: 500 },
  );
});
