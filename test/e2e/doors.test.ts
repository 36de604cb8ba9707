// Doors of every kind, opened and closed with real packets.

import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  ALICE,
  ask,
  type DaemonProcess,
  KNOCKDAEMON,
  labSecret,
  restartDaemon,
  startDaemon,
} from '../lab/daemon-process.ts';
import { knock, sequence } from '../lab/knocking.ts';
import type { Host } from '../lab/lab.ts';
import { type Bench, labTest } from '../lab/lab-test.ts';
import { listen } from '../lab/listen.ts';
import { isOpen, lookAt, openElements } from '../lab/probes.ts';
import { until } from '../lab/until.ts';

const SSH = 'open = { ports = ["tcp/22"], time = 5 }';

function door(name: string, kind: string, ...lines: string[]): string {
  return `[[door]]\nname = "${name}"\nkind = "${kind}"\n${lines.join('\n')}\n`;
}

/** Debian's knock, `7000` or `8000:udp`, so many milliseconds between the knocks. */
async function knocks(from: Host, to: string, ports: string, delayMs = 20): Promise<void> {
  const family = to.includes(':') ? ['-6'] : [];
  await from.mustRun('/usr/bin/knock', [...family, '-d', String(delayMs), to, ...ports.split(' ')]);
}

/** Starts a daemon with these tables, and a service on port 22. */
async function behindDoors({ lab, server }: Bench, tables: string): Promise<DaemonProcess> {
  await listen(server, 'tcp', 22, 'service');
  return startDaemon(lab, server, { tables });
}

labTest('a sequence opens for the one who knocked, another one closes', async (t, bench) => {
  const { server, client, third } = bench;
  const daemon = await behindDoors(
    bench,
    door('ssh', 'sequence', 'knocks = ["tcp/7000", "udp/8000", "tcp/9000"]', SSH) +
      door('bye', 'sequence', 'knocks = ["tcp/9000", "udp/8000", "tcp/7000"]', 'close = { ports = ["tcp/22"] }'),
  );
  t.is(await lookAt(client, server.ipv4, 22), 'silent', 'a port that a door opens is guarded');
  await knocks(third, server.ipv4, '7000 9000 8000:udp');
  await knocks(client, server.ipv4, '7000 8000:udp 9000');
  await daemon.line({ event: 'opened', client: 'door:ssh', address: client.ipv4, ports: ['tcp/22'] });
  t.true(await isOpen(client, server.ipv4, 22));
  t.is(await lookAt(third, server.ipv4, 22), 'silent');
  t.like(await ask(server, daemon, 'grants'), { total: 1, grants: [{ client: 'door:ssh', address: client.ipv4 }] });

  await knocks(client, server.ipv6, '7000 8000:udp 9000');
  await daemon.line({ event: 'opened', client: 'door:ssh', address: client.ipv6 });
  t.true(await isOpen(client, server.ipv6, 22));

  await knocks(client, server.ipv4, '9000 8000:udp 7000');
  await daemon.line({ event: 'closed', client: 'door:bye', address: client.ipv4 });
  t.is(await lookAt(client, server.ipv4, 22), 'silent');
  t.true(await isOpen(client, server.ipv6, 22), 'the other address is open as it was');
  await ask(server, daemon, 'revoke', '--client', 'door:ssh');
  t.notRegex(await openElements(server), /elements/);
});

labTest('retransmitted and doubled SYNs do not break a sequence, a scan of all ports is none', async (t, bench) => {
  const { server, client, third } = bench;
  const daemon = await behindDoors(
    bench,
    door('ssh', 'sequence', 'knocks = ["tcp/7001", "tcp/7003", "tcp/7002"]', SSH),
  );
  await third.run('/usr/bin/nmap', ['-n', '-Pn', '-sS', '-r', '-p7000-7010', '--max-retries', '2', server.ipv4]);
  // Slow enough for the kernel to send each SYN again after a second; the answer to it is on its way no more.
  await client.nft('table ip quiet {\n chain in {\n type filter hook input priority 0\n tcp flags rst drop\n }\n}\n');
  await client.mustRun('/bin/bash', [
    '-c',
    `for port in 7001 7003 7002; do timeout 3.5 bash -c "exec 3<>/dev/tcp/${server.ipv4}/$port" & sleep 1.2; done; wait; true`,
  ]);
  await daemon.line({ event: 'opened', address: client.ipv4 });
  t.is(daemon.count('opened'), 1);
});

