import test from 'ava';
import { DoorKeeper } from '#src/act/door-keeper.js';
import { type DoorChange, DryRunFirewall, FirewallError, type FirewallPlan } from '#src/act/firewall.js';
import type { Door, DoorState, OpenDoor } from '#src/store/store.js';

const NOW = 1_800_000_000_000;
const PLAN: FirewallPlan = { mode: 'guard', closed: 'drop', mark: 0x745, guarded: [], sessions: [], forwards: true };
const SSH: Door = { address: '198.51.100.7', protocol: 'tcp', port: 22 };
const WEB: Door = { address: '2001:db8::7', protocol: 'tcp', port: 443 };

/** A kernel that can be made to fail, a store of doors, and timers that the test lets run. */
class World {
  readonly firewall = new DryRunFirewall();
  readonly held: OpenDoor[] = [];
  readonly restored: (string | undefined)[] = [];
  touched: (() => void) | undefined;
  readonly keeper = new DoorKeeper({
    firewall: this.firewall,
    store: {
      openDoors: () => this.held,
      doorState: (door): DoorState => {
        const found = this.held.find((one) => JSON.stringify(doorOf(one)) === JSON.stringify(doorOf(door)));
        return found ? { ...found, open: true } : { open: false };
      },
    },
    clock: { nowMs: () => NOW },
    plan: () => PLAN,
    onRestored: (error) => this.restored.push(error?.message),
  });

  constructor() {
    this.firewall.watch = (onTouched) => {
      this.touched = onTouched;
      return () => {
        this.touched = undefined;
      };
    };
  }

  /** What is open in the kernel, with the time that is left. */
  get open(): Record<string, number | undefined> {
    return Object.fromEntries(
      [...this.firewall.open].map(([key, change]) => [key, 'remainingMs' in change ? change.remainingMs : undefined]),
    );
  }

  fail(...methods: ('install' | 'apply')[]): void {
    for (const method of methods) {
      this.firewall[method] = () => {
        throw new FirewallError(`${method} failed`);
      };
    }
  }

  mend(): void {
    const { install, apply } = DryRunFirewall.prototype;
    Object.assign(this.firewall, { install, apply });
  }
}

function doorOf({ address, protocol, port }: Door): Door {
  return { address, protocol, port };
}

test('at the start exactly the doors of the store are open, with the time they have left', (t) => {
  const world = new World();
  world.firewall.apply([{ door: { ...SSH, port: 1 }, open: true, client: 'stale' }]);
  world.held.push({ ...SSH, client: 'alice', endMs: NOW + 5000 }, { ...WEB, client: 'bob' });
  world.keeper.install();
  t.deepEqual(world.open, { '198.51.100.7 tcp/22': 5000, '2001:db8::7 tcp/443': undefined });
  t.is(world.firewall.plan, PLAN);
});

test('holding opens and closes as the store says', (t) => {
  const world = new World();
  world.held.push({ ...SSH, client: 'alice', endMs: NOW + 1 });
  world.keeper.hold([SSH, WEB], NOW);
  t.deepEqual(world.open, { '198.51.100.7 tcp/22': 1 });
  world.held.length = 0;
  world.keeper.hold([SSH], NOW);
  t.deepEqual(world.open, {});
});

test('only the doors themselves reach the firewall, whatever else the store knows of them', (t) => {
  const world = new World();
  const changes: DoorChange[] = [];
  world.firewall.apply = (all) => void changes.push(...all);
  world.held.push({ ...SSH, client: 'alice' });
  world.keeper.hold([{ ...SSH, client: 'alice', sinceMs: 1 } as Door], NOW);
  t.deepEqual(changes, [{ door: SSH, open: true, client: 'alice' }]);
});

test('a door that cannot be changed because the table is gone: all is put in place, the change with it', (t) => {
  const world = new World();
  world.held.push({ ...SSH, client: 'alice' }, { ...WEB, client: 'bob' });
  world.firewall.apply = () => {
    world.mend();
    throw new FirewallError('No such file or directory');
  };
  world.keeper.hold([SSH], NOW);
  t.deepEqual(Object.keys(world.open), ['198.51.100.7 tcp/22', '2001:db8::7 tcp/443']);
  t.deepEqual(world.restored, [undefined]);
});

test('a kernel that refuses everything: an error, told once for each try, until a try succeeds', (t) => {
  const world = new World();
  world.held.push({ ...SSH, client: 'alice' });
  world.keeper.watch();
  world.fail('install', 'apply');
  t.throws(() => world.keeper.hold([SSH], NOW), { instanceOf: FirewallError, message: 'install failed' });
  world.touched?.();
  t.deepEqual(world.restored, ['install failed', 'install failed']);
  world.mend();
  world.touched?.();
  t.deepEqual(Object.keys(world.open), ['198.51.100.7 tcp/22']);
  t.is(world.restored.at(-1), undefined);
});

test('somebody else has changed the table: it is put back, and that is told', (t) => {
  const world = new World();
  world.held.push({ ...SSH, client: 'alice' });
  world.keeper.watch();
  world.firewall.remove();
  world.touched?.();
  t.deepEqual(Object.keys(world.open), ['198.51.100.7 tcp/22']);
  t.deepEqual(world.restored, [undefined]);
});

test('stopped, it watches no more', (t) => {
  const world = new World();
  world.keeper.watch();
  world.keeper.stop();
  t.is(world.touched, undefined);
});

test('an error that is not the firewall’s is not swallowed', (t) => {
  const world = new World();
  world.firewall.apply = () => {
    throw new TypeError('a defect');
  };
  t.throws(() => world.keeper.hold([SSH], NOW), { instanceOf: TypeError });
});

const TARGET = { address: '10.0.0.5', port: 22, masquerade: false };
const FORWARDED: OpenDoor = { ...SSH, client: 'alice', target: TARGET };

test('a door that forwards: the map is told, and again when it no longer does', (t) => {
  const { held, keeper, firewall } = new World();
  held.push(FORWARDED);
  keeper.hold([SSH], NOW);
  t.deepEqual([...firewall.forwards], [['198.51.100.7 tcp/22', TARGET]]);
  held.pop();
  keeper.hold([SSH], NOW);
  t.is(firewall.forwards.size, 0);
});

test('a door that does not forward leaves the others that do alone', (t) => {
  const world = new World();
  world.held.push(FORWARDED, { ...WEB, client: 'bob' });
  world.keeper.install();
  t.is(world.firewall.forwards.size, 1);
  const told: unknown[] = [];
  world.firewall.apply = (_changes, forwards) => told.push(forwards);
  world.keeper.hold([WEB], NOW);
  world.keeper.hold([SSH], NOW);
  t.is(told[0], undefined);
  t.is((told[1] as unknown[]).length, 1);
});
