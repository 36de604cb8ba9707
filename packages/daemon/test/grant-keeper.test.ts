import test from 'ava';
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
  const bob: LiveGrant = { ...SSH, client: 'bob', address: '198.51.100.8' };
  world.live.push(bob);
  const clients = [{ name: 'bob', enabled: true, ports: [{ protocol: 'tcp', port: 22 }] } as never as ClientConfig];
  world.keeper.withdraw(accessOf({ clients, doors: [] }));
  t.deepEqual(world.live, [bob]);
  t.deepEqual<Door[], Door[]>(world.held, [SSH]);
  t.deepEqual(world.ended, [SSH]);
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
