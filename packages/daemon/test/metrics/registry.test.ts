// What is counted, and that the text is what Prometheus reads: by a strict reader of the format.

import { readFile } from 'node:fs/promises';
import test from 'ava';
import { ACTION_TERMS } from '#src/act/action-terms.js';
import { FirewallError } from '#src/act/firewall.js';
import type { Status } from '#src/control/control-actions.js';
import { DaemonMetrics, KNOCK_TO_RULE_BUCKETS, MAX_DROP_REASONS } from '#src/metrics/registry.js';
import type { Outcome } from '#src/pipeline.js';
import { DENIALS, REJECTIONS } from '#src/reasons.js';
import { type Family, readExposition } from './exposition.ts';
import { STATUS } from './sample-status.ts';

const request = {
  client: 'secretive-client',
  sourceAddress: '203.0.113.7',
  claimedAddress: '203.0.113.7',
  port: 22,
  time: 1,
  window: 60_000_000,
  cipher: new Uint8Array(8),
};
const grant = {
  client: request.client,
  address: '203.0.113.7',
  ports: [{ protocol: 'tcp', port: 22 }],
  action: 'open',
  shortened: false,
} as const;
const GRANTED: Outcome = { kind: 'granted', request, grant };
const CLOSED: Outcome = { kind: 'granted', request, grant: { ...grant, action: 'close' } };
const FAILED: Outcome = { kind: 'failed', request, grant, error: new FirewallError('No') };
const KNOCK = {
  sourceAddress: '203.0.113.7',
  sourcePort: 40_000,
  destinationPort: 745,
  protocol: 'tcp',
  sequenceNumber: 0,
  timeMs: 0,
} as const;

function denied(reason: keyof typeof DENIALS): Outcome {
  return { kind: 'denied', request, reason };
}

function unrecognised(reason: 'no-key-fits' | 'knock-out-of-range'): Outcome {
  return { kind: 'unrecognised', unrecognised: { sourceAddress: '203.0.113.7', rejection: { ok: false, reason } } };
}

/** The metrics of a daemon that stands as given, and how to read them. */
function make(status: Partial<Status> = {}, decrypts = 0) {
  let asked = 0;
  const metrics = new DaemonMetrics({
    status: () => {
      asked++;
      return { ...STATUS, ...status };
    },
    decrypts: () => decrypts,
  });
  return {
    metrics,
    observer: metrics.observer,
    asked: () => asked,
    read: async () => readExposition(await metrics.text()),
    value: async (name: string, labels = {}) => sampleOf(readExposition(await metrics.text()), name, labels),
  };
}

function sampleOf(families: ReadonlyMap<string, Family>, name: string, labels: object = {}): number | undefined {
  const wanted = JSON.stringify(labels);
  const samples = [...families.values()].flatMap((family) => family.samples);
  return samples.find((sample) => sample.name === name && JSON.stringify(sample.labels) === wanted)?.value;
}

test('every metric is documented, and only those', async (t) => {
  const families = await make().read();
  const page = await readFile(new URL('../../../../../docs/metrics.md', import.meta.url), 'utf8');
  const documented = [...page.matchAll(/^\| `([a-z_]+)(?:\{[a-z]+\})?` \|/gm)].map(([, name]) => name);
  t.deepEqual([...families.keys()].sort(), documented.sort());
});

test('every action is documented', async (t) => {
  const page = await readFile(new URL('../../../../../docs/metrics.md', import.meta.url), 'utf8');
  const [row = ''] = /^\| `eightknock_grants_total.*$/m.exec(page) ?? [];
  for (const action of Object.keys(ACTION_TERMS)) t.true(row.includes(`\`${action}\``), action);
});

