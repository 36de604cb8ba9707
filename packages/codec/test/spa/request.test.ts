// What a packet asks for ↔ its texts: tables of both ways, and of what is refused.

import test from 'ava';
import fc from 'fast-check';
import type { SpaFieldName } from '#src/spa/rejection.js';
import { type RequestTexts, readRequest, type SpaRequest, writeRequest } from '#src/spa/request.js';
import { refuses, untyped, type WrongUse } from '../wrong-use.ts';
import { spaRequest } from './spa-arbitraries.ts';

const tcp22 = { protocol: 'tcp', port: 22 } as const;
const access = { address: '203.0.113.7', ports: [tcp22] } as const;
const target = { host: '192.168.1.2', port: 5000 } as const;
const natAccess = '192.168.1.2,5000';
const message = '203.0.113.7,tcp/22';

const requests: readonly [title: string, request: SpaRequest, texts: RequestTexts][] = [
  [
    'a command with commas',
    { kind: 'command', address: 'source', command: 'a, b' },
    { type: '0', message: '0.0.0.0,a, b' },
  ],
  [
    'a command that is a comma',
    { kind: 'command', address: 'source', command: ',' },
    { type: '0', message: '0.0.0.0,,' },
  ],
  ['access', { kind: 'access', ...access }, { type: '1', message }],
  [
    'several ports, one of them twice',
    { kind: 'access', address: 'source', ports: [tcp22, { protocol: 'udp', port: 65535 }, tcp22] },
    { type: '1', message: '0.0.0.0,tcp/22,udp/65535,tcp/22' },
  ],
  ['no time at all', { kind: 'access', ...access, timeoutSeconds: 0 }, { type: '3', message, timeout: '0' }],
  ['the longest time', { kind: 'access', ...access, timeoutSeconds: 65536 }, { type: '3', message, timeout: '65536' }],
  ['NAT', { kind: 'nat-access', ...access, target }, { type: '2', message, natAccess }],
  [
    'NAT to a name, with a timeout',
    { kind: 'nat-access', ...access, target: { host: 'Gw-1.example.net', port: 1 }, timeoutSeconds: 9 },
    { type: '4', message, natAccess: 'Gw-1.example.net,1', timeout: '9' },
  ],
  ['local NAT', { kind: 'local-nat', ...access, target }, { type: '5', message, natAccess }],
  [
    'local NAT with a timeout',
    { kind: 'local-nat', ...access, target, timeoutSeconds: 30 },
    { type: '6', message, natAccess, timeout: '30' },
  ],
];
for (const [title, request, texts] of requests) {
  test(`request: ${title}`, (t) => {
    t.deepEqual(writeRequest(request), texts);
    t.deepEqual(readRequest(texts), request);
  });
}

const refused: readonly [field: SpaFieldName, change: Partial<RequestTexts>, ...more: Partial<RequestTexts>[]][] = [
  ['type', { type: '7' }, { type: '' }, { type: '00' }, { type: '01' }, { type: '-1' }, { type: 'x' }, { type: '10' }],
  ['message', { message: '' }, { message: ',' }, { message: 'tcp/22' }, { message: '203.0.113.7' }],
  ['message', { message: '203.0.113.7,' }, { message: ',tcp/22' }, { message: ' 203.0.113.7,tcp/22' }],
  ['message', { message: '203.0.113.07,tcp/22' }, { message: '203.0.113,tcp/22' }, { message: '256.0.0.1,tcp/22' }],
  ['message', { message: '::1,tcp/22' }, { message: '::ffff:1.2.3.4,tcp/22' }, { message: '0x7f000001,tcp/22' }],
  ['message', { message: 'source,tcp/22' }, { message: 'localhost,tcp/22' }, { message: '1.2.3.4 ,tcp/22' }],
  ['message', { message: '1.2.3.4,tcp/0' }, { message: '1.2.3.4,tcp/65536' }, { message: '1.2.3.4,tcp/022' }],
  ['message', { message: '1.2.3.4,tcp/22,' }, { message: '1.2.3.4,,tcp/22' }, { message: '1.2.3.4, tcp/22' }],
  ['message', { message: '1.2.3.4,icmp/8' }, { message: '1.2.3.4,none/1' }, { message: '1.2.3.4,TCP/22' }],
  ['message', { message: '1.2.3.4,tcp/+22' }, { message: '1.2.3.4,tcp/22.0' }, { message: '1.2.3.4,tcp/2e1' }],
  ['message', { type: '0', message: '1.2.3.4,' }, { type: '0', message: '1.2.3.4' }, { type: '0', message: 'id' }],
  ['message', { type: '0', message: '1.2.3.4,a\tb' }, { type: '0', message: '1.2.3.4,a\n' }],
  ['message', { type: '0', message: '1.2.3.4,\u00fc' }, { type: '0', message: '1.2.3.4,a\0' }],
  ['nat-access', { type: '2' }, { type: '2', natAccess: '' }, { type: '2', natAccess: 'gw' }, { natAccess }],
  ['nat-access', { type: '5', natAccess: 'gw,' }, { type: '5', natAccess: ',5000' }, { type: '5', natAccess: 'gw,0' }],
  ['nat-access', { type: '2', natAccess: 'gw,65536' }, { type: '2', natAccess: 'gw,05000' }],
  ['nat-access', { type: '2', natAccess: 'gw,5000,1' }, { type: '2', natAccess: 'gw:5000' }],
  ['nat-access', { type: '2', natAccess: '::1,5000' }, { type: '2', natAccess: '999.1.1.1,5000' }],
  ['nat-access', { type: '2', natAccess: 'a_b,5000' }, { type: '2', natAccess: '-a,5000' }],
  ['nat-access', { type: '2', natAccess: 'a b,5000' }, { type: '2', natAccess: 'a..b,5000' }],
  ['timeout', { type: '3', timeout: '' }, { type: '3', timeout: '65537' }, { type: '3', timeout: '030' }],
  ['timeout', { type: '3', timeout: '-1' }, { type: '3', timeout: '1.5' }, { type: '3', timeout: ' 1' }],
  ['timeout', { type: '3', timeout: '1e3' }, { type: '3', timeout: '4294967297' }],
];
for (const [field, ...changes] of refused) {
  test(`refused for its ${field}: ${changes.map((change) => JSON.stringify(change)).join(' ')}`, (t) => {
    for (const change of changes) t.is(readRequest({ type: '1', message, ...change }), field, JSON.stringify(change));
  });
}

