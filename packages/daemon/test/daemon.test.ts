// What a daemon does with a configuration that it reads again. Nothing is heard or opened here: test/e2e does that.

import test, { type ExecutionContext } from 'ava';
import { DryRunFirewall } from '#src/act/firewall.js';
import { MAX_SESSIONS } from '#src/act/live-sessions.js';
import { systemClock } from '#src/clock.js';
import type { Config } from '#src/config/config.js';
import { ConfigError } from '#src/config/problem.js';
import { Daemon, type DaemonParts } from '#src/daemon.js';
import { createLog } from '#src/log.js';
import { Recorder } from '#src/recorder.js';
import { connectionsTo, fakeProcFiles } from './act/fake-proc-files.js';
import { configOf } from './config-of.ts';
import { inMemory } from './store/opening.ts';

// A file that is never there: it is waited for.
const CONFIG = configOf({ source: { kind: 'log', file: '/nonexistent/kern.log' } });

function daemonOf(t: ExecutionContext, load: DaemonParts['load'], firewall = new DryRunFirewall()): Daemon {
  const daemon = new Daemon({
    config: CONFIG,
    load,
    firewall,
    store: inMemory(),
    recorder: new Recorder(
      createLog({ debug: false, quiet: false, readable: false, destination: { write() {} } }),
      systemClock,
    ),
    test: true,
  });
  t.teardown(() => daemon.stop());
  return daemon;
}

async function reload(t: ExecutionContext, again: () => Config) {
  let taken = 0;
  const load = async () => ({ config: again(), file: '/k.toml', onTaken: () => void taken++ });
  const problems = await daemonOf(t, load).reload();
  return { problems: problems.map(({ path }) => path), taken };
}

test('a configuration that is taken is told so', async (t) => {
  t.deepEqual(await reload(t, () => ({ ...CONFIG, serverId: 'other' })), { problems: [], taken: 1 });
});

test('one that is refused is not', async (t) => {
  t.deepEqual(await reload(t, () => ({ ...CONFIG, stateDir: '/x' })), { problems: ['state_dir'], taken: 0 });
  const wrong = () => {
    throw new ConfigError([{ path: 'base_port', expected: 'an integer' }]);
  };
  t.deepEqual(await reload(t, wrong), { problems: ['base_port'], taken: 0 });
});

/** Files that are read when it is said so. */
function slowFiles() {
  const reads: (() => void)[] = [];
  const taken: string[] = [];
  const load = async () => {
    const name = `read ${reads.length + 1}`;
    await new Promise<void>((resolve) => reads.push(resolve));
    return { config: { ...CONFIG, serverId: name }, file: '/k.toml', onTaken: () => void taken.push(name) };
  };
  return { reads, taken, load };
}

test('reloads come one after the other: what was read last is in force, and who asks meanwhile gets one more', async (t) => {
  const { reads, taken, load } = slowFiles();
  const daemon = daemonOf(t, load);
  const asked = [daemon.reload(), daemon.reload(), daemon.reload()];
  t.is(reads.length, 1, 'the files are not read twice at once');
  reads[0]?.();
  await asked[0];
  t.deepEqual(taken, ['read 1']);
  reads[1]?.();
  await Promise.all(asked);
  t.deepEqual(taken, ['read 1', 'read 2']);
  t.is(reads.length, 2);
});

test('a daemon that was stopped while it read its files takes nothing of them', async (t) => {
  const { reads, taken, load } = slowFiles();
  const daemon = daemonOf(t, load);
  const asked = daemon.reload();
  daemon.stop();
  reads[0]?.();
  t.deepEqual(await asked, []);
  t.deepEqual(taken, []);
});

test.serial('connections that are older than a guard are remembered through reloads, the last 4096', async (t) => {
  fakeProcFiles(t, {
    '/proc/self/net/tcp': connectionsTo(22, MAX_SESSIONS),
    '/proc/self/net/tcp6': connectionsTo(80, 10),
  });
  const firewall = new DryRunFirewall();
  const guarding = (...ports: number[]): Config => {
    const guard = ports.map((port) => ({ protocol: 'tcp', port }) as const);
    return { ...CONFIG, firewall: { ...CONFIG.firewall, guard } };
  };
  const configs = [guarding(22), guarding(22, 80)];
  const daemon = daemonOf(t, async () => ({ config: configs.shift() as Config, file: '/k.toml' }), firewall);
  const portsAfterReload = async () => {
    t.deepEqual(await daemon.reload(), []);
    const sessions = firewall.plan?.sessions ?? [];
    return [22, 80].map((port) => sessions.filter(({ localPort }) => localPort === port).length);
  };
  t.deepEqual(await portsAfterReload(), [MAX_SESSIONS, 0]);
  t.deepEqual(await portsAfterReload(), [MAX_SESSIONS - 10, 10]);
});
