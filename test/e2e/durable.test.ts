// What outlives the daemon: grants, replays and the audit trail, through SIGKILL, restart, reboot and a clock that is set.

import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  ask,
  type DaemonProcess,
  KNOCKDAEMON,
  launchDaemon,
  restartDaemon,
  startDaemon,
  writeConfig,
} from '../lab/daemon-process.ts';
import { FakeClock } from '../lab/fake-clock.ts';
import { knock, sequence } from '../lab/knocking.ts';
import type { Host } from '../lab/lab.ts';
import { type Bench, labTest } from '../lab/lab-test.ts';
import { listen } from '../lab/listen.ts';
import { isOpen, lookAt, openElements } from '../lab/probes.ts';
import { mustRun } from '../lab/run.ts';
import { until } from '../lab/until.ts';

const FAULTS = fileURLToPath(new URL('../../../packages/daemon/test/build/faults/', import.meta.url));

/** Knocks, and waits for the log line. */
async function open(daemon: DaemonProcess, from: Host, to: Host, request: object = {}): Promise<void> {
  const before = daemon.count('opened');
  await knock(from, to.ipv4, sequence(request));
  await until('the knock opened', () => daemon.count('opened') === before + 1);
}

/** The same disk with a new kernel: what the server is after a reboot. */
async function reboot({ lab, server, client, third }: Bench): Promise<Host> {
  await server.mustRun('/usr/sbin/ip', ['link', 'del', 'eth0']);
  for (const host of [client, third]) await host.mustRun('/usr/sbin/ip', ['neigh', 'flush', 'all']);
  const rebooted = await lab.addHost('rebooted', 1);
  await listen(rebooted, 'tcp', 22, 'service');
  return rebooted;
}

function stateOf({ configFile }: DaemonProcess): string {
  return join(dirname(configFile), 'state');
}

/** Seconds until the kernel closes tcp/22 for an address. */
async function secondsLeft(server: Host, address: string): Promise<number> {
  const elements = await openElements(server);
  const [, minutes = '0', seconds = '0'] =
    new RegExp(`${address} \\. tcp \\. 22 timeout \\S+ expires (?:(\\d+)m)?(?:(\\d+)s)?`).exec(elements) ?? [];
  return Number(minutes) * 60 + Number(seconds);
}

labTest('killed and started again: doors stay open with their time, replays stay refused', async (t, bench) => {
  const { lab, server, client, third } = bench;
  await listen(server, 'tcp', 22, 'service');
  const daemon = await startDaemon(lab, server);
  const recorded = sequence({ time: 5 });
  await knock(client, server.ipv4, recorded);
  await daemon.line({ event: 'opened', address: client.ipv4 });
  await open(daemon, third, server, { time: 0 });
  await daemon.background.stop('SIGKILL');
  t.true(await isOpen(client, server.ipv4, 22), 'nobody needs the daemon for that');

  const again = await restartDaemon(server, daemon);
  t.like(again.lines()[0], { event: 'started', grants: 2 });
  const left = await secondsLeft(server, client.ipv4);
  t.true(left > 240 && left < 300, `${left} s`);
  t.regex(await openElements(server), /10\.77\.0\.3 \. tcp \. 22 comment/, 'no limit stays no limit');
  await knock(client, server.ipv4, recorded);
  await again.line({ event: 'denied', reason: 'replay', source: client.ipv4 });
});

labTest('after a reboot every live grant is back, and what was closed stays closed', async (t, bench) => {
  const { lab, server, client, third } = bench;
  const daemon = await startDaemon(lab, server);
  const recorded = sequence({ time: 3 });
  await knock(client, server.ipv4, recorded);
  await daemon.line({ event: 'opened', address: client.ipv4 });
  await knock(client, server.ipv6, sequence({ time: 0 }));
  await daemon.line({ event: 'opened', address: client.ipv6 });
  await open(daemon, third, server, { time: 0 });
  await knock(third, server.ipv4, sequence({ time: 255 }));
  await daemon.line({ event: 'closed', address: third.ipv4 });
  await daemon.background.stop('SIGKILL');

  const rebooted = await reboot(bench);
  const again = await restartDaemon(rebooted, daemon);
  t.like(again.lines()[0], { event: 'started', grants: 2 });
  const elements = await openElements(rebooted);
  t.regex(elements, /10\.77\.0\.2 \. tcp \. 22 timeout/);
  t.regex(elements, /fd77::2 \. tcp \. 22 comment "alice"/, 'no limit, IPv6');
  t.notRegex(elements, /10\.77\.0\.3/);
  t.true(await isOpen(client, rebooted.ipv4, 22));
  t.is(await lookAt(third, rebooted.ipv4, 22), 'silent');
  for (const from of [client, third]) {
    await knock(from, rebooted.ipv4, recorded);
    await again.line({ event: 'denied', reason: 'replay', source: from.ipv4 });
  }
});

