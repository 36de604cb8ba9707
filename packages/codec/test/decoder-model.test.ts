// The decoder against a slow model of the same rules.

import test from 'ava';
import fc from 'fast-check';
import { type DecoderClient, SequenceDecoder } from '#src/decoder.js';
import { encodeSequence } from '#src/sequence.js';
import { parseSource } from '#src/source.js';
import { nonce } from './arbitraries.ts';
import { ALL_PORTS, NOW_WINDOW, secretOf } from './decoder-clients.ts';
import { type ModelSource, modelDecode } from './decoder-model.ts';

// Small choices, so that keys, addresses and ports meet often.
const sources: readonly ModelSource[] = [
  { text: '203.0.113.7', hex: 'cb007107' },
  { text: '203.0.113.8', hex: 'cb007108' },
  { text: '2001:db8::7', hex: '20010db8000000000000000000000007' },
  { text: '2001:db8::8', hex: '20010db8000000000000000000000008' },
];
const source = fc.constantFrom(...sources);
const secret = fc.integer({ min: 1, max: 3 }).map(secretOf);
const serverId = fc.constantFrom('gw', 'gw', 'gw', 'GW');
const port = fc.constantFrom(22, 443, 51820);
const portSet = fc.oneof(
  { weight: 3, arbitrary: fc.uniqueArray(port).map((ports): ReadonlySet<number> => new Set(ports)) },
  fc.constant(ALL_PORTS),
);

const clients: fc.Arbitrary<DecoderClient[]> = fc
  .array(fc.record({ secret, trustSource: fc.boolean(), openForOther: fc.boolean(), ports: portSet }), { maxLength: 9 })
  .map((all) => all.map((client, i) => ({ name: `client-${i}`, ...client })));

const knock = fc.record({
  secret,
  serverId,
  address: fc.oneof(
    source.map(({ text }) => text),
    fc.constantFrom('source', '192.0.2.1'),
  ),
  port,
  time: fc.integer({ min: 0, max: 255 }),
  nonce,
  windowsOff: fc.integer({ min: -2, max: 2 }),
});

const noise = fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 8, maxLength: 8 });
const window = fc.oneof({ weight: 9, arbitrary: fc.constant(NOW_WINDOW) }, fc.integer({ min: 0, max: 2 }));

test('the decoder answers as the model does', (t) => {
  fc.assert(
    fc.property(
      clients,
      fc.oneof({ weight: 5, arbitrary: knock }, noise),
      source,
      window,
      fc.integer({ min: 0, max: 29 }),
      fc.constantFrom(745, 1, 65280),
      (enrolled, knocked, from, now, second, base) => {
        const unixSeconds = now * 30 + second;
        const ports = Array.isArray(knocked) ? knocked.map((byte) => base + byte) : portsOf(knocked, now, base);
        t.deepEqual(
          new SequenceDecoder('gw', enrolled, base).decode(ports, parseSource(from.text), unixSeconds),
          modelDecode('gw', base, enrolled, ports, from, unixSeconds),
        );
      },
    ),
    { numRuns: 400 },
  );
});

type Knock = typeof knock extends fc.Arbitrary<infer T> ? T : never;

function portsOf({ secret, serverId, nonce, windowsOff, ...request }: Knock, now: number, base: number) {
  const unixSeconds = Math.max(0, (now + windowsOff) * 30);
  return encodeSequence({ secret, serverId }, request, unixSeconds, nonce, base).ports;
}
