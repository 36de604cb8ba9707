import test from 'ava';
import { FirewallError } from '#src/act/firewall.js';
import { AuditTrail, auditEntry, HOSTILE_ENTRIES_PER_SECOND } from '#src/audit-trail.js';
import type { Outcome } from '#src/pipeline.js';
import type { AuditEntry } from '#src/store/store.js';

const REQUEST = {
  client: 'alice',
  sourceAddress: '198.51.100.7',
  claimedAddress: '203.0.113.9',
  port: 53,
  time: 5,
  window: 60_000_000,
  cipher: new Uint8Array(8),
};
const GRANT = {
  client: 'alice',
  address: '203.0.113.9',
  ports: [
    { protocol: 'tcp', port: 53 },
    { protocol: 'udp', port: 53 },
  ],
  action: 'open',
  shortened: false,
} as const;
const REPLAY: Outcome = { kind: 'denied', request: REQUEST, reason: 'replay' };
const WHO = { timeMs: 7, client: 'alice', source: '198.51.100.7' } as const;

const rows: readonly [string, Outcome, AuditEntry | undefined][] = [
  ['a grant is in the trail already', { kind: 'granted', request: REQUEST, grant: GRANT }, undefined],
  ['a denial', REPLAY, { ...WHO, event: 'denied', address: '203.0.113.9', ports: '53', reason: 'replay' }],
  [
    'a failure',
    { kind: 'failed', request: REQUEST, grant: GRANT, error: new FirewallError('no room') },
    { ...WHO, event: 'failed', address: '203.0.113.9', ports: 'tcp/53,udp/53', reason: 'no room' },
  ],
  [
    'a near miss',
    {
      kind: 'unrecognised',
      unrecognised: {
        sourceAddress: '198.51.100.7',
        rejection: { ok: false, reason: 'source-not-trusted', client: 'alice', port: 53 },
      },
    },
    { ...WHO, event: 'rejected', ports: '53', reason: 'source-not-trusted' },
  ],
  [
    'noise',
    {
      kind: 'unrecognised',
      unrecognised: { sourceAddress: '198.51.100.7', rejection: { ok: false, reason: 'no-key-fits' } },
    },
    undefined,
  ],
];
for (const [title, outcome, expected] of rows) {
  test(title, (t) => t.deepEqual<AuditEntry | undefined, AuditEntry | undefined>(auditEntry(outcome, 7), expected));
}

test('what strangers cause is limited for each reason and second', (t) => {
  const entries: AuditEntry[] = [];
  const clock = { ms: 1000 };
  const trail = new AuditTrail({ record: (entry) => void entries.push(entry) }, { nowMs: () => clock.ms });
  for (let i = 0; i < 100; i++) trail.onOutcome(REPLAY);
  t.is(entries.length, HOSTILE_ENTRIES_PER_SECOND);
  trail.onOutcome({ kind: 'denied', request: REQUEST, reason: 'client-expired' });
  t.is(entries.length, HOSTILE_ENTRIES_PER_SECOND + 1);
  clock.ms += 1000;
  trail.onOutcome(REPLAY);
  t.is(entries.length, HOSTILE_ENTRIES_PER_SECOND + 2);
});

test('failures of our own are never left out', (t) => {
  const entries: AuditEntry[] = [];
  const trail = new AuditTrail({ record: (entry) => void entries.push(entry) }, { nowMs: () => 1 });
  const failed: Outcome = { kind: 'failed', request: REQUEST, grant: GRANT, error: new FirewallError('no room') };
  for (let i = 0; i < 100; i++) trail.onOutcome(failed);
  t.is(entries.length, 100);
});
