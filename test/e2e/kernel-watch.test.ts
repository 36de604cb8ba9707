// Others change the kernel's firewall: what is ours is put back, what is theirs is left alone.

import { setTimeout as sleep } from 'node:timers/promises';
import { FirewallProcess, GUARD_SSH, openDoor } from '../lab/firewall-process.ts';
import type { Host } from '../lab/lab.ts';
import { labTest } from '../lab/lab-test.ts';
import { listen } from '../lab/listen.ts';
import { isOpen, lookAt, openElements } from '../lab/probes.ts';
import { until } from '../lab/until.ts';

/** Longer than four looks. */
const SEVERAL_LOOKS_MS = 1200;
const TABLE = 'inet knockdaemon';
const THEIRS = 'add table inet theirs\nadd chain inet theirs input { type filter hook input priority 0; }\n';

/** Our table as nft lists it, without the times that pass. */
async function listed(host: Host): Promise<string> {
  const { code, stdout } = await host.run('/usr/sbin/nft', ['list', 'table', ...TABLE.split(' ')]);
  return code === 0 ? stdout.replaceAll(/ expires \w+/g, '').replaceAll(/ timeout \w+/g, '') : '';
}

const others: readonly [string, string][] = [
  ['flush ruleset', 'flush ruleset'],
  ['the table deleted', `delete table ${TABLE}`],
  ['the table flushed', `flush table ${TABLE}`],
  ['the rules of the chain flushed', `flush chain ${TABLE} knock`],
  ['the chain deleted', `flush chain ${TABLE} knock\ndelete chain ${TABLE} knock`],
  ['the policy of the chain changed', `add chain ${TABLE} knock { policy drop; }`],
  ['a rule added', `insert rule ${TABLE} knock accept`],
  ['a guarded port removed', `delete element ${TABLE} guarded { tcp . 22 }`],
  ['all guarded ports removed', `flush set ${TABLE} guarded`],
  ['a door closed', `flush set ${TABLE} open4`],
  ['a door opened', `add element ${TABLE} open4 { 10.77.0.3 . tcp . 22 }`],
  ['a chain added', `add chain ${TABLE} theirs { type filter hook input priority 0; policy drop; }`],
  ['a set added', `add set ${TABLE} theirs { type ipv4_addr; }`],
  [
    'another table in its place',
    `delete table ${TABLE}\nadd table ${TABLE}\nadd set ${TABLE} guarded { type ipv4_addr; }\nadd chain ${TABLE} knock { type filter hook input priority 0; }`,
  ],
];

labTest('whatever others do to the table, it is put back', async (t, { server, client, third }) => {
  await listen(server, 'tcp', 22, 'service');
  const firewall = await FirewallProcess.start(server);
  await firewall.call('watch', true);
  await firewall.call('install', GUARD_SSH, [openDoor(client.ipv4, { remainingMs: 3_600_000 })]);
  await server.nft(THEIRS);
  const before = await listed(server);
  t.is(firewall.touches, 0);

  for (const [index, [title, commands]] of others.entries()) {
    await server.nft(`${commands}\n`);
    await until(title, () => firewall.touches > index, 2);
    // A set that somebody added holds nothing and is in nobody's way; it is the only thing that may stay.
    const now = async () => sorted((await listed(server)).replace(/\tset theirs \{[^}]*\}\n\n/, ''));
    // It is told that it was touched before it is put back.
    await until(title, async () => JSON.stringify(await now()) === JSON.stringify(sorted(before)), 2).catch(() => {});
    t.deepEqual(await now(), sorted(before), title);
    const tables = await server.mustRun('/usr/sbin/nft', ['list', 'tables']);
    t.is(tables.includes('inet theirs'), title !== 'flush ruleset', `${title}: their own table is theirs`);
    await server.nft(THEIRS);
  }
  t.true(await isOpen(client, server.ipv4, 22));
  t.is(await lookAt(third, server.ipv4, 22), 'silent');
  await sleep(SEVERAL_LOOKS_MS);
  t.is(firewall.touches, others.length, 'to put it back does not count as a change');
});

function sorted(table: string): string[] {
  return table.split(/\n\n|^\}$/m).sort();
}

