// fwknop's own client in front of two servers: Debian's fwknopd with an access.conf, and knockdaemon with what `import` made
// of the same file. Both open the same ports for the same packets, and for the others neither does.

import { readFileSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeSpaKey, type SpaKey, spaKeyOfText } from '@eightknock/codec/spa';
import { type DaemonProcess, KNOCKDAEMON, launchDaemon } from '../lab/daemon-process.ts';
import type { Host, Lab } from '../lab/lab.ts';
import { type Bench, labTest } from '../lab/lab-test.ts';
import { listen } from '../lab/listen.ts';
import { lookAt } from '../lab/probes.ts';
import { iptablesDefaultDrop } from '../lab/rulesets.ts';
import { watchSpaKey } from '../lab/secrets.ts';
import { until } from '../lab/until.ts';
import { clientArguments, type KeyKind } from './fwknop-client.ts';
import { Fwknopd } from './fwknopd.ts';
import { keyOf } from './spa-cases.ts';

/** The one rule that docs/firewall.md gives. */
const LET_IN = ['-I', 'INPUT', '-m', 'mark', '--mark', '0x745', '-j', 'ACCEPT'];

/** One access.conf, and its client. */
interface Case {
  readonly title: string;
  readonly access: (bench: Bench) => string;
  readonly key: SpaKey;
  readonly kind: KeyKind;
  /** Arguments of `import`. */
  readonly importArgs?: readonly string[];
  /** What must not open anything; all of it asks for tcp/80. */
  readonly refused?: (bench: Bench) => readonly (readonly string[])[];
  /** What opens tcp/22. */
  readonly opens: (bench: Bench) => readonly string[];
}

const KEY = keyOf('base64', 'sha256');
/** Those in the examples of fwknop(8). */
const MANUAL: SpaKey = {
  encryptionKey: Buffer.from('HvUtIOramehLGKimD4ECXOzinaH4h3U8H1WXum7b54Q=', 'base64'),
  hmacKey: Buffer.from(
    'DLeLf93a3yBT2vhEpM+dWlirGta5GU+jdyG5uXp4461HgOtbqMem4gX0Bp2PJGzYZlbbcavcOM00UPm+0GqkXA==',
    'base64',
  ),
  hmacHash: 'sha256',
};
const BLANKS: SpaKey = {
  encryptionKey: spaKeyOfText('"open # sesame '),
  hmacKey: spaKeyOfText('another\\one '),
  hmacHash: 'sha3-512',
};

watchSpaKey(MANUAL, 'the manual');
watchSpaKey(BLANKS, 'passphrases with blanks');

