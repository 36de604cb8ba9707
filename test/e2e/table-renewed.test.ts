// What becomes of connections, and of the guard, when the table goes and comes: others remove it, the daemon puts it
// back, a rescue lifts the guard by itself, `knockdaemon flush` removes it.

import { FirewallProcess, GUARD_SSH, openDoor } from '../lab/firewall-process.ts';
import type { Host } from '../lab/lab.ts';
import { labTest } from '../lab/lab-test.ts';
import { listen } from '../lab/listen.ts';
import { isOpen, lookAt } from '../lab/probes.ts';
import type { Finished } from '../lab/run.ts';
import { until } from '../lab/until.ts';

const ECHO = `
const { createServer } = await import('node:net');
createServer((socket) => socket.on('error', () => {}).pipe(socket)).listen(22, '::', () => console.log('listening'));
`;

/** A server that says nothing before it is spoken to. */
async function listenSilently(server: Host): Promise<void> {
  const echo = server.start(process.execPath, ['--input-type=module', '-e', ECHO]);
  await until('an echo server', () => echo.stdout.includes('listening'));
}

/** A connection that stays. */
class Session {
  readonly #process;

  constructor(from: Host, to: Host) {
    const script = `exec 3<>/dev/tcp/${to.ipv4}/22; echo connected; cat <&3 & exec cat >&3`;
    this.#process = from.start('/bin/bash', ['-c', script], {}, 'pipe');
  }

  async connected(): Promise<void> {
    await until('a connection', () => this.#process.stdout.includes('connected'));
  }

  /** Says something. @returns whether it comes back within that time */
  async echoes(text: string, seconds = 5): Promise<boolean> {
    this.#process.child.stdin?.write(`${text}\n`);
    const back = until(`the echo of ${text}`, () => this.#process.stdout.includes(text), seconds);
    return back.catch(() => false);
  }
}

labTest(
  'connections through a door outlive door and table; a stranger who came while there was none is cut',
  async (t, { server, client, third }) => {
    await listenSilently(server);
    const firewall = await FirewallProcess.start(server);
    await firewall.call('install', GUARD_SSH, [openDoor(client.ipv4)]);
    const ours = new Session(client, server);
    await ours.connected();
    t.true(await ours.echoes('one'));
    await firewall.call('install', GUARD_SSH, []);
    t.is(await lookAt(client, server.ipv4, 22), 'silent', 'the door is closed');
    t.true(await ours.echoes('two'), 'after it was put in place again');

    await server.nft('flush ruleset\n');
    const stranger = new Session(third, server);
    await stranger.connected();
    t.true(await stranger.echoes('in the gap'));
    await firewall.call('install', GUARD_SSH, []);
    t.is(await lookAt(third, server.ipv4, 22), 'silent');
    t.true(await ours.echoes('three'), 'after others removed it');
    t.false(await stranger.echoes('and now', 1));

    await server.nft('add chain inet knockdaemon theirs\n');
    await firewall.call('install', GUARD_SSH, []);
    t.true(await ours.echoes('four'), 'after it was made anew');
  },
);

labTest(
  'a silent session that is older than the guard outlives that others remove the table',
  async (t, { server, client, third }) => {
    await listenSilently(server);
    const old = new Session(client, server);
    await old.connected();
    const firewall = await FirewallProcess.start(server);
    await firewall.call('watch', true);
    await firewall.call('installKeepingLive', GUARD_SSH, []);
    await server.nft('flush ruleset\n');
    await until('it is put back', async () => (await lookAt(third, server.ipv4, 22)) === 'silent');
    t.true(await old.echoes('still here'));
  },
);

labTest('a rescue: the kernel lifts the guard though nobody is left to do it', async (t, { server, client }) => {
  await listen(server, 'tcp', 22, 'service');
  const firewall = await FirewallProcess.start(server);
  await firewall.call('install', { ...GUARD_SSH, guardMs: 2000 }, []);
  t.is(await lookAt(client, server.ipv4, 22), 'silent');
  await firewall.background.stop('SIGKILL');
  t.is(await lookAt(client, server.ipv4, 22), 'silent', 'the daemon is dead, the guard stands');
  await until('the guard is lifted', async () => (await lookAt(client, server.ipv4, 22)) === 'open', 5);
});

labTest('a rescue that is confirmed stays', async (t, { server, client }) => {
  await listen(server, 'tcp', 22, 'service');
  const firewall = await FirewallProcess.start(server);
  await firewall.call('watch', true);
  await firewall.call('install', { ...GUARD_SSH, guardMs: 1000 }, []);
  await firewall.call('install', GUARD_SSH, []);
  const later = Date.now() + 2000;
  await until('the time has passed', () => Date.now() > later);
  t.is(await lookAt(client, server.ipv4, 22), 'silent');
  t.is(firewall.touches, 0);
});

const FLUSH = new URL('../../../packages/daemon/dist/commands/flush.js', import.meta.url);

/** Runs the command, without cli.ts. */
function flush(host: Host, wrapper: readonly string[] = []): Promise<Finished> {
  const script = `
const { flush } = await import(${JSON.stringify(FLUSH.href)});
process.exitCode = await flush({
  stdout: (text) => process.stdout.write(text),
  stderr: (text) => process.stderr.write(text),
});`;
  const [command = process.execPath, ...all] = [...wrapper, process.execPath, '--input-type=module', '-e', script];
  return host.run(command, all);
}

labTest('flush removes the guard, and nothing of others', async (t, { server, client }) => {
  await listen(server, 'tcp', 22, 'service');
  await server.nft('add table inet theirs\n');
  const firewall = await FirewallProcess.start(server);
  await firewall.call('install', GUARD_SSH, [openDoor('192.0.2.1')]);
  t.is(await lookAt(client, server.ipv4, 22), 'silent');
  const first = await flush(server);
  t.is(first.code, 0);
  t.regex(first.stdout, /^knockdaemon: removed the table "inet knockdaemon"/);
  t.true(await isOpen(client, server.ipv4, 22));
  t.is(await server.mustRun('/usr/sbin/nft', ['list', 'ruleset']), 'table inet theirs {\n}\n');
  const second = await flush(server);
  t.is(second.code, 0);
  t.regex(second.stdout, /^knockdaemon: nothing to remove/);
});

labTest('flush while a daemon runs says that it is put back', async (t, { server }) => {
  const firewall = await FirewallProcess.start(server);
  await firewall.call('watch', true);
  await firewall.call('install', GUARD_SSH, []);
  const { code, stderr } = await flush(server);
  t.is(code, 1);
  t.regex(stderr, /^knockdaemon: error: the table "inet knockdaemon" was removed, and is back$/m);
  t.regex(stderr, /^knockdaemon: hint: .*stop it first/m);
});

labTest('flush without CAP_NET_ADMIN says so', async (t, { server }) => {
  const drop = ['/usr/bin/setpriv', '--bounding-set', '-net_admin', '--inh-caps', '-net_admin'];
  const { code, stdout, stderr } = await flush(server, drop);
  t.is(code, 1);
  t.is(stdout, '');
  t.regex(stderr, /^knockdaemon: error: cannot remove the guard: .*CAP_NET_ADMIN/);
  t.regex(stderr, /^knockdaemon: hint: run it as root/m);
});
