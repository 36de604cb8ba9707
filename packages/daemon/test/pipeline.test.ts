import { encodeSequence, type KnockRequest } from '@eightknock/codec';
import test from 'ava';
import { DoorKeeper } from '#src/act/door-keeper.js';
import { DryRunFirewall, FirewallError, type FirewallPlan } from '#src/act/firewall.js';
import { HoldPorts } from '#src/act/hold-ports.js';
import type { Grant } from '#src/authorise/authorise.js';
import { accessOf } from '#src/authorise/decide.js';
import { ClaimDesk } from '#src/claim-desk.js';
import type { ClientConfig } from '#src/config/config.js';
import type { DoorConfig } from '#src/config/door-config.js';
import { type Outcome, takeKnock } from '#src/pipeline.js';
import { EncryptedDoor } from '#src/recognise/encrypted.js';
import { openStore } from '#src/store/open-store.js';
import { knockOn } from './knock.js';

const ALICE: ClientConfig = {
  name: 'alice',
  secret: new Uint8Array(32).fill(7),
  enabled: true,
  ports: [{ protocol: 'tcp', port: 22 }],
  openForOther: false,
  trustSource: true,
};
const BOB: ClientConfig = { ...ALICE, name: 'bob', secret: new Uint8Array(32).fill(8) };
const PLAN: FirewallPlan = { mode: 'guard', closed: 'drop', mark: 0x745, guarded: [], sessions: [] };
const START_MS = 1_800_000_000_000;
const SOURCE = '198.51.100.7';

function openInMemory() {
  const opened = openStore({ nowMs: START_MS });
  if ('problems' in opened) throw new Error('no store');
  return opened.store;
}

/** All stages but the kernel, with a clock that the test turns. */
class World {
  nowMs = START_MS;
  readonly clock = { nowMs: () => this.nowMs };
  firewall = new DryRunFirewall();
  readonly clients = [ALICE, BOB];
  readonly doors: DoorConfig[] = [];
  readonly ran: Grant[] = [];
  readonly door = new EncryptedDoor({
    serverId: 'gw',
    basePort: 745,
    sequenceTimeoutMs: 10_000,
    clients: this.clients,
  });
  readonly store = openInMemory();
  #nonce = 0;

  knock(ports: readonly number[], sourceAddress = SOURCE): Outcome | undefined {
    const { door, store, firewall, clock } = this;
    const keeper = new DoorKeeper({ firewall, store, clock, plan: () => PLAN, onRestored: () => {} });
    const hold = new HoldPorts(keeper);
    const run = { perform: (grant: Grant) => void this.ran.push(grant) };
    const actions = { open: hold, close: hold, run };
    const claims = new ClaimDesk(store, new Map());
    const pipeline = { door, claims, access: accessOf(this), actions, clock };
    const outcomes = ports.map((port) => takeKnock(knockOn(port, { sourceAddress }), pipeline));
    return outcomes.find((outcome) => outcome !== undefined);
  }

  ports(request: Partial<KnockRequest> = {}, client = ALICE): readonly number[] {
    this.#nonce = (this.#nonce + 1) % 16;
    const key = { secret: client.secret, serverId: 'gw' };
    return encodeSequence(key, { address: 'source', port: 22, time: 1, ...request }, this.nowMs / 1000, this.#nonce)
      .ports;
  }

  get open(): string[] {
    return [...this.firewall.open.keys()];
  }
}

test('a knock opens, for its time', (t) => {
  const world = new World();
  t.is(world.knock(world.ports({ time: 5 }))?.kind, 'granted');
  const door = { address: SOURCE, protocol: 'tcp', port: 22 };
  t.deepEqual<object | undefined, object>(world.firewall.open.get(`${SOURCE} tcp/22`), {
    door,
    open: true,
    client: 'alice',
    remainingMs: 300_000,
  });
});

test('a close closes', (t) => {
  const world = new World();
  world.knock(world.ports({ time: 0 }));
  world.knock(world.ports({ time: 255 }));
  t.deepEqual(world.open, []);
});

test('a replay is denied and changes nothing, even after a close', (t) => {
  const world = new World();
  const recorded = world.ports({ time: 0 });
  world.knock(recorded);
  world.knock(world.ports({ time: 255 }));
  const outcome = world.knock(recorded);
  t.is(outcome?.kind === 'denied' && outcome.reason, 'replay');
  t.deepEqual(world.open, []);
});

test('a denied request claims nothing and touches no firewall', (t) => {
  const world = new World();
  const outcome = world.knock(world.ports({ port: 23 }));
  t.is(outcome?.kind === 'denied' && outcome.reason, 'port-not-allowed');
  t.deepEqual(world.open, []);
});

test("one client's shorter grant does not shorten another's, one's close does not close the other's", (t) => {
  const world = new World();
  world.knock(world.ports({ time: 60 }));
  world.knock(world.ports({ time: 1 }, BOB));
  const change = world.firewall.open.get(`${SOURCE} tcp/22`);
  t.like(change, { client: 'alice', remainingMs: 3_600_000 });
  world.knock(world.ports({ time: 255 }, BOB));
  t.deepEqual(world.open, [`${SOURCE} tcp/22`]);
});

test('the claim comes before the act: when the firewall fails the sequence is spent', (t) => {
  const world = new World();
  const failing = new DryRunFirewall();
  failing.apply = () => {
    throw new FirewallError('no such table');
  };
  failing.install = () => {
    throw new FirewallError('no room in the kernel');
  };
  world.firewall = failing;
  const ports = world.ports();
  const outcome = world.knock(ports);
  t.is(outcome?.kind === 'failed' && outcome.error.message, 'no room in the kernel');
  world.firewall = new DryRunFirewall();
  const again = world.knock(ports);
  t.is(again?.kind === 'denied' && again.reason, 'replay');
});

test('an error that is not the firewall’s is not swallowed', (t) => {
  const world = new World();
  world.firewall.apply = () => {
    throw new TypeError('a defect');
  };
  t.throws(() => world.knock(world.ports()), { instanceOf: TypeError });
});

test('a client that was taken out of the configuration is denied', (t) => {
  const world = new World();
  const ports = world.ports();
  world.clients.length = 0;
  const outcome = world.knock(ports);
  t.is(outcome?.kind === 'denied' && outcome.reason, 'client-unknown');
});

test('noise is nobody’s', (t) => {
  const world = new World();
  const outcome = world.knock([745, 746, 747, 748, 749, 750, 751, 752]);
  t.is(outcome?.kind === 'unrecognised' && outcome.unrecognised.rejection.reason, 'no-key-fits');
});

test('a number of an encrypted door leads to its action, once', (t) => {
  const world = new World();
  const action = { kind: 'run', argv: ['/bin/true'], user: 'root', timeoutSeconds: 1, overlap: false } as const;
  world.doors.push({ name: 'backup', kind: 'encrypted', port: 22, action });
  const ports = world.ports();
  t.is(world.knock(ports)?.kind, 'granted');
  t.like(world.ran[0], { client: 'alice', door: 'backup', action: 'run', address: SOURCE });
  t.deepEqual(world.open, []);
  const again = world.knock(ports);
  t.is(again?.kind === 'denied' && again.reason, 'replay');
  t.is(world.ran.length, 1);
});