test('before anything happened every counter stands at zero, with all its labels', async (t) => {
  const families = await make().read();
  const labelled = (name: string) =>
    families.get(name)?.samples.map(({ labels, value }) => [Object.values(labels)[0], value]);
  t.deepEqual(
    labelled('eightknock_denials_total'),
    Object.keys(DENIALS).map((reason) => [reason, 0]),
  );
  t.deepEqual(
    labelled('eightknock_rejections_total'),
    Object.keys(REJECTIONS).map((reason) => [reason, 0]),
  );
  t.deepEqual(labelled('eightknock_requests_total'), [
    ['granted', 0],
    ['denied', 0],
    ['failed', 0],
  ]);
  t.deepEqual(labelled('eightknock_grants_total'), [
    ['open', 0],
    ['close', 0],
    ['forward', 0],
    ['run', 0],
  ]);
  t.is(sampleOf(families, 'eightknock_replays_total'), 0);
  t.is(sampleOf(families, 'eightknock_knock_to_rule_seconds_count'), 0);
});

const counted: readonly (readonly [
  title: string,
  outcome: Outcome,
  increased: readonly (readonly [string, object])[],
])[] = [
  [
    'an opened door',
    GRANTED,
    [
      ['requests', { result: 'granted' }],
      ['grants', { action: 'open' }],
    ],
  ],
  [
    'a closed door',
    CLOSED,
    [
      ['requests', { result: 'granted' }],
      ['grants', { action: 'close' }],
    ],
  ],
  ['a firewall that refused', FAILED, [['requests', { result: 'failed' }]]],
  [
    'a denial',
    denied('port-not-allowed'),
    [
      ['requests', { result: 'denied' }],
      ['denials', { reason: 'port-not-allowed' }],
    ],
  ],
  [
    'a store that cannot be written',
    denied('store-unwritable'),
    [
      ['requests', { result: 'denied' }],
      ['denials', { reason: 'store-unwritable' }],
    ],
  ],
  [
    'a replay',
    denied('replay'),
    [
      ['requests', { result: 'denied' }],
      ['denials', { reason: 'replay' }],
      ['replays', {}],
    ],
  ],
  ['a sequence of nobody', unrecognised('no-key-fits'), [['rejections', { reason: 'no-key-fits' }]]],
];
for (const [title, outcome, increased] of counted) {
  test(`${title} is counted once, and as nothing else`, async (t) => {
    const { observer, read } = make();
    const before = await read();
    observer.onOutcome?.(outcome, 3);
    const after = await read();
    const changed = [...after.values()]
      .filter(({ type }) => type === 'counter')
      .flatMap(({ samples }) => samples)
      .filter(({ name, labels, value }) => value !== sampleOf(before, name, labels))
      .map(({ name, labels, value }) => [name, labels, value]);
    t.deepEqual(
      changed,
      increased.map(([name, labels]) => [`eightknock_${name}_total`, labels, 1]),
    );
  });
}

test('knocks are counted', async (t) => {
  const { observer, value } = make();
  for (let i = 0; i < 1000; i++) observer.onKnock?.(KNOCK);
  t.is(await value('eightknock_knocks_total'), 1000);
});

test('the time from knock to rule goes into its bucket, in seconds', async (t) => {
  const { observer, value } = make();
  observer.onOutcome?.(GRANTED, 3);
  observer.onOutcome?.(GRANTED, 1500);
  const bucket = (le: string | number) => value('eightknock_knock_to_rule_seconds_bucket', { le: String(le) });
  t.deepEqual(await Promise.all([0.002, 0.005, 1, '+Inf'].map(bucket)), [0, 1, 1, 2]);
  t.is(await value('eightknock_knock_to_rule_seconds_sum'), 1.503);
});

test('the buckets go from half a millisecond to a second', (t) => {
  t.is(KNOCK_TO_RULE_BUCKETS[0], 0.0005);
  t.is(KNOCK_TO_RULE_BUCKETS.at(-1), 1);
});

for (const [title, outcome, tookMs] of [
  ['a denial', denied('replay'), 3],
  ['a rule that failed', FAILED, 3],
  ['a clock that was set back', GRANTED, -3_600_000],
  ['no number', GRANTED, Number.NaN],
] as const) {
  test(`no time is measured of ${title}`, async (t) => {
    const { observer, value } = make();
    observer.onOutcome?.(outcome, tookMs);
    t.is(await value('eightknock_knock_to_rule_seconds_count'), 0);
  });
}

