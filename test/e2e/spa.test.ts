// Debian's fwknop client at our door of single packets: every kind of request, hash and key; and what is refused.

import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeSpa, encodeSpaKey, randomSpaDigits, SPA_HASHES, type SpaHash, type SpaKey } from '@eightknock/codec/spa';
import { clientArguments, fwknopHash, type KeyKind } from '../interop/fwknop-client.ts';
import { keyOf } from '../interop/spa-cases.ts';
import { ask, type DaemonProcess, restartDaemon, startDaemon } from '../lab/daemon-process.ts';
import type { Host } from '../lab/lab.ts';
import { type Bench, labTest } from '../lab/lab-test.ts';
import { listen } from '../lab/listen.ts';
import { lookAt } from '../lab/probes.ts';
import { until } from '../lab/until.ts';

const SPA_PORT = 62201;
const KEY = keyOf('base64', 'sha256');
const ASK = 'ask = { ports = ["tcp/22", "udp/53"], seconds = 60, max_seconds = 600 }';

/** A door for a key. */
function door(name: string, { encryptionKey, hmacKey, hmacHash }: SpaKey, ...lines: string[]): string {
  const keys = `key_base64 = "${encodeSpaKey(encryptionKey)}"\nhmac_key_base64 = "${encodeSpaKey(hmacKey)}"`;
  return `[[door]]\nname = "${name}"\nkind = "spa"\n${keys}\nhmac = "${hmacHash}"\n${lines.join('\n')}\n`;
}

async function behind({ lab, server }: Bench, tables: string): Promise<DaemonProcess> {
  await listen(server, 'tcp', 22, 'service');
  return startDaemon(lab, server, { tables });
}

/** Debian's client. */
async function fwknop(from: Host, to: Host, key: SpaKey, kind: KeyKind, ...wanted: string[]): Promise<void> {
  const args = clientArguments(key, kind).map((arg) => (arg === '127.0.0.1' ? to.ipv4 : arg));
  await from.mustRun('/usr/bin/fwknop', [...args, ...wanted]);
}

/** Sends one datagram of any bytes. */
async function sendPacket(from: Host, to: string, packet: string | Uint8Array): Promise<void> {
  const script = `
const { createSocket } = await import('node:dgram');
const socket = createSocket(process.argv[1].includes(':') ? 'udp6' : 'udp4');
socket.send(Buffer.from(process.argv[2], 'base64'), ${SPA_PORT}, process.argv[1], () => socket.close());`;
  const bytes = Buffer.from(packet).toString('base64');
  await from.mustRun(process.execPath, ['--input-type=module', '-e', script, to, bytes]);
}

/** What our own codec makes. */
function packetFor(key: SpaKey, fields: Partial<Parameters<typeof encodeSpa>[1]> = {}): string {
  const request = { kind: 'access', address: 'source', ports: [{ protocol: 'tcp', port: 22 }] } as const;
  const timestamp = Math.floor(Date.now() / 1000);
  const own = { randomDigits: randomSpaDigits(randomBytes), user: 'alice', timestamp, digestHash: 'sha256', request };
  return encodeSpa(key, { ...own, ...fields } as Parameters<typeof encodeSpa>[1], randomBytes(8));
}

async function isClosed(from: Host, to: Host): Promise<boolean> {
  return (await lookAt(from, to.ipv4, 22)) === 'silent';
}

const CASES: readonly (readonly [KeyKind, SpaHash])[] = [
  ...SPA_HASHES.map((hash) => ['base64', hash] as const),
  ...SPA_HASHES.map((hash) => ['text', hash] as const),
];

labTest(`fwknop opens a port with every HMAC and kind of key: ${CASES.length} cases`, async (t, bench) => {
  const { server, client, third } = bench;
  const tables = CASES.map(([kind, hash]) => door(`${kind}-${hash}`, keyOf(kind, hash), ASK)).join('');
  const daemon = await behind(bench, tables);
  t.true(await isClosed(client, server));
  for (const [kind, hash] of CASES) {
    await fwknop(client, server, keyOf(kind, hash), kind, '-A', 'tcp/22', '-a', client.ipv4);
    await daemon.line({ event: 'opened', client: `door:${kind}-${hash}`, address: client.ipv4, ports: ['tcp/22'] });
    t.is(await lookAt(client, server.ipv4, 22), 'open');
    t.true(await isClosed(third, server));
    await ask(server, daemon, 'revoke', '--all');
    t.true(await isClosed(client, server), 'nothing stays open for the next case');
  }
});

