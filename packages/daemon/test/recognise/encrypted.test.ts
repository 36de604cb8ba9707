import { encodeSequence, type KnockRequest } from '@eightknock/codec';
import test from 'ava';
import {
  EncryptedDoor,
  FOREIGN_TRIES_PER_SECOND,
  KEYS_AT_ONCE,
  KEYS_AT_RECONFIGURATION,
} from '#src/recognise/encrypted.js';
import type { ClientRequest, Recognition } from '#src/recognise/recogniser.js';
import { knockOn } from '../knock.js';

const SECRET = new Uint8Array(32).fill(7);
const SERVER_ID = 'gw';
const NOW_MS = 1_800_000_000_000;
const SOURCE = '198.51.100.7';

function door(overrides: object = {}): EncryptedDoor {
  const client = {
    name: 'alice',
    secret: SECRET,
    trustSource: true,
    openForOther: false,
    ports: [{ protocol: 'tcp' as const, port: 22 }],
  };
  return new EncryptedDoor({
    serverId: SERVER_ID,
    basePort: 745,
    sequenceTimeoutMs: 10_000,
    clients: [client],
    ...overrides,
  });
}

function ports(request: Partial<KnockRequest> = {}): readonly number[] {
  const key = { secret: SECRET, serverId: SERVER_ID };
  return encodeSequence(key, { address: SOURCE, port: 22, time: 5, ...request }, NOW_MS / 1000, 3).ports;
}

function knockAll(on: EncryptedDoor, all: readonly number[], sourceAddress = SOURCE): Recognition<ClientRequest>[] {
  return all.map((port) => on.recognise(knockOn(port, { sourceAddress }), NOW_MS));
}

test('eight knocks are a request, seven are nothing yet', (t) => {
  const results = knockAll(door(), ports());
  t.deepEqual(results.slice(0, 7), Array(7).fill(undefined));
  const last = results[7];
  t.is(last?.kind, 'request');
  if (last?.kind !== 'request') return;
  const { cipher, ...request } = last.request;
  t.is(cipher.length, 8);
  t.deepEqual(request, {
    client: 'alice',
    sourceAddress: SOURCE,
    claimedAddress: SOURCE,
    port: 22,
    time: 5,
    window: 60_000_000,
  });
});

test('knocks outside the range are not looked at', (t) => {
  const d = door();
  knockAll(d, [744, 1001, 22, 0, 65535]);
  t.is(d.sources, 0);
});

test('noise of the same source before the sequence does not matter', (t) => {
  t.is(knockAll(door(), [745, 746, 1000, ...ports()]).at(-1)?.kind, 'request');
});

test('knocks of two sources do not mix', (t) => {
  const d = door();
  const [mine, theirs] = [ports(), ports({ address: 'source' })];
  const results = mine.flatMap((port, i) => [
    d.recognise(knockOn(port), NOW_MS),
    d.recognise(knockOn(theirs[i]!, { sourceAddress: '203.0.113.9' }), NOW_MS),
  ]);
  t.is(results.filter((result) => result?.kind === 'request').length, 2);
});

test('that nothing fits is told once for eight knocks; a near miss at once', (t) => {
  const scan = Array.from({ length: 96 }, (_, i) => 745 + i);
  const told = knockAll(door(), scan).filter((result) => result?.kind === 'unrecognised');
  t.is(told.length, 12);
  const near = knockAll(door(), ports({ address: '203.0.113.9' })).at(-1);
  t.deepEqual(near, {
    kind: 'unrecognised',
    unrecognised: {
      sourceAddress: SOURCE,
      rejection: { ok: false, reason: 'address-mismatch', client: 'alice', port: 22, claimedAddress: '203.0.113.9' },
    },
  });
});

test('after a request the next begins anew', (t) => {
  const d = door();
  knockAll(d, ports());
  t.is(knockAll(d, ports()).filter((result) => result?.kind === 'request').length, 1);
});

test('the table of sources is bounded', (t) => {
  const d = door({ maxSources: 100 });
  for (let i = 0; i < 1000; i++) d.recognise(knockOn(750, { sourceAddress: `10.0.${i >> 8}.${i & 255}` }), NOW_MS);
  t.is(d.sources, 100);
});

test('with thousands of clients a sequence right after the start waits for no more keys than it may', (t) => {
  const client = { trustSource: true, openForOther: false, ports: [{ protocol: 'tcp' as const, port: 22 }] };
  const clients = Array.from({ length: 2 * KEYS_AT_ONCE }, (_, i) => {
    return { ...client, name: `client-${i}`, secret: new Uint8Array(32).fill(i & 255, 0, 16).fill(i >> 8, 16) };
  });
  const own = { ...client, name: 'alice', secret: SECRET.map((byte) => byte + 1) };
  const d = door({ clients: [...clients, own] });
  const key = { secret: own.secret, serverId: SERVER_ID };
  const sequence = (nonce: number) =>
    encodeSequence(key, { address: SOURCE, port: 22, time: 5 }, NOW_MS / 1000, nonce).ports;
  const early = knockAll(d, sequence(1))[7];
  t.is(early?.kind === 'unrecognised' && early.unrecognised.rejection.reason, 'keys-missing');
  t.is(d.counts.decrypts, KEYS_AT_ONCE);
  while (d.deriveAhead(NOW_MS, 1000) > d.clientCount);
  t.is(knockAll(d, sequence(2))[7]?.kind, 'request');
  const before = d.counts.decrypts;
  t.is(knockAll(d, sequence(3))[7]?.kind, 'request');
  t.is(d.counts.decrypts - before, 1, 'who knocked from there before is tried first');
});

