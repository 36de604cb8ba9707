// knockclient at doors of every kind of our own daemon: each opens, and --wait tells so.

import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeSpaKey } from '@eightknock/codec/spa';
import { keyOf } from '../interop/spa-cases.ts';
import { ask, type DaemonProcess, KNOCKCLIENT, startDaemon } from '../lab/daemon-process.ts';
import type { Host } from '../lab/lab.ts';
import { type Bench, labTest } from '../lab/lab-test.ts';
import { listen } from '../lab/listen.ts';
import { lookAt } from '../lab/probes.ts';
import type { Finished } from '../lab/run.ts';

const SSH = 'open = { ports = ["tcp/22"], time = 5 }';
const KEY = keyOf('base64', 'sha256');

function door(name: string, kind: string, ...lines: string[]): string {
  return `[[door]]\nname = "${name}"\nkind = "${kind}"\n${lines.join('\n')}\n`;
}

async function behind({ lab, server }: Bench, ...tables: string[]): Promise<DaemonProcess> {
  await listen(server, 'tcp', 22, 'service');
  return startDaemon(lab, server, { tables: tables.join('') });
}

function knockclient({ lab }: Bench, from: Host, ...args: string[]): Promise<Finished> {
  return from.run(process.execPath, [KNOCKCLIENT, ...args], { env: { XDG_CONFIG_HOME: lab.folder, LOGNAME: 'alice' } });
}

async function privateFile({ lab }: Bench, name: string, text: string): Promise<string> {
  const file = join(lab.folder, name);
  await writeFile(file, text, { mode: 0o600 });
  return file;
}

async function spaKeys(bench: Bench): Promise<string[]> {
  const key = await privateFile(bench, 'key-spa', encodeSpaKey(KEY.encryptionKey));
  const hmac = await privateFile(bench, 'key-spa-hmac', `${encodeSpaKey(KEY.hmacKey)}\n`);
  return ['--key-base64-file', key, '--hmac-key-base64-file', hmac];
}

const SPA = [`key_base64 = "${encodeSpaKey(KEY.encryptionKey)}"`, `hmac_key_base64 = "${encodeSpaKey(KEY.hmacKey)}"`];

labTest('spa: a port, with a time; over IPv6 the address it comes from; the others stay outside', async (t, bench) => {
  const { server, client, third } = bench;
  const daemon = await behind(bench, door('carol', 'spa', ...SPA, 'ask = { ports = ["tcp/22"], max_seconds = 600 }'));
  const keys = await spaKeys(bench);
  t.is(await lookAt(client, server.ipv4, 22), 'silent');
  const done = await knockclient(
    bench,
    client,
    'spa',
    server.ipv4,
    '--port',
    'tcp/22',
    '--time',
    '300',
    ...keys,
    '--wait',
  );
  t.is(done.code, 0, done.stderr);
  const { until: end } = await daemon.line({ event: 'opened', client: 'door:carol', address: client.ipv4 });
  const left = (Date.parse(String(end)) - Date.now()) / 1000;
  t.true(left > 280 && left <= 300, `${left} s`);
  t.is(await lookAt(third, server.ipv4, 22), 'silent');

  const six = await knockclient(bench, client, 'spa', server.ipv6, '--port', 'tcp/22', ...keys, '--wait');
  t.is(six.code, 0, six.stderr);
  t.regex(six.stderr, /hint: fwknop knows no IPv6 addresses/);
  await daemon.line({ event: 'opened', address: client.ipv6, claimed: 'source' });
  t.is(await lookAt(client, server.ipv6, 22), 'open');
});

labTest('spa: NAT, local NAT, a command', async (t, bench) => {
  const { lab, server, client } = bench;
  const inner = await lab.addInnerHost(server);
  await listen(inner, 'tcp', 80, 'inner');
  const commands = `commands = { "touch it" = { argv = ["/usr/bin/true"], user = "root" } }`;
  const nat = `ports = ["tcp/22"], to = ["${inner.ipv4}:80"], to_ports = ["tcp/8080", "tcp/5000"]`;
  const daemon = await behind(bench, door('carol', 'spa', ...SPA, `ask = { ${nat}, seconds = 60, ${commands} }`));
  const spa = async (...args: string[]) => {
    const done = await knockclient(bench, client, 'spa', server.ipv4, ...args, ...(await spaKeys(bench)));
    t.is(done.code, 0, done.stderr);
  };
  await spa('--port', 'tcp/8080', '--nat', `${inner.ipv4}:80`, '--wait');
  await daemon.line({ event: 'forwarded', to: `${inner.ipv4}:80` });
  await spa('--port', 'tcp/22', '--nat-local', '5000', '--wait');
  await daemon.line({ event: 'forwarded', to: `${server.ipv4}:22` });
  t.is(await lookAt(client, server.ipv4, 22), 'silent', 'the port itself stays closed');
  await spa('--command', 'touch it');
  await daemon.line({ event: 'ran', door: 'carol' });
});