test('what is written is read back', (t) => {
  fc.assert(fc.property(spaRequest, (request) => t.deepEqual(readRequest(writeRequest(request)), request)));
});

const piece = fc.constantFrom(
  ...'0123456789.,/:-_ '.split(''),
  'tcp',
  'udp',
  '/22',
  '0.0.0.0',
  '1.2.3.4',
  'gw',
  'tcp/22',
);
const text = fc.oneof(
  fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('')),
  fc.string({ unit: 'binary' }),
);
const texts = fc
  .tuple(
    fc.oneof(spaRequest.map(writeRequest), fc.record({ type: fc.constantFrom(...'01234567'), message: text })),
    fc.record({ message: text, natAccess: text, timeout: text }, { requiredKeys: [] }),
    fc.boolean(),
  )
  .map(([right, wrong, change]): RequestTexts => (change ? { ...right, ...wrong } : right));

test('whatever can be read is written as it was', (t) => {
  let read = 0;
  fc.assert(
    fc.property(texts, (some) => {
      const request = readRequest(some);
      if (typeof request === 'string') return;
      read++;
      t.like(some, writeRequest(request));
    }),
    { numRuns: process.env.SLOW ? 1_000_000 : 2000 },
  );
  t.true(read > 200, `${read} were read`);
});

const write = (change: object) => () => writeRequest(untyped({ kind: 'access', ...access, target, ...change }));
const wrongUses: readonly WrongUse[] = [
  ['a kind that does not exist', RangeError, 'kind', write({ kind: 'toString' })],
  ['no address', TypeError, 'address', write({ address: undefined })],
  ['an address that is none', RangeError, 'address', write({ address: '1.2.3' })],
  ['an IPv6 address', RangeError, 'address', write({ address: '2001:db8::7' })],
  ['0.0.0.0', RangeError, 'address', write({ address: '0.0.0.0' })],
  ['no ports', TypeError, 'ports', write({ ports: undefined })],
  ['an empty list of ports', RangeError, 'ports', write({ ports: [] })],
  ['port 0', RangeError, 'ports', write({ ports: [{ protocol: 'tcp', port: 0 }] })],
  ['port 1.5', RangeError, 'ports', write({ ports: [{ protocol: 'tcp', port: 1.5 }] })],
  ['another protocol', RangeError, 'ports', write({ ports: [{ protocol: 'icmp', port: 8 }] })],
  ['two ports in one', RangeError, 'ports', write({ ports: [{ protocol: 'tcp/1,tcp', port: 8 }] })],
  ['a negative timeout', RangeError, 'timeoutSeconds', write({ timeoutSeconds: -1 })],
  ['too long a timeout', RangeError, 'timeoutSeconds', write({ timeoutSeconds: 65537 })],
  ['a timeout as text', TypeError, 'timeoutSeconds', write({ timeoutSeconds: '30' })],
  ['no target', TypeError, 'target host', write({ kind: 'local-nat', target: { port: 1 } })],
  ['an IPv6 target', RangeError, 'target host', write({ kind: 'nat-access', target: { host: '::1', port: 1 } })],
  ['a target of two', RangeError, 'target host', write({ kind: 'nat-access', target: { host: 'a,1', port: 1 } })],
  ['target port 0', RangeError, 'target port', write({ kind: 'nat-access', target: { host: 'gw', port: 0 } })],
  ['no command', TypeError, 'command', write({ kind: 'command' })],
  ['an empty command', RangeError, 'command', write({ kind: 'command', command: '' })],
  ['a command with a line feed', RangeError, 'command', write({ kind: 'command', command: 'id\nid' })],
];
for (const row of wrongUses) test(`wrong use: ${row[0]}`, (t) => refuses(t, row));
