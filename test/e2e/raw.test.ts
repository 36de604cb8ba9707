// Raw knocks: what is on the wire, what the daemon makes of it, and who may not send them.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeSecret } from '@eightknock/codec';
import { ALICE, KNOCKCLIENT, type LabClient, SERVER_ID, startDaemon } from '../lab/daemon-process.ts';
import type { Host, Lab } from '../lab/lab.ts';
import { labTest } from '../lab/lab-test.ts';
import { listen } from '../lab/listen.ts';
import { isOpen, lookAt, openElements } from '../lab/probes.ts';
import { defaultDrop } from '../lab/rulesets.ts';
import type { Finished } from '../lab/run.ts';
import { until } from '../lab/until.ts';

/** May open for whomever it names. */
const GENEROUS: LabClient = { ...ALICE, toml: 'ports = ["tcp/22"]\nopen_for_other = true' };

/** Addresses nobody has. */
const SPOOFED = { ipv4: '10.77.0.99', ipv6: 'fd77::99' } as const;

/** @returns a function that runs knockclient on a host with options that stand for a saved server, and more */
async function clientOf(lab: Lab, host: Host, through: readonly string[] = []) {
  const keyFile = join(lab.folder, 'key');
  await writeFile(keyFile, encodeSecret(ALICE.secret), { mode: 0o600 });
  return (to: string, ...args: string[]): Promise<Finished> => {
    const own = ['--key-file', keyFile, '--server-id', SERVER_ID, '--port', '22'];
    const [command, ...rest] = [...through, process.execPath, KNOCKCLIENT, to, ...own, ...args] as [
      string,
      ...string[],
    ];
    return host.run(command, rest, { env: { XDG_CONFIG_HOME: lab.folder } });
  };
}

/** A packet as tcpdump shows it in two lines (IPv4) or one (IPv6). */
interface Seen {
  readonly source: string;
  readonly sourcePort: number;
  readonly port: number;
  readonly rest: string;
}

/** Where nobody listens and no knock goes: a kernel that gets no answer there sends its SYN once more after a second. */
const SENTINEL = 1001;

/** Watches what comes to the knock ports of a host, and to the sentinel. @returns what was seen so far */
async function watch(host: Host) {
  const filter = `(tcp or udp) and dst portrange 745-${SENTINEL}`;
  const dump = host.start('/usr/bin/tcpdump', ['-ni', 'eth0', '-l', '-vv', filter]);
  await until('tcpdump listens', () => dump.stderr.includes('listening on'));
  return () => {
    const packet = /(?:^|[ )])([0-9a-f.:]+)\.(\d+) > [0-9a-f.:]+\.(\d+): (.*)$/;
    return dump.stdout.split('\n').flatMap((line): Seen[] => {
      const [, source = '', sourcePort, port, rest = ''] = packet.exec(line) ?? [];
      return port === undefined ? [] : [{ source, sourcePort: Number(sourcePort), port: Number(port), rest }];
    });
  };
}

/** What tcpdump makes of the rest of a datagram depends on its port: some are those of old protocols. */
const LOOKS = { tcp: /^Flags \[S\], cksum 0x[0-9a-f]{4} \(correct\), /, udp: /^\[udp sum ok\] / } as const;

for (const version of ['ipv4', 'ipv6'] as const) {
  for (const transport of ['tcp', 'udp'] as const) {
    for (const isSpoofed of [false, true]) {
      const title = `raw knocks on the wire: ${transport} over ${version}${isSpoofed ? ', spoofed' : ''}`;
      labTest(title, async (t, { lab, server, client }) => {
        await defaultDrop(server, []);
        const seen = await watch(server);
        const knockclient = await clientOf(lab, client);
        const how = isSpoofed ? ['--spoof-source', SPOOFED[version], '--ip', 'source'] : ['--raw'];
        const { code, stdout, stderr } = await knockclient(server[version], '--json', '--transport', transport, ...how);
        t.is(code, 0, stderr);
        const { ports, seconds } = JSON.parse(stdout) as { ports: number[]; seconds: number };
        t.true(seconds < 0.5, `all at once: ${seconds} s`);
        await until('eight packets', () => seen().length >= 8);
        t.deepEqual(
          seen().map(({ port }) => port),
          ports,
          'in order',
        );
        const source = isSpoofed ? SPOOFED[version] : client[version];
        for (const packet of seen()) {
          t.is(packet.source, source);
          t.regex(packet.rest, LOOKS[transport]);
        }
        const apart = (values: readonly unknown[]) => t.is(new Set(values).size, 8);
        apart(seen().map(({ sourcePort }) => sourcePort));
        if (transport === 'tcp') apart(seen().map(({ rest }) => /seq (\d+)/.exec(rest)?.[1]));
      });
    }
  }
}

