// An administrator starts the daemon over the very port that it guards.

import { startDaemon } from '../lab/daemon-process.ts';
import { labTest } from '../lab/lab-test.ts';
import { lookAt } from '../lab/probes.ts';
import { Sshd } from '../lab/sshd.ts';
import { until } from '../lab/until.ts';

for (const version of ['ipv4', 'ipv6'] as const) {
  labTest(`a session that is older than the guard is not cut off, ${version}`, async (t, { lab, server, client }) => {
    const sshd = await Sshd.start(lab, server);
    // Nothing on this host has used connection tracking: the kernel does not know the session, and the next who speaks is
    // the client, as when the administrator types.
    const session = client.start('/usr/bin/ssh', [...sshd.arguments(server[version]), 'cat'], {}, 'pipe');
    const echoes = async (text: string) => {
      session.child.stdin?.write(`${text}\n`);
      await until(`the echo of "${text}"`, () => session.stdout.includes(text));
    };
    await echoes('before');
    await startDaemon(lab, server);
    t.is(await lookAt(client, server[version], 22), 'silent', 'new connections are refused');
    await echoes('after');
    t.is(session.child.exitCode, null);
  });
}

labTest('the host itself needs no knock', async (t, { lab, server, client }) => {
  await Sshd.start(lab, server);
  await startDaemon(lab, server);
  t.is(await lookAt(client, server.ipv4, 22), 'silent');
  for (const own of ['127.0.0.1', '::1', server.ipv4, server.ipv6]) t.is(await lookAt(server, own, 22), 'open', own);
});

labTest('a stranger cannot pass for an old session', async (t, { lab, server, client, third }) => {
  const sshd = await Sshd.start(lab, server);
  const session = client.start('/usr/bin/ssh', [...sshd.arguments(server.ipv4), 'echo begun; cat']);
  await until('the session has begun', () => session.stdout.includes('begun'));
  await startDaemon(lab, server);
  const scan = ['-sA', '-p', '22', '-n', '-Pn', '--reason', server.ipv4];
  t.regex(await third.mustRun('/usr/bin/nmap', scan), /22\/tcp filtered ssh +no-response/);
  t.regex(await client.mustRun('/usr/bin/nmap', scan), /22\/tcp filtered ssh +no-response/);
});