const CASES: readonly Case[] = [
  {
    title: 'Debian’s access.conf with keys put in',
    access: () =>
      readFileSync('/etc/fwknop/access.conf', 'utf8')
        .replace(/^(KEY_BASE64 +)__CHANGEME__/m, `$1${encodeSpaKey(KEY.encryptionKey)}`)
        .replace(/^(HMAC_KEY_BASE64 +)__CHANGEME__/m, `$1${encodeSpaKey(KEY.hmacKey)}`),
    key: KEY,
    kind: 'base64',
    importArgs: ['--open-ports', 'tcp/22'],
    opens: ({ client }) => ['-A', 'tcp/22', '-a', client.ipv4],
  },
  {
    title: 'the keys of the manual’s example, OPEN_PORTS, and -s',
    access: () =>
      `SOURCE: ANY\nOPEN_PORTS: tcp/22\nKEY_BASE64: ${encodeSpaKey(MANUAL.encryptionKey)}\nHMAC_KEY_BASE64: ${encodeSpaKey(MANUAL.hmacKey)}\nFW_ACCESS_TIMEOUT: 60\n`,
    key: MANUAL,
    kind: 'base64',
    refused: () => [
      ['-A', 'tcp/80', '-s'],
      ['-A', 'tcp/22,tcp/80', '-s'],
    ],
    opens: () => ['-A', 'tcp/22', '-s'],
  },
  {
    title: 'a network with host bits, a user, an address that must be named, ports that are not allowed',
    access: ({ client }) =>
      `SOURCE 192.0.2.1, ${client.ipv4}/24\nOPEN_PORTS TCP/22, tcp/80\nRESTRICT_PORTS tcp/80\nKEY testkey1234\nHMAC_KEY hmackey5678\nREQUIRE_USERNAME bob\nREQUIRE_SOURCE_ADDRESS Y\nMAX_FW_TIMEOUT 100\nACCESS_EXPIRE_EPOCH 4000000000\n`,
    key: keyOf('text', 'sha256'),
    kind: 'text',
    refused: ({ client }) => [
      ['-A', 'tcp/80', '-a', client.ipv4, '--spoof-user', 'bob'],
      ['-A', 'tcp/80', '-a', client.ipv4, '--spoof-user', 'alice'],
      ['-A', 'tcp/80', '-s', '--spoof-user', 'bob'],
    ],
    opens: ({ client }) => ['-A', 'tcp/22', '-a', client.ipv4, '--spoof-user', 'bob', '-f', '90'],
  },
  {
    title: 'stanzas that are of no use to this client before the one that is: source, destination, time, keys',
    access: ({ client, server, third }) => {
      const keys = 'KEY testkey1234\nHMAC_KEY hmackey5678\n';
      return [
        `SOURCE 192.0.2.1\nOPEN_PORTS tcp/80\n${keys}`,
        `SOURCE ANY\nDESTINATION 192.0.2.2\nOPEN_PORTS tcp/80\n${keys}`,
        'SOURCE ANY\nOPEN_PORTS tcp/80\nKEY other\nHMAC_KEY hmackey5679\n',
        `SOURCE ${client.ipv4}\nDESTINATION ${server.ipv4},${third.ipv4}\nOPEN_PORTS tcp/22\n${keys}`,
      ].join('');
    },
    key: keyOf('text', 'sha256'),
    kind: 'text',
    refused: ({ client }) => [['-A', 'tcp/80', '-a', client.ipv4]],
    opens: ({ client }) => ['-A', 'tcp/22', '-a', client.ipv4],
  },
  {
    title: 'passphrases with quotes, marks of comments, and blanks at their ends',
    access: () =>
      `SOURCE ANY\nOPEN_PORTS tcp/22\nKEY "open # sesame \nHMAC_KEY another\\one ;no more\nHMAC_DIGEST_TYPE SHA3_512\n`,
    key: BLANKS,
    kind: 'text',
    opens: ({ client }) => ['-A', 'tcp/22', '-a', client.ipv4],
  },
];

/** Starts knockdaemon with what `import` prints. */
async function startImported(lab: Lab, host: Host, access: string, args: readonly string[]): Promise<DaemonProcess> {
  const folder = join(lab.folder, 'imported');
  const [from, to] = [join(folder, 'access.conf'), join(folder, 'knockdaemon.toml')];
  await mkdir(folder);
  await writeFile(from, access, { mode: 0o600 });
  const imported = await host.run(process.execPath, [KNOCKDAEMON, 'import', from, '--output', to, ...args]);
  if (imported.code !== 0) throw new Error(imported.stderr);
  const own = `state_dir = "${folder}/state"\ncontrol_socket = "${folder}/control.sock"\n`;
  await writeFile(to, own + (await readFile(to, 'utf8')));
  const checked = await host.run(process.execPath, [KNOCKDAEMON, 'check', '--config', to]);
  if (checked.code !== 0) throw new Error(checked.stderr);
  const daemon = launchDaemon(host, to);
  await daemon.line({ event: 'capture', state: 'capturing' });
  return daemon;
}

for (const { title, access, key, kind, importArgs = [], refused, opens } of CASES) {
  labTest(`imported: ${title}`, async (t, bench) => {
    const { lab, server, client, third } = bench;
    for (const host of [server, third]) {
      await listen(host, 'tcp', 22, 'service');
      await listen(host, 'tcp', 80, 'web server');
    }
    await iptablesDefaultDrop(server, []);
    await iptablesDefaultDrop(third, []);
    await server.mustRun('/usr/sbin/iptables', LET_IN);
    const text = access(bench);
    await startImported(lab, server, text, importArgs);
    await Fwknopd.start(lab, third, text);
    for (const host of [server, third]) {
      const look = (port: number) => lookAt(client, host.ipv4, port);
      const ask = (wanted: readonly string[]) => {
        const args = clientArguments(key, kind).map((arg) => (arg === '127.0.0.1' ? host.ipv4 : arg));
        return client.mustRun('/usr/bin/fwknop', [...args, ...wanted]);
      };
      t.is(await look(22), 'silent');
      for (const wanted of refused?.(bench) ?? []) await ask(wanted);
      t.is(await look(22), 'silent');
      // Packets are taken in their order: when this one was, the others were.
      await ask(opens(bench));
      await until(`${host.name} lets in`, async () => (await look(22)) === 'open');
      t.is(await look(80), 'silent');
    }
  });
}
