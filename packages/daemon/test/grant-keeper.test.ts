import test, { type ExecutionContext } from 'ava';
import { FirewallError } from '#src/act/firewall.js';
import { accessOf } from '#src/authorise/decide.js';
import { ClockSteps } from '#src/clock-steps.js';
import type { ClientConfig } from '#src/config/config.js';
import { GrantKeeper, type GrantKeeperParts } from '#src/grant-keeper.js';
import type { LogLine } from '#src/log.js';
import type { Door, GrantFilter, LiveGrant } from '#src/store/store.js';
import { claimOf, grantFor, inMemory } from './store/opening.ts';

const NOW = 1_800_000_000_000;
const SSH: LiveGrant = {
  address: '198.51.100.7',
  protocol: 'tcp',
  port: 22,
  client: 'alice',
  sourceAddress: '198.51.100.7',
  sinceMs: NOW,
};

const SSH_PORTS = [{ protocol: 'tcp', port: 22 }] as const;

/** A store with one grant of Alice's. */
class World {
  nowMs = NOW;
  readonly said: LogLine[] = [];
  readonly held: Door[] = [];
  readonly ended: LiveGrant[] = [];
  readonly shifts: number[] = [];
  live: LiveGrant[] = [SSH];
  writable = true;
  kernelError: Error | undefined;
  readonly keeper = this.keeperOf({
    grants: () => this.live,
    revoke: ({ client }: GrantFilter) => {
      if (!this.writable) return 'store-unwritable';
      const ended = this.live.filter((one) => client === undefined || one.client === client);
      this.live = this.live.filter((one) => !ended.includes(one));
      return ended;
    },
    shiftEnds: (stepMs) => void this.shifts.push(stepMs),
    claim: () => 'store-unwritable',
  });

  keeperOf(store: GrantKeeperParts['store']): GrantKeeper {
    return new GrantKeeper({
      store,
      doors: {
        hold: (doors) => {
          if (this.kernelError) throw this.kernelError;
          this.held.push(...doors);
        },
      },
      recorder: { say: (line) => void this.said.push(line) },
      onEnded: (grants) => void this.ended.push(...grants),
      clock: { nowMs: () => this.nowMs },
      steps: new ClockSteps({ nowMs: () => this.nowMs }, () => 0),
    });
  }

  get events(): unknown[] {
    return this.said.map(({ fields }) => fields.event);
  }
}

test('the total is of those that match, however many are given', (t) => {
  const store = inMemory();
  t.teardown(() => store.close());
  ['alice', 'bob', 'bob'].forEach((client, i) => {
    t.is(store.claim(claimOf(i), grantFor(i, { client }), NOW + i), 'claimed');
  });
  const keeper = new World().keeperOf(store);
  const listed = (filter: GrantFilter, limit: number) => {
    const { total, grants } = keeper.list(filter, limit);
    return [total, ...grants.map(({ client, address }) => `${client} ${address}`)];
  };
  t.deepEqual(listed({}, 10), [3, 'bob 10.0.0.2', 'bob 10.0.0.1', 'alice 10.0.0.0']);
  t.deepEqual(listed({ client: 'bob' }, 1), [2, 'bob 10.0.0.2']);
  t.deepEqual(listed({ client: 'carol' }, 10), [0]);
});

test('what is revoked is closed and said', (t) => {
  const world = new World();
  t.deepEqual(world.keeper.revoke({ client: 'alice' }, 'by the administrator'), { revoked: [SSH] });
  t.deepEqual<Door[], Door[]>(world.held, [SSH]);
  t.like(world.said[0]?.fields, { event: 'revoked', client: 'alice', address: SSH.address, ports: ['tcp/22'] });
});

test('when nothing matches nothing is touched or said', (t) => {
  const world = new World();
  t.deepEqual(world.keeper.revoke({ client: 'bob' }, 'x'), { revoked: [] });
  t.deepEqual([world.held, world.said], [[], []]);
});

test('a store that cannot be written: nothing is closed, and that is an error', (t) => {
  const world = new World();
  world.writable = false;
  t.like(world.keeper.revoke({}, 'x'), { error: 'the store cannot be written' });
  t.deepEqual(world.held, []);
  t.deepEqual(world.events, ['revoke-failed']);
});