labTest('strict and tolerant, from one source or from any, to one address, with other flags', async (t, bench) => {
  const { server, client, third } = bench;
  await server.mustRun('/usr/sbin/ip', ['addr', 'add', '10.77.0.100/24', 'dev', 'eth0']);
  const daemon = await behindDoors(
    bench,
    [
      door('strict', 'sequence', 'knocks = ["tcp/7101", "tcp/7102", "tcp/7103"]', SSH),
      door('tolerant', 'sequence', 'knocks = ["tcp/7201", "tcp/7202", "tcp/7203"]', 'order = "tolerant"', SSH),
      door('together', 'sequence', 'knocks = ["udp/7301", "udp/7302"]', 'source = "any"', SSH),
      door('there', 'sequence', 'knocks = ["tcp/7401", "tcp/7402"]', 'target = "10.77.0.100"', SSH),
      door('fin', 'sequence', 'knocks = ["tcp/7501", "tcp/7502"]', 'tcp_flags = ["fin", "!syn", "!ack"]', SSH),
    ].join('\n'),
  );
  const opens = async (name: string) => {
    await daemon.line({ event: 'opened', client: `door:${name}` });
  };
  await knocks(client, server.ipv4, '7101 7103 7102 7103');
  await knocks(client, server.ipv4, '7201 7203 7202 7203');
  await opens('tolerant');
  t.is(daemon.count('opened'), 1, 'and not the strict one');
  await knocks(client, server.ipv4, '7101 22 7102 7999 7103');
  await opens('strict');
  await knocks(client, server.ipv4, '7301:udp');
  await knocks(third, server.ipv4, '7302:udp');
  await opens('together');
  await knocks(client, server.ipv4, '7401 7402');
  await knocks(client, '10.77.0.100', '7401 7402');
  await opens('there');
  await knocks(client, server.ipv4, '7501 7502');
  for (const port of ['7501', '7502']) {
    await client.run('/usr/bin/nmap', ['-n', '-Pn', '-sF', '-p', port, '--max-retries', '0', server.ipv4]);
  }
  await opens('fin');
  t.is(daemon.count('opened'), 5);
});

labTest('digits say which port, of those on the list', async (t, bench) => {
  const { server, client } = bench;
  const daemon = await behindDoors(
    bench,
    door(
      'dial',
      'digits',
      'start = ["tcp/1042", "tcp/1044", "tcp/1043"]',
      'first_port = "tcp/1040"',
      'end = ["tcp/1043", "tcp/1044", "tcp/1042"]',
      'open = { ports = ["tcp/22", "udp/51820"], time = 5 }',
    ),
  );
  await knocks(client, server.ipv4, '1042 1044 1043 1042 1042 1043 1044 1042');
  await daemon.line({ event: 'opened', client: 'door:dial', ports: ['tcp/22'] });
  t.true(await isOpen(client, server.ipv4, 22));
  await knocks(client, server.ipv4, '1042 1044 1043 1042 1043 1043 1044 1042');
  await daemon.line({ event: 'denied', reason: 'port-not-allowed', client: 'door:dial', port: 23 });
  await knocks(client, server.ipv4, '1042 1044 1043 1045 1041 1048 1042 1040 1043 1044 1042');
  await daemon.line({ event: 'opened', client: 'door:dial', ports: ['udp/51820'] });
});