labTest('every digest within, -s, -f, several ports', async (t, bench) => {
  const { server, client } = bench;
  const daemon = await behind(bench, door('carol', KEY, ASK));
  for (const hash of SPA_HASHES) {
    await fwknop(client, server, KEY, 'base64', '-s', '-A', 'tcp/22,udp/53', '-m', fwknopHash(hash));
    await daemon.line({ event: 'opened', address: client.ipv4, ports: ['tcp/22', 'udp/53'], claimed: 'source' });
    await ask(server, daemon, 'revoke', '--all');
  }
  await until('all are in the log', () => daemon.count('opened') === SPA_HASHES.length);
  await fwknop(client, server, KEY, 'base64', '-s', '-A', 'tcp/22', '-f', '300');
  const { until: end } = await daemon.line({ event: 'opened', ports: ['tcp/22'] });
  const left = (Date.parse(String(end)) - Date.now()) / 1000;
  t.true(left > 280 && left <= 300, `${left} s`);
  await fwknop(client, server, KEY, 'base64', '-s', '-A', 'tcp/22', '-f', '50000');
  const shortened = await daemon.line({ event: 'opened', shortened: true });
  t.true((Date.parse(String(shortened.until)) - Date.now()) / 1000 <= 600);
});

labTest('over IPv6 a packet that names no address opens for the one it comes from', async (t, bench) => {
  const { server, client } = bench;
  const daemon = await behind(bench, door('carol', KEY, ASK));
  await sendPacket(client, server.ipv6, packetFor(KEY));
  await daemon.line({ event: 'opened', address: client.ipv6 });
  t.is(await lookAt(client, server.ipv6, 22), 'open');
});

labTest('NAT to an inner host, and to another port of this one', async (t, bench) => {
  const { lab, server, client } = bench;
  const inner = await lab.addInnerHost(server);
  await listen(inner, 'tcp', 80, 'inner web server');
  const nat = `ask = { ports = ["tcp/22"], to = ["${inner.ipv4}:80"], to_ports = ["tcp/8080", "tcp/5000"], seconds = 60 }`;
  const daemon = await behind(bench, door('carol', KEY, nat));
  const read = async (port: number) => {
    const script = `exec 3<>/dev/tcp/${server.ipv4}/${port}; cat <&3`;
    return (await client.run('/usr/bin/timeout', ['2', '/bin/bash', '-c', script])).stdout;
  };
  await fwknop(client, server, KEY, 'base64', '-a', client.ipv4, '-A', 'tcp/8080', '-N', `${inner.ipv4}:80`);
  await daemon.line({ event: 'forwarded', to: `${inner.ipv4}:80` });
  t.is(await read(8080), 'inner web server');

  const local = ['-a', client.ipv4, '-A', 'tcp/22', '--nat-local', '--nat-port', '5000'];
  await fwknop(client, server, KEY, 'base64', ...local);
  await daemon.line({ event: 'forwarded', to: `${server.ipv4}:22` });
  t.is(await read(5000), 'service');
  t.true(await isClosed(client, server), 'the port itself stays closed');

  await fwknop(client, server, KEY, 'base64', '-a', client.ipv4, '-A', 'tcp/8080', '-N', '10.88.0.3:80');
  await daemon.line({ event: 'denied', reason: 'no-target' });
  await fwknop(client, server, KEY, 'base64', '-a', client.ipv4, '-A', 'tcp/8081', '-N', `${inner.ipv4}:80`);
  await daemon.line({ event: 'denied', reason: 'port-not-allowed' });
});

labTest('a command is run when its text is on the list, and never as text', async (t, bench) => {
  const { lab, server, client } = bench;
  const made = join(lab.folder, 'made');
  const commands = `"make it" = { argv = ["/usr/bin/touch", "${made}"], user = "root" }`;
  const daemon = await behind(bench, door('carol', KEY, `ask = { commands = { ${commands} } }`));
  await fwknop(client, server, KEY, 'base64', '-a', client.ipv4, '-C', `/usr/bin/touch ${made}-not`);
  await daemon.line({ event: 'denied', reason: 'command-not-allowed' });
  await fwknop(client, server, KEY, 'base64', '-a', client.ipv4, '-C', 'make it');
  await daemon.line({ event: 'ran', door: 'carol' });
  await until('the file is there', async () => (await server.run('/usr/bin/test', ['-e', made])).code === 0);
  t.is((await server.run('/usr/bin/test', ['-e', `${made}-not`])).code, 1);
});