labTest('nothing of a raw knock is sent again', async (t, { lab, server, client }) => {
  await defaultDrop(server, []);
  const seen = await watch(server);
  const knockclient = await clientOf(lab, client);
  t.is((await knockclient(server.ipv4, '--raw')).code, 0);
  client.start('/usr/bin/timeout', ['10', '/bin/bash', '-c', `exec 3<>/dev/tcp/${server.ipv4}/${SENTINEL}`]);
  await until('an ordinary SYN is repeated', () => seen().filter(({ port }) => port === SENTINEL).length >= 2);
  t.is(seen().filter(({ port }) => port !== SENTINEL).length, 8);
});

for (const [title, version, args] of [
  ['TCP over IPv4', 'ipv4', []],
  ['TCP over IPv6', 'ipv6', []],
  ['UDP over IPv4', 'ipv4', ['--transport', 'udp']],
  ['UDP over IPv6', 'ipv6', ['--transport', 'udp']],
  ['for the address they come from', 'ipv4', ['--ip', 'source']],
] as const) {
  labTest(`raw knocks open: ${title}`, async (t, { lab, server, client, third }) => {
    await listen(server, 'tcp', 22, 'service');
    const daemon = await startDaemon(lab, server);
    const knockclient = await clientOf(lab, client);
    const { code, stderr } = await knockclient(server[version], '--raw', '--wait', ...args);
    t.is(code, 0, stderr);
    t.like(await daemon.line({ event: 'opened' }), { address: client[version], source: client[version] });
    t.is(await lookAt(third, server[version], 22), 'silent');
  });
}

labTest('a knock port that accepts connections spoils nothing: the resets are no knocks', async (t, bench) => {
  const { lab, server, client } = bench;
  await listen(server, 'tcp', 22, 'service');
  await listen(server, 'tcp', 2222, 'whoever comes');
  await server.nft(`
table ip everywhere {
  chain prerouting {
    type nat hook prerouting priority dstnat;
    tcp dport 745-1000 redirect to :2222
  }
}
`);
  const daemon = await startDaemon(lab, server);
  const seen = await watch(server);
  const knockclient = await clientOf(lab, client);
  t.is((await knockclient(server.ipv4, '--raw')).code, 0);
  await daemon.line({ event: 'opened', address: client.ipv4 });
  // The client's kernel knows of no connection and takes each answer for a mistake.
  const flags = (sign: string) => seen().filter(({ rest }) => rest.startsWith(`Flags [${sign}]`)).length;
  await until('eight resets', () => flags('R') === 8);
  t.is(flags('S'), 8);
  t.true(await isOpen(client, server.ipv4, 22));
  t.is(daemon.count('rejected'), 0);
});

labTest('a spoofed knock opens for --ip where the client has open_for_other', async (t, bench) => {
  const { lab, server, client, third } = bench;
  await listen(server, 'tcp', 22, 'service');
  const daemon = await startDaemon(lab, server, { clients: [GENEROUS] });
  const knockclient = await clientOf(lab, client);
  const { code, stdout } = await knockclient(server.ipv4, '--spoof-source', SPOOFED.ipv4, '--ip', third.ipv4);
  t.is(code, 0);
  t.true(stdout.includes(` from ${SPOOFED.ipv4}: open port 22 for ${third.ipv4}, `), stdout);
  t.like(await daemon.line({ event: 'opened' }), { source: SPOOFED.ipv4, address: third.ipv4 });
  t.true(await isOpen(third, server.ipv4, 22));
  t.is(await lookAt(client, server.ipv4, 22), 'silent');
});

labTest('a spoofed knock is heard although rp_filter drops it', async (t, { lab, server, client }) => {
  await server.mustRun('/usr/sbin/sysctl', [
    '-q',
    '-w',
    'net.ipv4.conf.all.rp_filter=1',
    'net.ipv4.conf.eth0.rp_filter=1',
  ]);
  const arrived = `
table inet seen {
  chain input {
    type filter hook input priority filter;
    ip saddr 192.0.2.9 counter
  }
}
`;
  await server.nft(arrived);
  const daemon = await startDaemon(lab, server, { clients: [GENEROUS] });
  const knockclient = await clientOf(lab, client);
  t.is((await knockclient(server.ipv4, '--spoof-source', '192.0.2.9', '--ip', client.ipv4)).code, 0);
  await daemon.line({ event: 'opened', source: '192.0.2.9', address: client.ipv4 });
  t.regex(await server.mustRun('/usr/sbin/nft', ['list', 'table', 'inet', 'seen']), /counter packets 0 /);
});