labTest('what passes by itself, or is none of ours, is not touched', async (t, { server, client }) => {
  const firewall = await FirewallProcess.start(server);
  await firewall.call('watch', true);
  await firewall.call('install', GUARD_SSH, [openDoor(client.ipv4, { remainingMs: 500 })]);
  await firewall.call('apply', [openDoor(client.ipv6)]);
  await server.nft('table inet theirs {\n set s { type ipv4_addr; flags timeout; }\n}\ntable ip knockdaemon {\n}\n');
  await server.nft('add element inet theirs s { 192.0.2.1 timeout 1s }\n');
  await until('the door has closed', async () => !(await openElements(server)).includes(client.ipv4));
  await server.nft('delete table ip knockdaemon\ndelete table inet theirs\n');
  await server.mustRun('/usr/sbin/nft', ['list', 'ruleset']);
  await sleep(SEVERAL_LOOKS_MS);
  t.is(firewall.touches, 0);
});

labTest('10,000 doors: in at once, and neither that nor a flush confuses the watch', async (t, { server }) => {
  const firewall = await FirewallProcess.start(server);
  await firewall.call('watch', true);
  for (let i = 0; i < 2; i++) {
    const took = await firewall.call('installMany', GUARD_SSH, 10_000);
    t.true(took < 2000, `${took} ms`);
  }
  await sleep(SEVERAL_LOOKS_MS);
  t.is(firewall.touches, 0);
  await server.nft('flush ruleset\n');
  await until('the doors are back', () => firewall.touches === 1, 3);
  await firewall.call('expectMany', 10_000);
});

labTest('where the kernel takes few doors at once, all come after the guard', async (t, { server }) => {
  const firewall = await FirewallProcess.start(server, ['/usr/bin/unshare', '-Urn']);
  await firewall.call('watch', true);
  await firewall.call('installMany', GUARD_SSH, 10_000);
  await firewall.call('expectMany', 10_000);
  await sleep(SEVERAL_LOOKS_MS);
  t.is(firewall.touches, 0);
});

labTest('two who both want the table: each puts it back at most once a look', async (t, { server }) => {
  const both = [await FirewallProcess.start(server), await FirewallProcess.start(server)] as const;
  for (const [i, firewall] of both.entries()) {
    await firewall.call('watch', true);
    await firewall.call('install', GUARD_SSH, [openDoor(`192.0.2.${i}`)]);
  }
  const before = both.map(({ touches }) => touches);
  await sleep(2000);
  for (const [i, firewall] of both.entries()) {
    const restored = firewall.touches - before[i]!;
    t.true(restored >= 1 && restored <= 10, `${restored} in 2 s`);
  }
});

labTest('while putting back fails it is tried again', async (t, { server }) => {
  const firewall = await FirewallProcess.start(server);
  await firewall.call('watch', false);
  await firewall.call('install', GUARD_SSH, []);
  const bad = [{ ...GUARD_SSH, mark: 1 }, [openDoor('192.0.2.1')]];
  // A table that belongs to a process cannot be changed by another: nft(8), flags owner.
  await firewall.call('remove');
  const owner = server.start('/usr/sbin/nft', ['-i'], {}, 'pipe');
  owner.child.stdin?.write(`add table ${TABLE} { flags owner; }\n`);
  await until('the table is theirs', async () => (await listed(server)) !== '');
  await t.throwsAsync(firewall.call('install', ...bad), { message: /Operation not permitted/ });
  const before = firewall.touches;
  await until('it is told again', () => firewall.touches >= before + 2, 5);
  await owner.stop('SIGKILL');
  await firewall.call('install', ...bad);
  const after = firewall.touches;
  await sleep(SEVERAL_LOOKS_MS);
  t.true(firewall.touches <= after + 1, 'and no more when it is done');
});

labTest('a watch that was stopped tells nothing', async (t, { server }) => {
  const firewall = await FirewallProcess.start(server);
  for (let i = 0; i < 2; i++) await firewall.call('watch', true);
  await firewall.call('install', GUARD_SSH, []);
  await sleep(SEVERAL_LOOKS_MS);
  t.is(firewall.touches, 0, 'a second watch takes the place of the first');
  for (let i = 0; i < 2; i++) await firewall.call('unwatch');
  await server.nft('flush ruleset\n');
  await sleep(SEVERAL_LOOKS_MS);
  t.is(firewall.touches, 0);
  t.is(await listed(server), '');
});