labTest('refused: other keys, users, ports, sources, times, and whatever was changed', async (t, bench) => {
  const { server, client, third } = bench;
  const daemon = await behind(
    bench,
    door('carol', KEY, 'user = "carol"', `sources = ["${client.ipv4}/32", "fd77::/64"]`, ASK) +
      door('old', keyOf('text', 'sha256'), 'expires = 2020-01-01', 'require_address = true', ASK),
  );
  const other = { ...KEY, encryptionKey: new Uint8Array(32).fill(1) };
  const now = Math.floor(Date.now() / 1000);
  const carols = (fields = {}) => packetFor(KEY, { user: 'carol', ...fields });
  const good = carols();
  const denied = async (packet: string, reason: string) => {
    await sendPacket(client, server.ipv4, packet);
    await daemon.line({ event: 'denied', reason });
  };
  await denied(packetFor(KEY), 'user-not-allowed');
  const web = { kind: 'access', address: 'source', ports: [{ protocol: 'tcp', port: 80 }] } as const;
  await denied(carols({ request: web }), 'port-not-allowed');
  await denied(packetFor(keyOf('text', 'sha256')), 'door-expired');
  await sendPacket(client, server.ipv4, carols({ timestamp: now - 130 }));
  await daemon.line({ event: 'rejected', reason: 'packet-too-old', client: 'door:carol' });
  await sendPacket(client, server.ipv4, carols({ timestamp: now + 130 }));
  await sendPacket(client, server.ipv4, packetFor(other, { user: 'carol' }));
  await daemon.line({ event: 'rejected', reason: 'packet-malformed' });

  // What is not authentic is not even told: after it, a good one is the next that is.
  const last = good.at(-1) === 'A' ? 'B' : 'A';
  const changed = [
    `${good.slice(0, 40)}${good[40] === 'A' ? 'B' : 'A'}${good.slice(41)}`,
    good.slice(0, -1) + last,
    `${good}=`,
    `U2FsdGVkX1${good}`,
    good.slice(0, -43),
    good.slice(1),
    'x'.repeat(1500),
    'x'.repeat(600),
    '',
  ];
  for (const packet of changed) await sendPacket(client, server.ipv4, packet);
  await sendPacket(third, server.ipv4, good);
  await until('they are over', async () => {
    await sendPacket(client, server.ipv4, packetFor(KEY));
    return daemon.count('denied') >= 4;
  });
  t.is(daemon.count('opened'), 0);
  t.true(await isClosed(client, server));
  await sendPacket(client, server.ipv4, good);
  await daemon.line({ event: 'opened', client: 'door:carol' });
});

labTest('a packet is taken once: after a restart, and after a reboot', async (t, bench) => {
  const { server, client, third } = bench;
  const daemon = await behind(bench, door('carol', KEY, ASK));
  const packet = packetFor(KEY);
  await sendPacket(client, server.ipv4, packet);
  await daemon.line({ event: 'opened' });
  await sendPacket(client, server.ipv4, packet);
  await daemon.line({ event: 'denied', reason: 'replay' });
  await sendPacket(third, server.ipv4, packet);
  await until('both are denied', () => daemon.count('denied') === 2);
  t.true(await isClosed(third, server));

  await daemon.background.stop('SIGKILL');
  await server.nft('flush ruleset\n');
  const again = await restartDaemon(server, daemon);
  await sendPacket(third, server.ipv4, packet);
  await again.line({ event: 'denied', reason: 'replay' });
  t.true(await isClosed(third, server));
});

labTest('its keys are for nobody else to read', async (t, bench) => {
  const { lab, server } = bench;
  const file = join(lab.folder, 'open.toml');
  await writeFile(file, `server_id = "x"\n${door('carol', KEY, ASK)}`, { mode: 0o644 });
  const { code, stderr } = await server.run(process.execPath, [
    new URL('../../../packages/daemon/bin/knockdaemon.js', import.meta.url).pathname,
    'check',
    '--config',
    file,
  ]);
  t.is(code, 2);
  t.regex(stderr, /mode 0644/);
  t.false(stderr.includes(encodeSpaKey(KEY.encryptionKey).slice(0, 20)));
});