labTest('--wait with a spoofed knock for this machine itself', async (t, { lab, server, client }) => {
  await listen(server, 'tcp', 22, 'service');
  await startDaemon(lab, server, { clients: [GENEROUS] });
  const knockclient = await clientOf(lab, client);
  const { code, stderr } = await knockclient(server.ipv4, '--spoof-source', SPOOFED.ipv4, '--wait');
  t.is(code, 0, stderr);
});

labTest('a spoofed knock for another address is refused without open_for_other', async (t, bench) => {
  const { lab, server, client } = bench;
  await listen(server, 'tcp', 22, 'service');
  const daemon = await startDaemon(lab, server);
  const knockclient = await clientOf(lab, client);
  t.is((await knockclient(server.ipv4, '--spoof-source', SPOOFED.ipv4, '--ip', client.ipv4)).code, 0);
  const told = { reason: 'address-mismatch', source: SPOOFED.ipv4, claimed: client.ipv4 };
  await daemon.line({ event: 'rejected', ...told });
  t.is(daemon.count('opened'), 0);
  t.is(await lookAt(client, server.ipv4, 22), 'silent');
  t.notRegex(await openElements(server), /elements/);
});

for (const version of ['ipv4', 'ipv6'] as const) {
  for (const says of ['source', version] as const) {
    labTest(`a spoofed knock opens for the spoofed address: ${version}, --ip ${says}`, async (t, bench) => {
      const { lab, server, client, third } = bench;
      await listen(server, 'tcp', 22, 'service');
      const daemon = await startDaemon(lab, server);
      const knockclient = await clientOf(lab, client);
      const ip = says === 'source' ? says : third[version];
      t.is((await knockclient(server[version], '--spoof-source', third[version], '--ip', ip)).code, 0);
      t.like(await daemon.line({ event: 'opened' }), { source: third[version], address: third[version] });
      t.true(await isOpen(third, server[version], 22));
      t.is(await lookAt(client, server[version], 22), 'silent');
    });
  }
}

labTest('a firewall of the client’s own that drops raw knocks is told', async (t, { lab, server, client }) => {
  await client.nft(`
table inet filter {
  chain output {
    type filter hook output priority filter; policy accept;
    tcp dport 745-1000 drop
  }
}
`);
  const knockclient = await clientOf(lab, client);
  for (const address of [server.ipv4, server.ipv6]) {
    const { code, stderr } = await knockclient(address, '--raw', '--quiet');
    t.is(code, 1);
    t.regex(
      stderr,
      /^knockclient: error: knock 1 of 8, to port \d+, was not sent: this machine does not allow it \(EPERM\)\n/,
    );
  }
});

/** Sends one packet, while all that nobody holds is collected. */
const COLLECTED = `
const { createRawSender } = await import(process.argv[1]);
async function knock() {
  const order = { transport: 'tcp', sourceAddress: '127.0.0.1' };
  const randomBytes = (length) => {
    process.nextTick(gc);
    return new Uint8Array(length);
  };
  const sender = await createRawSender({ ...order, randomBytes });
  await sender.send('127.0.0.1', 745);
  sender.finish();
  console.log('sent');
}
void knock();
`;

labTest('a raw socket is not collected while its packet is on the way', async (t, { client }) => {
  const args = ['--expose-gc', '--input-type=module', '-e', COLLECTED, import.meta.resolve('knockclient')];
  t.is(await client.mustRun(process.execPath, args), 'sent\n');
});

labTest('raw knocks need CAP_NET_RAW, and no other capability', async (t, { lab, server, client }) => {
  await listen(server, 'tcp', 22, 'service');
  const daemon = await startDaemon(lab, server);
  const without = await clientOf(lab, client, ['/usr/bin/setpriv', '--bounding-set=-net_raw', '--inh-caps=-all']);
  for (const args of [['--raw'], ['--spoof-source', SPOOFED.ipv4]]) {
    const { code, stdout, stderr } = await without(server.ipv4, ...args);
    t.is(code, 1);
    t.is(stdout, '');
    t.regex(
      stderr,
      /^knockclient: error: --raw: this user may not send raw packets \(EPERM\)\nknockclient: hint: .*CAP_NET_RAW/,
    );
  }
  t.is((await without(server.ipv4)).code, 0, 'an ordinary knock needs nothing');
  await daemon.line({ event: 'opened' });

  const only = await clientOf(lab, client, ['/usr/bin/setpriv', '--bounding-set=-all,+net_raw', '--inh-caps=-all']);
  const { code, stderr } = await only(server.ipv4, '--raw', '--time', '2');
  t.is(code, 0, stderr);
  await daemon.line({ event: 'opened', requestedTime: 2 });
});
