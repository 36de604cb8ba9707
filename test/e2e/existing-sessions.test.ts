// An administrator starts the daemon over the very port that it guards.

import { startDaemon } from '../lab/daemon-process.ts';
import { labTest } from '../lab/lab-test.ts';
import { lookAt } from '../lab/probes.ts';
import { Sshd } from '../lab/sshd.ts';
import { until } from '../lab/until.ts';

for (const version of ['ipv4', 'ipv6'] as const) {
  labTest(`a session that is older than the guard is not cut off, ${version}`, async (t, { lab, server, client }) => {
    const sshd = await Sshd.start(lab, server);
    // Nothing on this host has used connection tracking: the kernel does not know the session.
    const session = client.start('/usr/bin/ssh', [
      ...sshd.arguments(server[version]),
      'echo begun; while sleep 0.5; do echo tick; done',
    ]);
    await until('the session has begun', () => session.stdout.includes('begun'));
    await startDaemon(lab, server);
    t.is(await lookAt(client, server[version], 22), 'silent', 'new connections are refused');
    const heard = session.stdout.length;
    await until('the session goes on', () => session.stdout.length > heard + 20);
    t.is(session.child.exitCode, null);
  });
}

labTest('a stranger cannot pass for an old session', async (t, { lab, server, client, third }) => {
  const sshd = await Sshd.start(lab, server);
  const session = client.start('/usr/bin/ssh', [...sshd.arguments(server.ipv4), 'echo begun; cat']);
  await until('the session has begun', () => session.stdout.includes('begun'));
  await startDaemon(lab, server);
  const scan = ['-sA', '-p', '22', '-n', '-Pn', '--reason', server.ipv4];
  t.regex(await third.mustRun('/usr/bin/nmap', scan), /22\/tcp filtered ssh +no-response/);
  t.regex(await client.mustRun('/usr/bin/nmap', scan), /22\/tcp filtered ssh +no-response/);
});