labTest('a grant whose time ran out while the machine was off does not come back', async (t, bench) => {
  const { lab, server, client, third } = bench;
  const daemon = await startDaemon(lab, server);
  await open(daemon, client, server, { time: 1 });
  await open(daemon, third, server, { time: 5 });
  await daemon.background.stop('SIGKILL');
  const rebooted = await reboot(bench);
  const later = new FakeClock(lab, 70);
  const again = await restartDaemon(rebooted, daemon, later.env);
  t.like(again.lines()[0], { event: 'started', grants: 1 });
  t.is(await lookAt(client, rebooted.ipv4, 22), 'silent');
  const left = await secondsLeft(rebooted, third.ipv4);
  t.true(left > 200 && left <= 230, `${left} s are left of 300, 70 of them while it was off`);
});

for (const point of ['before-act', 'before-record']) {
  labTest(
    `SIGKILL ${point}: the door is open after the restart, the sequence spent, the trail whole`,
    async (t, bench) => {
      const { lab, server, client } = bench;
      await listen(server, 'tcp', 22, 'service');
      const configFile = await writeConfig(lab);
      const dying = server.start(process.execPath, [join(FAULTS, 'dying-daemon.js'), configFile, point]);
      await until('it listens', () => dying.stdout.includes('"capturing"'));
      const ports = sequence({ time: 5 });
      await knock(client, server.ipv4, ports);
      await until('it has killed itself', () => dying.child.exitCode !== null || dying.child.signalCode !== null);
      t.is(await lookAt(client, server.ipv4, 22), point === 'before-act' ? 'silent' : 'open');

      const daemon = launchDaemon(server, configFile);
      await daemon.line({ event: 'capture', state: 'capturing' });
      t.true(await isOpen(client, server.ipv4, 22));
      const left = await secondsLeft(server, client.ipv4);
      t.true(left > 240 && left < 300, `${left} s`);
      await knock(client, server.ipv4, ports);
      await daemon.line({ event: 'denied', reason: 'replay' });
      const { entries: trail } = (await ask(server, daemon, 'audit')) as {
        entries: { event: string; client: string; source: string }[];
      };
      t.is(trail.filter(({ event }) => event === 'opened').length, 1);
      t.like(
        trail.find(({ event }) => event === 'opened'),
        { client: 'alice', source: client.ipv4, address: client.ipv4, ports: 'tcp/22' },
      );
    },
  );
}

labTest('two daemons started at once: one runs, the other says why not and touches nothing', async (t, bench) => {
  const { lab, server, client } = bench;
  await listen(server, 'tcp', 22, 'service');
  const first = await startDaemon(lab, server);
  await open(first, client, server, { time: 0 });
  await first.background.stop('SIGTERM');
  const both = [launchDaemon(server, first.configFile), launchDaemon(server, first.configFile)];
  const ended = await until('one has ended', () => both.find(({ background }) => background.child.exitCode !== null));
  t.is(ended.background.child.exitCode, 1);
  t.regex(ended.background.stderr, /^knockdaemon: error: .*another/m);
  const running = both.find((daemon) => daemon !== ended) as DaemonProcess;
  await running.line({ event: 'capture', state: 'capturing' });
  t.true(await isOpen(client, server.ipv4, 22));
  t.is(running.background.child.exitCode, null);
});

labTest('a damaged store is set aside, loudly, and nothing can be replayed', async (t, bench) => {
  const { lab, server, client, third } = bench;
  await listen(server, 'tcp', 22, 'service');
  const daemon = await startDaemon(lab, server);
  const recorded = sequence({ time: 5 });
  await knock(client, server.ipv4, recorded);
  await daemon.line({ event: 'opened' });
  await daemon.background.stop('SIGKILL');
  // Without its -wal, from which SQLite would make it whole again.
  await rm(join(stateOf(daemon), 'state.db-wal'));
  await writeFile(join(stateOf(daemon), 'state.db'), 'this is no database\n'.repeat(1000));

  const clock = new FakeClock(lab);
  const again = await restartDaemon(server, daemon, clock.env);
  const aside = await again.line({ event: 'store-set-aside' });
  t.regex(String(aside.path), /state\.db\.corrupt-\d{8}T\d{6}Z$/);
  await knock(third, server.ipv4, recorded);
  await again.line({ event: 'denied', reason: 'window-not-remembered', source: third.ipv4 });
  t.is(await lookAt(third, server.ipv4, 22), 'silent');
  // The clock of a client may be one window ahead: such a knock, too, can have been taken before.
  await knock(third, server.ipv4, sequence({}, { clockSeconds: 30 }));
  await again.line({ event: 'denied', reason: 'window-not-remembered', source: third.ipv4 });
  clock.set(30);
  await again.line({ event: 'clock-stepped' });
  await knock(client, server.ipv4, sequence({}, { clockSeconds: 60 }));
  await again.line({ event: 'opened', address: client.ipv4 });
});

