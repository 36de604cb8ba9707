// closed = "reset" on a host whose firewall accepts everything: a guarded port is like any port where nothing listens.

import { ALICE, startDaemon } from '../lab/daemon-process.ts';
import { knock, sequence } from '../lab/knocking.ts';
import { labTest } from '../lab/lab-test.ts';
import { askUdp, listen } from '../lab/listen.ts';
import { nmap, portLines } from '../lab/nmap.ts';
import { isOpen, lookAt } from '../lab/probes.ts';
import { until } from '../lab/until.ts';

const BOTH = [{ ...ALICE, toml: 'ports = ["tcp/22", "udp/5353"]' }];

labTest('nmap cannot tell a guarded port from a closed one', async (t, { lab, server, client }) => {
  await listen(server, 'tcp', 22, 'tcp service');
  await listen(server, 'udp', 5353, 'udp service');
  await startDaemon(lab, server, { clients: BOTH, firewall: 'closed = "reset"' });

  for (const scan of ['-sS', '-sT', '-sA', '-sF', '-sN', '-sX', '-sM', '-sW']) {
    for (const address of [server.ipv4, server.ipv6]) {
      const looks = portLines(await nmap(client, address, [scan, '-p', '21,22,23']));
      t.is(looks.size, 3, `${scan} ${address}`);
      t.is(new Set(looks.values()).size, 1, `${scan} ${address}: ${JSON.stringify([...looks])}`);
    }
  }
  for (const port of [5352, 5353, 5354]) {
    const look = portLines(await nmap(client, server.ipv4, ['-sU', '-p', `${port}`])).get(port);
    t.is(look, 'closed port-unreach ttl 64', `udp ${port}`);
  }

  await knock(client, server.ipv4, sequence());
  t.true(await isOpen(client, server.ipv4, 22));
  await knock(client, server.ipv4, sequence({ port: 5353 }));
  await until('udp/5353 is open', async () => (await askUdp(client, server.ipv4, 5353)) === 'udp service');
});

labTest(
  'the resets of a guarded and of a closed port differ in nothing but the port',
  async (t, { lab, server, client }) => {
    await listen(server, 'tcp', 22, 'tcp service');
    await startDaemon(lab, server, { firewall: 'closed = "reset"' });
    const filter = `src host ${server.ipv4} and tcp[tcpflags] & tcp-rst != 0`;
    const dump = client.start('/usr/bin/tcpdump', ['-ni', 'eth0', '-v', '-S', '-l', '-c', '4', filter]);
    await until('tcpdump listens', () => dump.stderr.includes('listening on'));
    for (const port of [22, 23, 22, 23]) t.is(await lookAt(client, server.ipv4, port), 'refused');
    await until('four resets', () => dump.stdout.match(/Flags/g)?.length === 4);
    // The kernel's own resets leave their checksum to the network card, which a veth pair does not have.
    const resets = dump.stdout
      .split(/\n(?=\d)/)
      .map((text) => text.replace(/^\S+ /, '').replace(/\.2[23] > (\S+)\.\d+:/, '.PORT > $1.PORT:'))
      .map((text) =>
        text
          .replace(/cksum[^)]*?\((?:in)?correct[^)]*\)|cksum 0x\S+ \([^)]*\)/, 'cksum')
          .replace(/ack \d+/, 'ack N')
          .trim(),
      );
    t.is(new Set(resets).size, 1, resets.join('\n'));
  },
);