labTest('digits: TCP and UDP, both families', async (t, bench) => {
  const { server, client, third } = bench;
  const [start, first, end] = ['tcp/1042,udp/1044,tcp/1043', 'tcp/1040', 'tcp/1043,tcp/1044,tcp/1042'];
  const list = (ports: string) => `[${ports.split(',').map((port) => `"${port}"`)}]`;
  const lines = [`start = ${list(start)}`, `first_port = "${first}"`, `end = ${list(end)}`, SSH];
  const daemon = await behind(bench, door('dial', 'digits', ...lines));
  const dial = ['--start', start, '--first-port', first, '--end', end];
  for (const address of ['ipv4', 'ipv6'] as const) {
    const done = await knockclient(bench, client, 'digits', server[address], ...dial, '--port', '22', '--wait');
    t.is(done.code, 0, done.stderr);
    await daemon.line({ event: 'opened', client: 'door:dial', address: client[address] });
  }
  t.is(await lookAt(third, server.ipv4, 22), 'silent');
});

labTest('tumbler: secret, text and name; another secret opens nothing', async (t, bench) => {
  const { server, client } = bench;
  const text = '%NAME%%SECRET%%IP%%YEAR%%MONTH%%DAY%%HOUR%%MINUTE%';
  const daemon = await behind(
    bench,
    door('tumble', 'tumbler', 'port = 8675', 'secret = "pAsSwOrD"', SSH),
    door('other', 'tumbler', 'port = 8676', 'secret = "pAsSwOrD"', `text = "${text}"`, SSH),
  );
  const [right, wrong] = [
    await privateFile(bench, 'key-right', 'pAsSwOrD\n'),
    await privateFile(bench, 'key-wrong', 'password'),
  ];
  const tumbler = (...args: string[]) => knockclient(bench, client, 'tumbler', ...args, '--port', '22');
  const failed = await tumbler(server.ipv4, '--udp-port', '8675', '--secret-file', wrong, '--wait', '1');
  t.is(failed.code, 1);
  t.regex(failed.stderr, /error: port 22 did not open within .*\n.*hint: not opened: is the clock/);
  const opened = await tumbler(server.ipv4, '--udp-port', '8675', '--secret-file', right, '--wait');
  t.is(opened.code, 0, opened.stderr);
  await daemon.line({ event: 'opened', client: 'door:tumble', address: client.ipv4 });
  await ask(server, daemon, 'revoke', '--all');
  const own = ['--udp-port', '8676', '--secret-file', right, '--text', text, '--name', 'other'];
  const six = await tumbler(server.ipv6, ...own, '--wait');
  t.is(six.code, 0, six.stderr);
  await daemon.line({ event: 'opened', client: 'door:other', address: client.ipv6 });
});

labTest('one-time: line after line on both sides; --again after lost knocks', async (t, bench) => {
  const { lab, server, client } = bench;
  const text = '# a list\n7001:udp,7000:tcp\ntcp/7003 udp/7002\n7005 7004:udp\n';
  const [theirs, ours] = [await privateFile(bench, 'theirs', text), await privateFile(bench, 'ours', text)];
  const daemon = await behind(bench, door('paper', 'one-time', `file = "${theirs}"`, SSH));
  const knock = (...args: string[]) =>
    knockclient(bench, client, 'one-time', server.ipv4, '--file', ours, '--port', '22', ...args);
  const first = await knock('--wait');
  t.is(first.code, 0, first.stderr);
  t.regex(first.stderr, new RegExp(`hint: ${lab.folder}/ours: 2 lines left`));
  await daemon.line({ event: 'opened', client: 'door:paper' });
  await ask(server, daemon, 'revoke', '--all');

  // What is lost on the way is used here, and not there.
  await server.nft(
    'table inet lost {\n chain in {\n type filter hook prerouting priority -400\n udp dport 7002 drop\n }\n}\n',
  );
  const block = await client.run('/usr/sbin/nft', ['-f', '-'], {
    input: 'table ip lost {\n chain out {\n type filter hook output priority 0\n udp dport 7002 drop\n }\n}\n',
  });
  t.is(block.code, 0, block.stderr);
  const lost = await knock('--wait', '1');
  t.not(lost.code, 0);
  t.is(await readFile(ours, 'utf8'), '# a list\n#7001:udp,7000:tcp\n#tcp/7003 udp/7002\n7005 7004:udp\n');
  await server.nft('delete table inet lost\n');
  await client.nft('delete table ip lost\n');
  const again = await knock('--again', '--wait');
  t.is(again.code, 0, again.stderr);
  t.is(await readFile(theirs, 'utf8'), await readFile(ours, 'utf8'));
  t.is((await stat(ours)).mode & 0o777, 0o600);
  const last = await knock('--json');
  t.like(JSON.parse(last.stdout), { ok: true, left: 0, packets: 2 });
  const none = await knock();
  t.is(none.code, 2);
  t.regex(none.stderr, /ours: there is no line that was not used/);
});