labTest(
  'a full disk: knocks are refused, the daemon and the open doors go on; then it is as before',
  async (t, bench) => {
    const { lab, server, client, third } = bench;
    await listen(server, 'tcp', 22, 'service');
    const folder = join(lab.folder, 'small-disk');
    await mustRun('/usr/bin/mkdir', ['-m', '700', folder]);
    await mustRun('/usr/bin/mount', ['-t', 'tmpfs', '-o', 'size=1m,mode=700', 'none', folder]);
    lab.defer(() => mustRun('/usr/bin/umount', ['-l', folder]));
    const daemon = await startDaemon(lab, server, { top: `state_dir = "${folder}"` });
    await open(daemon, client, server, { time: 5 });
    await server.run('/usr/bin/dd', ['if=/dev/zero', `of=${folder}/full`, 'bs=4096']);
    // A few dozen claims have room in the pages that are there.
    let time = 0;
    const tryAgain = async () => {
      await knock(third, server.ipv4, sequence({ time: 1 + (time++ % 200) }));
      return daemon.lines().some((line) => line.reason === 'store-unwritable');
    };
    await until('nothing more can be written', tryAgain, 60);
    await daemon.line({ event: 'store', writable: false });
    t.is(await lookAt(client, server.ipv4, 22), 'open');
    t.like(await ask(server, daemon, 'status'), { store: { writable: false } });
    await mustRun('/usr/bin/rm', [join(folder, 'full')]);
    await knock(third, server.ipv4, sequence());
    await daemon.line({ event: 'opened', address: third.ipv4 });
    await daemon.line({ event: 'store', writable: true });
  },
);

for (const hours of [1, -1]) {
  labTest(`the clock is set by ${hours} h: doors keep their time, replays stay refused`, async (t, bench) => {
    const { lab, server, client, third } = bench;
    const clock = new FakeClock(lab);
    const daemon = await startDaemon(lab, server, { env: clock.env });
    const recorded = sequence({ time: 5 });
    await knock(client, server.ipv4, recorded);
    await daemon.line({ event: 'opened', address: client.ipv4 });
    clock.set(hours * 3600);
    await daemon.line({ event: 'clock-stepped' });
    await knock(third, server.ipv4, sequence({ time: 5 }, { clockSeconds: hours * 3600 }));
    await daemon.line({ event: 'opened', address: third.ipv4 });
    for (const { ipv4 } of [client, third]) {
      const left = await secondsLeft(server, ipv4);
      t.true(left > 240 && left < 300, `${left} s`);
    }
    // Put back, the first windows count again; what was taken in them was taken.
    clock.set(0);
    await until('it was noticed', () => daemon.count('clock-stepped') === 2);
    await knock(third, server.ipv4, recorded);
    await daemon.line({ event: 'denied', reason: 'replay', source: third.ipv4 });
    const { grants } = (await ask(server, daemon, 'grants')) as { grants: { endMs: number }[] };
    for (const { endMs } of grants) t.true(endMs > Date.now() + 200_000 && endMs < Date.now() + 300_000);
    await daemon.background.stop('SIGKILL');
    const again = await restartDaemon(server, daemon, clock.env);
    t.like(again.lines()[0], { grants: 2 });
    const left = await secondsLeft(server, client.ipv4);
    t.true(left > 200 && left < 300, `${left} s`);
  });
}

for (const what of ['configuration', 'store'] as const) {
  const title = `a reboot with a ${what} that is wrong: what was guarded stays shut, and nothing else is touched`;
  labTest(title, async (t, bench) => {
    const { lab, server, client } = bench;
    await listen(server, 'tcp', 22, 'service');
    const daemon = await startDaemon(lab, server);
    const { configFile } = daemon;
    await daemon.background.stop('SIGKILL');
    const right = await readFile(configFile, 'utf8');
    const store = join(stateOf(daemon), 'state.db');
    if (what === 'configuration') await writeFile(configFile, right.replace('server_id', 'server_idd'));
    else await chmod(store, 0o666);
    const rebooted = await reboot(bench);
    t.is(await lookAt(client, rebooted.ipv4, 22), 'open', 'before the daemon is started');
    const run = () => rebooted.run(process.execPath, [KNOCKDAEMON, 'run', '--config', configFile]);
    const refused = await run();
    t.is(refused.code, what === 'configuration' ? 2 : 1);
    t.regex(refused.stderr, what === 'configuration' ? /server_idd/ : /state\.db.*mode 0666/);
    t.regex(refused.stderr, /warning: the guard is put in place as it stood last \(tcp\/22\)/);
    t.is(await lookAt(client, rebooted.ipv4, 22), 'silent');
    // A table that is there stays as it is: doors may be open in it.
    t.notRegex((await run()).stderr, /warning/);

    await writeFile(configFile, right);
    await chmod(store, 0o600);
    const again = await restartDaemon(rebooted, daemon);
    await open(again, client, rebooted);
    t.true(await isOpen(client, rebooted.ipv4, 22));
  });
}

