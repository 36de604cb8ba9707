// Packets of our codec are read and obeyed by Debian's fwknopd, in the network of a lab.

import { randomBytes } from 'node:crypto';
import { encodeSpa, randomSpaDigits, SPA_HASHES, type SpaFields, type SpaKey } from '@eightknock/codec/spa';
import type { Host } from '../lab/lab.ts';
import { labTest } from '../lab/lab-test.ts';
import { listen } from '../lab/listen.ts';
import { isOpen, lookAt } from '../lab/probes.ts';
import { until } from '../lab/until.ts';
import { fwknopHash, type KeyKind } from './fwknop-client.ts';
import { Fwknopd, SPA_PORT, stanza } from './fwknopd.ts';
import { keyOf, REQUESTS } from './spa-cases.ts';

const KINDS: readonly KeyKind[] = ['text', 'base64'];

function fieldsOf(fields: Pick<SpaFields, 'request'> & Partial<SpaFields>): SpaFields {
  return {
    randomDigits: randomSpaDigits(randomBytes),
    user: 'alice',
    timestamp: Math.floor(Date.now() / 1000),
    digestHash: 'sha256',
    ...fields,
  };
}

function write(key: SpaKey, fields: SpaFields): string {
  return encodeSpa(key, fields, randomBytes(8));
}

/** Sends each as one datagram, not too fast: fwknopd reads one of those that come together. */
async function send(from: Host, to: Host, packets: readonly string[]): Promise<void> {
  const script = `
const { createSocket } = await import('node:dgram');
const { readFileSync } = await import('node:fs');
const socket = createSocket('udp4');
for (const packet of readFileSync(0, 'utf8').split('\\n')) {
  await new Promise((sent) => socket.send(packet, ${SPA_PORT}, process.argv[1], sent));
  await new Promise((later) => setTimeout(later, 5));
}
socket.close();`;
  const input = packets.join('\n');
  await from.mustRun(process.execPath, ['--input-type=module', '-e', script, to.ipv4], { input });
}

labTest('fwknopd reads all that we write: every type, digest, HMAC and kind of key', async (t, bench) => {
  const { lab, server, client } = bench;
  const keys = KINDS.flatMap((kind) => SPA_HASHES.map((hmacHash) => [kind, keyOf(kind, hmacHash)] as const));
  const access = keys.map(([kind, key]) => stanza(key, kind)).join('\n');
  const fwknopd = await Fwknopd.start(lab, server, access, ['--test']);
  const sent = keys.flatMap(([, key]) =>
    SPA_HASHES.flatMap((digestHash) =>
      REQUESTS.map(([type, , request]) => {
        const fields = fieldsOf({ request, digestHash });
        return { type, key, fields, packet: write(key, fields) };
      }),
    ),
  );
  t.is(sent.length, 2 * 7 * 7 * 7);
  await until('fwknopd has read them all', async () => {
    const { read } = fwknopd;
    const missing = sent.filter(({ fields }) => !read.has(fields.randomDigits)).map(({ packet }) => packet);
    if (missing.length > 0) await send(client, server, missing.slice(0, 98));
    return missing.length === 0;
  });
  const { read } = fwknopd;
  for (const { type, key, fields } of sent) {
    const { request } = fields;
    const seen = read.get(fields.randomDigits);
    t.like(seen, { Username: 'alice', Timestamp: `${fields.timestamp}`, 'FKO Version': '3.0.0' });
    t.true(seen?.['Message Type']?.startsWith(`${type} (`), JSON.stringify(seen));
    t.true(seen?.['HMAC Type']?.toLowerCase().endsWith(`(${fwknopHash(key.hmacHash)})`), JSON.stringify(seen));
    const address = request.address === 'source' ? '0.0.0.0' : request.address;
    const rest =
      request.kind === 'command' ? request.command : request.ports.map((p) => `${p.protocol}/${p.port}`).join(',');
    t.is(seen?.['Message String'], `${address},${rest}`);
    const target = 'target' in request ? `${request.target.host},${request.target.port}` : '<NULL>';
    t.is(seen?.['Nat Access'], target);
    const timeout = request.kind === 'command' ? 0 : (request.timeoutSeconds ?? 0);
    t.is(seen?.['Client Timeout'], `${timeout}`);
  }
});

labTest('fwknopd opens the port for our packet, once, and for nobody else', async (t, bench) => {
  const { lab, server, client, third } = bench;
  await server.mustRun('/usr/sbin/iptables', ['-A', 'INPUT', '-p', 'tcp', '--dport', '22', '-j', 'DROP']);
  await listen(server, 'tcp', 22, 'hello');
  const key = keyOf('base64', 'sha256');
  const fwknopd = await Fwknopd.start(lab, server, stanza(key, 'base64'));
  t.is(await lookAt(client, server.ipv4, 22), 'silent');

  const request = { kind: 'access', address: client.ipv4, ports: [{ protocol: 'tcp', port: 22 }] } as const;
  const packet = write(key, fieldsOf({ request }));
  // From another host: what counts is the address in the packet.
  await send(third, server, [packet]);
  t.true(await isOpen(client, server.ipv4, 22));
  t.is(await lookAt(third, server.ipv4, 22), 'silent');

  await send(third, server, [packet]);
  await until('fwknopd finds the replay', () => fwknopd.said.includes('Replay detected'));

  const forThird = fieldsOf({ request: { ...request, address: third.ipv4 } });
  const refused: readonly (readonly [said: RegExp, packet: string])[] = [
    [/HMAC_COMPAREFAIL/, write({ ...key, hmacKey: Uint8Array.of(1) }, forThird)],
    [/Error creating fko context: (?!.*HMAC)/, write({ ...key, encryptionKey: Uint8Array.of(1) }, forThird)],
    [/time difference is too great/, write(key, { ...forThird, timestamp: 1_700_000_000 })],
  ];
  for (const [said, packet] of refused) {
    t.notRegex(fwknopd.said, said);
    await send(client, server, [packet]);
    await until(`fwknopd says ${said}`, () => said.test(fwknopd.said));
  }
  t.is(await lookAt(third, server.ipv4, 22), 'silent');
});

labTest('the longest packet that we write is read by fwknopd, and no longer one is written', async (t, bench) => {
  const { lab, server, client } = bench;
  const key = keyOf('text', 'sha512');
  const fwknopd = await Fwknopd.start(lab, server, stanza(key, 'text'), ['--test']);
  const fields = (length: number) =>
    fieldsOf({ user: 'root', request: { kind: 'command', address: client.ipv4, command: 'c'.repeat(length) } });
  let longest = 1;
  while (fits(key, fields(longest + 1))) longest++;
  t.true(longest > 120 && longest < 200, `${longest}`);
  const last = fields(longest);
  const packet = write(key, last);
  t.is(packet.length, 460);
  await send(client, server, [packet]);
  await until('fwknopd has read it', () => fwknopd.read.has(last.randomDigits));
  t.is(fwknopd.read.get(last.randomDigits)?.['Message String'], `${client.ipv4},${'c'.repeat(longest)}`);
});

function fits(key: SpaKey, fields: SpaFields): boolean {
  try {
    return write(key, fields).length > 0;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