test('deriving ahead says how many keys are missing', (t) => {
  const d = door();
  t.is(d.deriveAhead(NOW_MS, 3), 1);
  t.is(d.deriveAhead(NOW_MS, 3), 0);
});

test('noise leaves few tries for sequences whose address proves nothing; the proven ones are not touched', (t) => {
  const client = {
    name: 'alice',
    secret: SECRET,
    trustSource: true,
    openForOther: true,
    ports: [{ protocol: 'tcp' as const, port: 22 }],
  };
  const d = door({ clients: [client] });
  const foreign = () => knockAll(d, ports({ address: '203.0.113.9' })).at(-1);
  t.is(foreign()?.kind, 'request');
  for (let i = 0; i < 200; i++) d.recognise(knockOn(745 + i, { sourceAddress: '192.0.2.1' }), NOW_MS);
  const refused = foreign();
  t.like(refused?.kind === 'unrecognised' && refused.unrecognised.rejection, {
    reason: 'foreign-address-budget',
    client: 'alice',
    claimedAddress: '203.0.113.9',
  });
  t.is(knockAll(d, ports()).at(-1)?.kind, 'request', 'its own address');
  t.is(knockAll(d, ports({ address: 'source' })).at(-1)?.kind, 'request', 'the source');
  const later = ports({ address: '203.0.113.9' }).map((port) => d.recognise(knockOn(port), NOW_MS + 1000));
  t.is(later.at(-1)?.kind, 'request', `${FOREIGN_TRIES_PER_SECOND} come back each second`);
});

test('a trace tells each stage, and no secret', (t) => {
  const d = door();
  const told: [string, object][] = [];
  const tell = (stage: string, fields: object) => void told.push([stage, fields]);
  const first = knockOn(ports()[0]!);
  d.recognise(first, NOW_MS, tell);
  d.recognise(first, NOW_MS, tell);
  for (const port of ports().slice(1)) d.recognise(knockOn(port), NOW_MS, tell);
  t.deepEqual(told, [
    ['waiting', { knocks: 1 }],
    ['duplicate', { knocks: 1 }],
    ...[2, 3, 4, 5, 6, 7].map((knocks): [string, object] => ['waiting', { knocks }]),
    ['recognised', { client: 'alice', port: 22, time: 5 }],
  ]);
  told.length = 0;
  for (let i = 0; i < 8; i++) d.recognise(knockOn(745 + i), NOW_MS, tell);
  t.deepEqual(told.slice(7), [
    ['plain', { reason: 'no-key-fits' }],
    ['arrangement', { fault: 'swapped', fits: false }],
  ]);
  told.length = 0;
  d.recognise(knockOn(745, { timeMs: 60_000 }), NOW_MS, tell);
  t.deepEqual(told, [['too-slow', { knocks: 9 }]]);
});

const settings = (overrides: object = {}) => ({
  serverId: SERVER_ID,
  basePort: 745,
  sequenceTimeoutMs: 10_000,
  clients: [{ name: 'bob', secret: SECRET, trustSource: true, openForOther: false, ports: [] }],
  ...overrides,
});

test('reconfigured, a half-finished sequence goes on with the new clients', (t) => {
  const d = door({ clients: [] });
  knockAll(d, ports().slice(0, 4));
  d.reconfigure(settings());
  t.like(knockAll(d, ports().slice(4)).at(-1), { kind: 'request', request: { client: 'bob' } });
});

test('reconfigured, a removed client is not known any more, and the new server id and timeout count', (t) => {
  const gone = door();
  gone.reconfigure(settings({ clients: [] }));
  t.is(knockAll(gone, ports()).at(-1)?.kind, 'unrecognised');
  const elsewhere = door();
  elsewhere.reconfigure(settings({ serverId: 'other' }));
  t.is(knockAll(elsewhere, ports()).at(-1)?.kind, 'unrecognised');
  const hasty = door();
  hasty.reconfigure(settings({ sequenceTimeoutMs: 6 }));
  t.is(
    ports()
      .map((port, timeMs) => hasty.recognise(knockOn(port, { timeMs }), NOW_MS))
      .at(-1),
    undefined,
  );
});

test('reconfigured, keys that are known need not be derived again', (t) => {
  const key = (name: string, fill: number) => ({
    ...settings().clients[0]!,
    name,
    secret: new Uint8Array(32).fill(fill),
  });
  const many = Array.from({ length: 40 }, (_, i) => key(`client-${i}`, i + 1));
  const d = door({ clients: many });
  d.deriveAhead(NOW_MS, 1000);
  d.reconfigure(settings({ clients: [key('new', 200), ...many.slice(1)] }));
  t.is(d.deriveAhead(NOW_MS, 1), 0, 'the new one has its four');
  const others = Array.from({ length: 10 }, (_, i) => key(`other-${i}`, i + 100));
  d.reconfigure(settings({ clients: others }));
  t.is(d.deriveAhead(NOW_MS, 1), 4 * others.length - KEYS_AT_RECONFIGURATION - 1, 'no more than that at once');
});

test('another base port empties the table; a wrong one changes nothing', (t) => {
  const d = door();
  knockAll(d, ports().slice(0, 4));
  t.throws(() => d.reconfigure(settings({ basePort: 0 })), { instanceOf: RangeError });
  t.is(d.sources, 1);
  d.reconfigure(settings({ basePort: 2000 }));
  t.is(d.sources, 0);
  t.is(
    knockAll(
      d,
      ports().map((port) => port + 1255),
    ).at(-1)?.kind,
    'request',
  );
});