labTest(
  'where nothing was ever guarded, and in a rescue, a daemon that cannot start shuts nothing',
  async (t, bench) => {
    const { lab, server, client } = bench;
    await listen(server, 'tcp', 22, 'service');
    const configFile = await writeConfig(lab, { top: 'nonsense = 1' });
    const run = (...args: string[]) =>
      server.run(process.execPath, [KNOCKDAEMON, 'run', '--config', configFile, ...args]);
    t.is((await run()).code, 2);
    t.is(await lookAt(client, server.ipv4, 22), 'open');
    const state = join(dirname(configFile), 'state');
    await mkdir(state, { recursive: true, mode: 0o700 });
    const guard = join(state, 'guard.json');
    await writeFile(guard, '{"closed":"drop","mark":1,"guarded":[{"protocol":"tcp","port":22}]}', { mode: 0o600 });
    t.is((await run('--rescue', '5')).code, 2);
    t.is((await run('--test')).code, 2);
    await chmod(guard, 0o666);
    t.is((await run()).code, 2);
    t.is(await lookAt(client, server.ipv4, 22), 'open', 'a file that others can write counts for nothing');
    await chmod(guard, 0o600);
    t.is((await run()).code, 2);
    t.is(await lookAt(client, server.ipv4, 22), 'silent');
  },
);

labTest(
  'a boot with a clock ten days behind, set right afterwards: no door gains more than its own time',
  async (t, bench) => {
    const { lab, server, client } = bench;
    const clock = new FakeClock(lab);
    const daemon = await startDaemon(lab, server, { env: clock.env });
    await knock(client, server.ipv4, sequence({ time: 5 }));
    await daemon.line({ event: 'opened', address: client.ipv4 });
    await daemon.background.stop('SIGKILL');
    clock.set(-10 * 86_400);
    const again = await restartDaemon(server, daemon, clock.env);
    await again.line({ event: 'clock-behind' });
    t.true((await secondsLeft(server, client.ipv4)) <= 300);
    clock.set(0);
    await again.line({ event: 'clock-stepped' });
    const left = await secondsLeft(server, client.ipv4);
    t.true(left > 200 && left <= 300, `${left} s`);
    const { grants } = (await ask(server, again, 'grants')) as { grants: { endMs: number }[] };
    t.true((grants[0]?.endMs ?? 0) <= Date.now() + 300_000);
  },
);

labTest('10,000 grants are back after a restart, and one more opens as ever', async (t, { lab, server, client }) => {
  await listen(server, 'tcp', 22, 'service');
  const configFile = await writeConfig(lab);
  const state = join(dirname(configFile), 'state');
  await mustRun(process.execPath, [join(FAULTS, 'fill-store.js'), state, '10000'], { seconds: 120 });
  const daemon = launchDaemon(server, configFile);
  await daemon.line({ event: 'started', grants: 10_000 });
  await daemon.line({ event: 'capture', state: 'capturing' });
  t.is((await openElements(server)).match(/expires/g)?.length, 10_000);
  await open(daemon, client, server);
  t.true(await isOpen(client, server.ipv4, 22));
  t.like(await ask(server, daemon, 'status'), { grants: 10_001 });
});

labTest('what happened is in the audit trail, also after a restart', async (t, { lab, server, client }) => {
  const daemon = await startDaemon(lab, server);
  await open(daemon, client, server, { time: 5 });
  await knock(client, server.ipv4, sequence({ port: 23 }));
  await daemon.line({ event: 'denied' });
  await daemon.background.stop('SIGTERM');
  const again = await restartDaemon(server, daemon);
  const { entries: trail } = (await ask(server, again, 'audit')) as { entries: object[] };
  t.is(trail.length, 2);
  t.like(trail[0], { event: 'denied', reason: 'port-not-allowed', client: 'alice', source: client.ipv4, ports: '23' });
  t.like(trail[1], { event: 'opened', client: 'alice', source: client.ipv4, address: client.ipv4, ports: 'tcp/22' });
});
