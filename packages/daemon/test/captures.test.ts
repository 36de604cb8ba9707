// Whom the daemon tells the capture process of: these are heard when load is shed, so that nobody must get among them by
// sending what others have sent.

import { encodeSequence } from '@eightknock/codec';
import test, { type ExecutionContext } from 'ava';
import { DryRunFirewall } from '#src/act/firewall.js';
import { MAX_KNOWN } from '#src/capture/shed-filter.js';
import { systemClock } from '#src/clock.js';
import type { ClientConfig } from '#src/config/config.js';
import { Daemon } from '#src/daemon.js';
import { createLog } from '#src/log.js';
import type { Outcome } from '#src/pipeline.js';
import { Recorder } from '#src/recorder.js';
import type { Store } from '#src/store/store.js';
import { type FakeChild, fakeChildren } from './capture/fake-children.js';
import { configOf } from './config-of.ts';
import { claimOf, grantFor, inMemory } from './store/opening.js';

const children = fakeChildren();

const ALICE: ClientConfig = {
  name: 'alice',
  secret: new Uint8Array(32).fill(7),
  enabled: true,
  ports: [{ protocol: 'tcp', port: 22 }],
  openForOther: true,
  trustSource: true,
};
const CONFIG = configOf({ clients: [ALICE] });

/** A daemon whose capture process has begun to capture. */
async function start(t: ExecutionContext, store: Store = inMemory()) {
  const log = createLog({ debug: false, quiet: false, readable: false, destination: { write() {} } });
  const daemon = new Daemon({
    config: CONFIG,
    load: async () => ({ config: CONFIG, file: '/k.toml' }),
    firewall: new DryRunFirewall(),
    store,
    recorder: new Recorder(log, systemClock),
    test: true,
  });
  t.teardown(() => daemon.stop());
  let heard: (outcome: Outcome) => void = () => {};
  const capturing = new Promise<void>((resolve) => {
    daemon.observe({ onOutcome: (outcome) => heard(outcome), onCaptureState: () => resolve() });
  });
  daemon.start();
  const child = children.at(-1) as FakeChild;
  child.capture();
  await capturing;
  /** Knocks from 10.0.0.N. @returns what became of it */
  const knock = (ports: readonly number[], from: number) => {
    const source = Uint8Array.of(10, 0, 0, from);
    return new Promise<Outcome>((resolve) => {
      heard = resolve;
      child.hear(
        ports.map((destinationPort, i) => {
          const sourcePort = 40_000 + i;
          return { source, sourcePort, destinationPort, protocol: 'tcp', sequenceNumber: from * 256 + i };
        }),
      );
    });
  };
  return { child, knock };
}

function sequence(port: number): readonly number[] {
  const key = { secret: ALICE.secret, serverId: CONFIG.serverId };
  return encodeSequence(key, { address: 'source', port, time: 1 }, Date.now() / 1000, 1).ports;
}

test.serial(
  'whose sequence was good is told of; who is denied is not, for a recorded knock comes from anywhere',
  async (t) => {
    const { child, knock } = await start(t);
    const recorded = sequence(22);
    t.is((await knock(recorded, 1)).kind, 'granted');
    t.deepEqual(child.told, ['10.0.0.1']);
    t.like(await knock(recorded, 2), { kind: 'denied', reason: 'replay' });
    t.like(await knock(sequence(23), 3), { kind: 'denied', reason: 'port-not-allowed' });
    t.deepEqual(child.told, ['10.0.0.1']);
  },
);

test.serial(
  'at the start those of the live grants are told of: where their knocks came from, the newest last',
  async (t) => {
    const store = inMemory();
    const nowMs = Date.now();
    for (let i = 0; i < MAX_KNOWN + 2; i++) {
      const claim = { ...claimOf(i, Math.floor(nowMs / 30_000)), sourceAddress: `192.0.2.${i}` };
      store.claim(claim, grantFor(i), nowMs - 1000 + i);
    }
    const { child } = await start(t, store);
    t.deepEqual(
      child.told,
      Array.from({ length: MAX_KNOWN }, (_, i) => `192.0.2.${i + 2}`),
    );
  },
);