test('drops are counted by reason', async (t) => {
  const { observer, value } = make();
  observer.onDropped?.('not-syn', 5);
  observer.onDropped?.('not-syn', 2);
  observer.onDropped?.('ring', 1);
  t.is(await value('eightknock_drops_total', { reason: 'not-syn' }), 7);
  t.is(await value('eightknock_drops_total', { reason: 'ring' }), 1);
});

test('what a hostile capture process says makes neither many series nor a wrong text', async (t) => {
  const { observer, read, value } = make();
  const words = ['', 'A', '"} 1\nfake_metric 1', '\u0000', 'x'.repeat(33), '__proto__', '1e9'];
  for (const word of words) observer.onDropped?.(word, 1);
  for (let i = 0; i < 100; i++) observer.onDropped?.(`reason-${'x'.repeat(i % 20)}${'y'.repeat(i / 20)}`, 1);
  for (const count of [-1, Number.NaN, Number.POSITIVE_INFINITY, 0]) observer.onDropped?.('not-syn', count);
  const drops = (await read()).get('eightknock_drops_total')?.samples ?? [];
  t.is(drops.length, MAX_DROP_REASONS + 1);
  t.is(
    drops.reduce((sum, sample) => sum + sample.value, 0),
    words.length + 100,
  );
  t.true(((await value('eightknock_drops_total', { reason: 'other' })) ?? 0) >= words.length);
});

test('the rest is asked of the daemon, once for each text', async (t) => {
  const { read, asked } = make({}, 1234);
  const before = asked();
  const families = await read();
  t.is(asked(), before + 1);
  const expected: readonly (readonly [string, object, number])[] = [
    ['eightknock_decrypts_total', {}, 1234],
    ['eightknock_firewall_restored_total', {}, 4],
    ['eightknock_firewall_ok', {}, 1],
    ['eightknock_store_writable', {}, 1],
    ['eightknock_live_grants', {}, 5],
    ['eightknock_sources', {}, 7],
    ['eightknock_clients', {}, 3],
    ['eightknock_test', {}, 0],
    ['eightknock_capture_up', { interface: 'eth0' }, 1],
    ['eightknock_capture_up', { interface: 'wg0' }, 0],
    ['eightknock_capture_restarts_total', { interface: 'eth0' }, 2],
    ['eightknock_build_info', { version: '0.1.0' }, 1],
    ['process_start_time_seconds', {}, 1_800_000_000.5],
    ['process_resident_memory_bytes', {}, 50_000_000],
  ];
  for (const [name, labels, value] of expected) t.is(sampleOf(families, name, labels), value, name);
});

test('what is wrong is 0', async (t) => {
  const firewall = { ...STATUS.firewall, error: 'Operation not permitted' };
  const { value } = make({ firewall, store: { writable: false, message: 'disk full' }, test: true });
  t.is(await value('eightknock_firewall_ok'), 0);
  t.is(await value('eightknock_store_writable'), 0);
  t.is(await value('eightknock_test'), 1);
});

test('totals that are asked for are not added up', async (t) => {
  const { value } = make({}, 10);
  await value('eightknock_decrypts_total');
  t.is(await value('eightknock_decrypts_total'), 10);
  t.is(await value('eightknock_capture_restarts_total', { interface: 'eth0' }), 2);
});

test('an interface that is no longer listened on is no longer shown', async (t) => {
  const captures = [...STATUS.captures];
  const { read } = make({ captures });
  t.is((await read()).get('eightknock_capture_up')?.samples.length, 2);
  captures.pop();
  t.is((await read()).get('eightknock_capture_up')?.samples.length, 1);
});

test('no client and no address is in the text', async (t) => {
  const { metrics, observer } = make();
  for (const outcome of [GRANTED, CLOSED, FAILED, denied('replay'), unrecognised('no-key-fits')]) {
    observer.onOutcome?.(outcome, 1);
  }
  observer.onKnock?.(KNOCK);
  const text = await metrics.text();
  t.false(text.includes(request.client));
  t.false(text.includes('203.0.113.7'));
});