labTest('one hundred one-time sequences are used in turn, a replay is refused', async (t, bench) => {
  const { lab, server, client, third } = bench;
  const file = join(lab.folder, 'once');
  const lines = Array.from({ length: 100 }, (_, i) => `${20_000 + i}:udp,${21_000 + ((i * 37) % 100)}:udp,22000:udp`);
  await writeFile(file, `# by hand\n${lines.join('\n')}\n`, { mode: 0o600 });
  const daemon = await behindDoors(bench, door('once', 'one-time', `file = "${file}"`, SSH));
  const portsOf = (line: string) => line.replaceAll(',', ' ');
  for (const [i, line] of lines.entries()) {
    await knocks(client, server.ipv4, portsOf(line), 0);
    await until(`sequence ${i} opens`, () => daemon.count('opened') === i + 1);
    if (i % 25 === 24) {
      await knocks(third, server.ipv4, portsOf(line), 0);
      await knocks(third, server.ipv4, portsOf(lines[(i + 2) % 100] as string), 0);
    }
  }
  t.is(daemon.count('opened'), 100);
  t.is(await lookAt(third, server.ipv4, 22), 'silent', 'neither a replay nor one before its turn');
  t.is(await readFile(file, 'utf8'), `# by hand\n${lines.map((line) => `#${line}\n`).join('')}`);
  t.is((await stat(file)).mode & 0o777, 0o600);
  await daemon.line({ event: 'one-time', door: 'once', left: 0 });
});

labTest('a number in the eight knocks opens what the door says, for the client whose list has it', async (t, bench) => {
  const { lab, server, client } = bench;
  await listen(server, 'tcp', 22, 'service');
  const bob = { name: 'bob', secret: labSecret(2), toml: 'ports = ["tcp/80"]' };
  const clients = [{ ...ALICE, toml: 'ports = ["tcp/9000"]' }, bob];
  const tables = door('ssh', 'encrypted', 'port = 9000', SSH);
  const daemon = await startDaemon(lab, server, { clients, tables });
  await knock(client, server.ipv4, sequence({ port: 9000, time: 1 }, { client: bob }));
  await daemon.line({ event: 'denied', reason: 'port-not-allowed', client: 'bob', port: 9000 });
  await knock(client, server.ipv4, sequence({ port: 9000, time: 0 }));
  await daemon.line({ event: 'opened', client: 'alice', door: 'ssh', ports: ['tcp/22'], shortened: true });
  t.true(await isOpen(client, server.ipv4, 22));
  t.regex(await openElements(server), /timeout 5m/, 'no longer than the door gives');
  await knock(client, server.ipv4, sequence({ port: 9000, time: 255 }));
  await daemon.line({ event: 'closed', client: 'alice', door: 'ssh' });
  t.is(await lookAt(client, server.ipv4, 22), 'silent');
});

labTest('a reload brings a door, and takes one away with what it has opened', async (t, bench) => {
  const { server, client } = bench;
  const first = door('first', 'sequence', 'knocks = ["udp/7001", "udp/7000"]', SSH);
  const daemon = await behindDoors(bench, first);
  await knocks(client, server.ipv4, '7001:udp 7000:udp');
  await daemon.line({ event: 'opened', client: 'door:first' });
  const text = await readFile(daemon.configFile, 'utf8');
  const second = door('second', 'sequence', 'knocks = ["udp/8001", "udp/8000"]', SSH);
  await writeFile(daemon.configFile, text.replace(first, second));
  await server.mustRun(process.execPath, [KNOCKDAEMON, 'reload', '--config', daemon.configFile]);
  await daemon.line({ event: 'revoked', client: 'door:first', address: client.ipv4 });
  t.is(await lookAt(client, server.ipv4, 22), 'silent');
  // The capture process is another one, with other ports.
  await until('it listens again', () => daemon.lines().filter((line) => line.state === 'capturing').length === 2);
  await knocks(client, server.ipv4, '7001:udp 7000:udp');
  await knocks(client, server.ipv4, '8001:udp 8000:udp');
  await daemon.line({ event: 'opened', client: 'door:second' });
  t.is(daemon.count('opened'), 2);
  await writeFile(daemon.configFile, text.replace('knocks', 'knoks'));
  const { code, stderr } = await server.run(process.execPath, [KNOCKDAEMON, 'reload', '--config', daemon.configFile]);
  t.not(code, 0);
  t.regex(stderr, /door\[0\]\.knoks: expected no such key/);
  t.true(await isOpen(client, server.ipv4, 22), 'and nothing has changed');
});

/** Tumbler's datagram from Python, which knows nothing of us. */
const TUMBLER = `
import hashlib, socket, sys, time
server, own, secret, seconds = sys.argv[1:5]
text = time.strftime('%Y-%m-%dT%H:%MZ', time.gmtime(int(seconds))) + own + secret
data = ('TUMBLER1: ' + hashlib.sha256(text.encode()).hexdigest()).encode()
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(data, (server, 8675))
`;

labTest("Tumbler's datagram opens once, for its sender alone, though the daemon is killed", async (t, bench) => {
  const { server, client, third } = bench;
  const daemon = await behindDoors(bench, door('tumble', 'tumbler', 'port = 8675', 'secret = "pAsSwOrD"', SSH));
  const seconds = String(Math.floor(Date.now() / 1000));
  const send = (from: Host, own: string, secret: string) =>
    from.mustRun('/usr/bin/python3', ['-c', TUMBLER, server.ipv4, own, secret, seconds]);
  await send(third, client.ipv4, 'pAsSwOrD');
  await send(client, client.ipv4, 'password');
  await send(client, client.ipv4, 'pAsSwOrD');
  await daemon.line({ event: 'opened', client: 'door:tumble', address: client.ipv4 });
  t.true(await isOpen(client, server.ipv4, 22));
  t.is(daemon.count('opened'), 1);
  await daemon.background.stop('SIGKILL');
  const again = await restartDaemon(server, daemon);
  await send(client, client.ipv4, 'pAsSwOrD');
  await again.line({ event: 'denied', reason: 'replay', client: 'door:tumble' });
  t.is(await lookAt(third, server.ipv4, 22), 'silent');
});
