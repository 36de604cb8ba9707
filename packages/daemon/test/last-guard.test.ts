import { chmodSync, existsSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { DryRunFirewall, FirewallError, type FirewallPlan } from '#src/act/firewall.js';
import { GUARD_FILE, holdLastGuard, LastGuard } from '#src/last-guard.js';
import { temporaryFolder } from './config/sample.js';

const PLAN: FirewallPlan = {
  mode: 'guard',
  closed: 'reset',
  mark: 7,
  guarded: [
    { protocol: 'tcp', port: 22 },
    { protocol: 'udp', port: 53 },
  ],
  sessions: [],
  forwards: true,
};

class FakeFirewall extends DryRunFirewall {
  readonly plans: FirewallPlan[] = [];
  hasTable = false;

  isInstalled(): boolean {
    return this.hasTable;
  }

  override install(plan: FirewallPlan): void {
    this.plans.push(plan);
  }
}

test('what was remembered is put in place, for the owner alone to read', async (t) => {
  const folder = await temporaryFolder(t);
  t.is(new LastGuard(folder).remember(PLAN), undefined);
  t.is(statSync(join(folder, GUARD_FILE)).mode & 0o777, 0o600);
  const firewall = new FakeFirewall();
  t.deepEqual(await holdLastGuard(folder, async () => firewall), PLAN.guarded);
  t.like(firewall.plans[0], { mode: 'guard', closed: 'reset', mark: 7, guarded: PLAN.guarded, forwards: false });
});

test('it is written again only when it has changed; a guard that is no more is not put in place', async (t) => {
  const folder = await temporaryFolder(t);
  const last = new LastGuard(folder);
  last.remember(PLAN);
  const { ino } = statSync(join(folder, GUARD_FILE));
  last.remember({ ...PLAN, sessions: [{ remoteAddress: '192.0.2.1', remotePort: 1, localPort: 22 }] });
  t.is(statSync(join(folder, GUARD_FILE)).ino, ino);
  for (const none of [{ mode: 'mark' as const }, { guarded: [] }]) {
    last.remember({ ...PLAN, ...none });
    const firewall = new FakeFirewall();
    t.is(await holdLastGuard(folder, async () => firewall), undefined);
    t.deepEqual(firewall.plans, []);
  }
});

test('a table that is there stays as it is; a kernel that refuses is no exception', async (t) => {
  const folder = await temporaryFolder(t);
  new LastGuard(folder).remember(PLAN);
  const firewall = new FakeFirewall();
  firewall.hasTable = true;
  t.is(await holdLastGuard(folder, async () => firewall), undefined);
  t.deepEqual(firewall.plans, []);
  const refuse = async (): Promise<never> => {
    throw new FirewallError('no');
  };
  t.is(await holdLastGuard(folder, refuse), undefined);
});

test('what cannot be written is told, and what was there stays', async (t) => {
  const folder = await temporaryFolder(t);
  const last = new LastGuard(folder);
  last.remember(PLAN);
  const before = readFileSync(join(folder, GUARD_FILE), 'utf8');
  t.regex(new LastGuard(join(folder, 'missing')).remember(PLAN) ?? '', /ENOENT/);
  t.is(readFileSync(join(folder, GUARD_FILE), 'utf8'), before);
  t.false(existsSync(join(folder, `${GUARD_FILE}.new`)));
  t.deepEqual(readdirSync(folder), [GUARD_FILE], 'and nothing beside it');
});

for (const [title, text] of [
  ['no JSON', 'hello'],
  ['a port that is none', '{"closed":"drop","mark":1,"guarded":[{"protocol":"tcp","port":0}]}'],
  ['more than is in one', '{"closed":"drop","mark":1,"guarded":[{"protocol":"tcp","port":22}],"x":1}'],
  ['nothing', ''],
] as const) {
  test(`a file that was not written so counts for nothing: ${title}`, async (t) => {
    const folder = await temporaryFolder(t);
    writeFileSync(join(folder, GUARD_FILE), text, { mode: 0o600 });
    t.is(await holdLastGuard(folder, async () => t.fail() as never), undefined);
  });
}

test('a file that others can write, or a symbolic link, counts for nothing', async (t) => {
  const folder = await temporaryFolder(t);
  new LastGuard(folder).remember(PLAN);
  const file = join(folder, GUARD_FILE);
  chmodSync(file, 0o620);
  t.is(await holdLastGuard(folder, async () => t.fail() as never), undefined);
  chmodSync(file, 0o600);
  const other = await temporaryFolder(t);
  symlinkSync(file, join(other, GUARD_FILE));
  t.is(await holdLastGuard(other, async () => t.fail() as never), undefined);
});

test('all ports of both protocols are kept; a file of more than 8 MiB counts for nothing', async (t) => {
  const folder = await temporaryFolder(t);
  const ports = Array.from({ length: 65_535 }, (_, i) => i + 1);
  const guarded = (['tcp', 'udp'] as const).flatMap((protocol) => ports.map((port) => ({ protocol, port })));
  t.is(new LastGuard(folder).remember({ ...PLAN, guarded }), undefined);
  const held = await holdLastGuard(folder, async () => new FakeFirewall());
  t.deepEqual([held?.length, held?.at(-1)], [2 * 65_535, { protocol: 'udp', port: 65_535 }]);

  const small = '{"closed":"drop","mark":1,"guarded":[{"protocol":"tcp","port":22}]}';
  const file = join(folder, GUARD_FILE);
  writeFileSync(file, small.padEnd(8 * 1024 * 1024));
  t.truthy(await holdLastGuard(folder, async () => new FakeFirewall()));
  writeFileSync(file, small.padEnd(8 * 1024 * 1024 + 1));
  t.is(await holdLastGuard(folder, async () => t.fail() as never), undefined);
});