test('a kernel that refuses: told as an error', (t) => {
  const world = new World();
  world.kernelError = new FirewallError('busy');
  t.regex((world.keeper.revoke({}, 'x') as { error: string }).error, /not yet closed: busy/);
  t.deepEqual(world.events, ['revoked', 'revoke-failed']);
  world.live = [SSH];
  world.kernelError = new TypeError('a defect');
  t.throws(() => world.keeper.revoke({}, 'x'), { instanceOf: TypeError });
});

test('what the configuration no longer allows is ended', (t) => {
  const world = new World();
  const bob: LiveGrant = { ...SSH, client: 'bob', address: '198.51.100.8', sourceAddress: '198.51.100.8' };
  world.live.push(bob);
  const clients = [{ name: 'bob', enabled: true, ports: [{ protocol: 'tcp', port: 22 }] } as never as ClientConfig];
  world.keeper.withdraw(accessOf({ clients, doors: [] }));
  t.deepEqual(world.live, [bob]);
  t.deepEqual<Door[], Door[]>(world.held, [SSH]);
  t.deepEqual(world.ended, [SSH]);
});

/** A store with one grant of Alice's that has no limit, a client who may have ten minutes, and a keeper of them. */
function limited(t: ExecutionContext) {
  const world = new World();
  const store = inMemory();
  t.teardown(() => store.close());
  store.claim(claimOf(0), grantFor(0), NOW - 60_000);
  const alice = { name: 'alice', enabled: true, ports: SSH_PORTS, maxTime: 10 } as never as ClientConfig;
  const clients = (changes: Partial<ClientConfig> = {}) => accessOf({ clients: [{ ...alice, ...changes }], doors: [] });
  return { world, store, keeper: world.keeperOf(store), access: clients({ openForOther: true }), clients };
}

test('what may no longer be so long ends earlier, counted from when it was given', (t) => {
  const { world, store, keeper, access } = limited(t);
  keeper.withdraw(access);
  const [left, ...more] = store.grants({}, 10, NOW);
  t.like(left, { client: 'alice', address: '10.0.0.0', sinceMs: NOW - 60_000, endMs: NOW + 540_000 });
  t.deepEqual([more, world.ended, world.events], [[], [], ['shortened']]);
  t.like(world.held, [{ address: '10.0.0.0', protocol: 'tcp', port: 22 }]);
  t.deepEqual(
    store.audit({ limit: 10 }).map(({ event, timeMs, endMs }) => [event, timeMs, endMs]),
    [
      ['opened', NOW - 60_000, NOW + 540_000],
      ['opened', NOW - 60_000, undefined],
    ],
  );
  keeper.withdraw(access);
  t.is(world.said.length, 1, 'once');
});

test('a kernel or a store that refuses to have it shorter is said', (t) => {
  const { world, keeper, access } = limited(t);
  world.kernelError = new FirewallError('busy');
  keeper.withdraw(access);
  t.deepEqual(world.events, ['shortened', 'revoke-failed']);
  const other = new World();
  other.writable = false;
  other.keeper.withdraw(access);
  t.deepEqual(other.events, ['revoke-failed']);
});

test('a clock that was set forward takes nothing from the time of a grant', (t) => {
  const { world, store, keeper, clients } = limited(t);
  const access = clients({ openForOther: true });
  keeper.withdraw(access);
  world.nowMs += 3_600_000;
  keeper.withdraw(access);
  keeper.withdraw(access);
  t.like(store.grants({}, 10, world.nowMs)[0], { endMs: world.nowMs + 540_000 });
  t.deepEqual(world.events, ['shortened', 'clock-stepped']);
});

test('a clock that is set shifts the ends, once', (t) => {
  const world = new World();
  world.keeper.lookAtClock();
  world.nowMs += 3_600_000;
  world.keeper.lookAtClock();
  world.keeper.lookAtClock();
  t.deepEqual(world.shifts, [3_600_000]);
  t.is(world.said[0]?.message, 'the clock was set 3600 s forward: open doors keep the time they had left');
});
