// A port published by DNAT to an inner host, as Docker does it: INPUT never sees it, the guard does.

import { ALICE, startDaemon } from '../lab/daemon-process.ts';
import { knock, sequence } from '../lab/knocking.ts';
import { labTest } from '../lab/lab-test.ts';
import { listen } from '../lab/listen.ts';
import { isOpen, lookAt } from '../lab/probes.ts';

labTest('a port published by DNAT is guarded and opened', async (t, { lab, server, client, third }) => {
  const inner = await lab.addInnerHost(server);
  await listen(inner, 'tcp', 80, 'inner web server');
  for (const [command, to] of [
    ['/usr/sbin/iptables', `${inner.ipv4}:80`],
    ['/usr/sbin/ip6tables', `[${inner.ipv6}]:80`],
  ] as const) {
    const dnat = ['-p', 'tcp', '--dport', '8080', '-j', 'DNAT', '--to-destination', to];
    await server.mustRun(command, ['-t', 'nat', '-A', 'PREROUTING', '-m', 'addrtype', '--dst-type', 'LOCAL', ...dnat]);
  }
  for (const address of [server.ipv4, server.ipv6]) {
    t.true(await isOpen(client, address, 8080), 'published: open to everybody without us');
  }

  await startDaemon(lab, server, { clients: [{ ...ALICE, toml: 'ports = ["tcp/8080"]' }] });
  for (const address of [server.ipv4, server.ipv6]) {
    t.is(await lookAt(client, address, 8080), 'silent', address);
    await knock(client, address, sequence({ port: 8080 }));
    t.true(await isOpen(client, address, 8080));
    t.is(await lookAt(third, address, 8080), 'silent');
    const { stdout } = await client.run('/bin/bash', ['-c', `exec 3<>/dev/tcp/${address}/8080; cat <&3`]);
    t.is(stdout, 'inner web server');
  }
});

labTest(
  'traffic routed through the host to the same port elsewhere is left alone',
  async (t, { lab, server, client }) => {
    const inner = await lab.addInnerHost(server);
    await listen(inner, 'tcp', 22, 'inner');
    await client.mustRun('/usr/sbin/ip', ['route', 'add', '10.88.0.0/24', 'via', server.ipv4]);
    await startDaemon(lab, server);
    t.is(await lookAt(client, server.ipv4, 22), 'silent');
    t.true(await isOpen(client, inner.ipv4, 22));
  },
);
