// How long a person waits: from the start of the client program to the rule in the kernel. knockclient and knockdaemon, Debian's
// knock and knockd with eight ports at the same pace, Debian's fwknop and fwknopd with one packet.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodeSecret } from '@eightknock/codec';
import { ALICE, KNOCKCLIENT, SERVER_ID, startDaemon } from '../lab/daemon-process.ts';
import { type Host, Lab } from '../lab/lab.ts';
import { until } from '../lab/until.ts';
import { RuleMonitor } from './rule-monitor.ts';

/** Milliseconds from start to rule, one for each round. */
export interface WholeRequest {
  readonly eightknock: readonly number[];
  readonly knock: readonly number[];
  readonly fwknop: readonly number[];
  /** fwknop's client with a door of single packets of knockdaemon. */
  readonly spa: readonly number[];
}

/** Milliseconds between knocks, of both who knock. */
const DELAY_MS = 20;
const KNOCKD_PORTS = [7001, 8002, 9003, 7004, 8005, 9006, 7007, 8008];

/** A command for each round, and what the rule looks like. */
type SetUp = (
  lab: Lab,
  server: Host,
  client: Host,
) => Promise<(round: number) => { readonly command: readonly [string, ...string[]]; readonly rule: RegExp }>;

/** Measures all, one after the other. */
export async function measureWholeRequest(rounds: number): Promise<WholeRequest> {
  return {
    eightknock: await inLab(rounds, eightknock),
    knock: await inLab(rounds, knockd),
    fwknop: await inLab(rounds, fwknopd),
    spa: await inLab(rounds, spaDoor),
  };
}

async function inLab(rounds: number, setUp: SetUp): Promise<number[]> {
  const lab = await Lab.open();
  try {
    const [server, client] = [await lab.addHost('server', 1), await lab.addHost('client', 2)];
    const next = await setUp(lab, server, client);
    const monitor = await RuleMonitor.start(server);
    const times: number[] = [];
    for (let round = 0; round < rounds; round++) {
      await sleep(100 + Math.random() * 100);
      const { command, rule } = next(round);
      const seen = monitor.expect(rule);
      const begun = process.hrtime.bigint();
      const [program, ...args] = command;
      await client.mustRun(program, args, { env: { XDG_CONFIG_HOME: lab.folder, HOME: lab.folder } });
      times.push(Number((await seen) - begun) / 1e6);
    }
    return times;
  } finally {
    await lab.close();
  }
}

const eightknock: SetUp = async (lab, server) => {
  await startDaemon(lab, server);
  const keyFile = join(lab.folder, 'key-alice');
  await writeFile(keyFile, `${encodeSecret(ALICE.secret)}\n`, { mode: 0o600 });
  const options = ['--key-file', keyFile, '--server-id', SERVER_ID, '--delay', `${DELAY_MS}`, '--port', '22'];
  return (round) => ({
    // Another time each: in half a minute there are more rounds than nonces.
    command: [process.execPath, KNOCKCLIENT, server.ipv4, ...options, '--time', `${1 + (round % 100)}`],
    rule: /add element inet knockdaemon open4 .*timeout/,
  });
};

const knockd: SetUp = async (lab, server, client) => {
  const file = join(lab.folder, 'knockd.conf');
  const config = [
    '[options]',
    `  LogFile = ${join(lab.folder, 'knockd.log')}`,
    '[open]',
    `  sequence = ${KNOCKD_PORTS.join(',')}`,
    '  seq_timeout = 10',
    '  command = /usr/sbin/iptables -I INPUT -s %IP% -p tcp --dport 22 -j ACCEPT',
    '  tcpflags = syn',
  ];
  await writeFile(file, `${config.join('\n')}\n`);
  const daemon = server.start('/usr/sbin/knockd', ['-i', 'eth0', '-c', file, '-v']);
  await until('knockd listens', () => daemon.stdout.includes('listening on'));
  return () => ({
    command: ['/usr/bin/knock', '-d', `${DELAY_MS}`, server.ipv4, ...KNOCKD_PORTS.map(String)],
    rule: acceptRule(client, 'INPUT'),
  });
};

const FWKNOP_KEYS = ['--key-rijndael', 'benchmark-key', '--key-hmac', 'benchmark-hmac-key', '--use-hmac'];

const fwknopd: SetUp = async (lab, server, client) => {
  const file = (name: string) => join(lab.folder, `fwknopd-${name}`);
  const config = ['PCAP_INTF eth0;', 'PCAP_FILTER udp port 62201;', 'ENABLE_PCAP_PROMISC N;'];
  await writeFile(file('config'), `${config.join('\n')}\n`, { mode: 0o600 });
  const access = ['SOURCE ANY', 'KEY benchmark-key', 'HMAC_KEY benchmark-hmac-key', 'FW_ACCESS_TIMEOUT 60'];
  await writeFile(file('access'), `${access.join('\n')}\n`, { mode: 0o600 });
  const files = [
    '-c',
    file('config'),
    '-a',
    file('access'),
    '-r',
    lab.folder,
    '-p',
    file('pid'),
    '-d',
    file('digests'),
  ];
  const daemon = server.start('/usr/sbin/fwknopd', ['--foreground', '--verbose', ...files]);
  await until('fwknopd captures', () => (daemon.stdout + daemon.stderr).includes('Starting fwknopd main event loop'));
  return (round) => ({
    command: fwknopCommand(server, client, round),
    rule: acceptRule(client, 'FWKNOP_INPUT'),
  });
};

const spaDoor: SetUp = async (lab, server, client) => {
  const keys = 'key = "benchmark-key"\nhmac_key = "benchmark-hmac-key"';
  const ports = Array.from({ length: 200 }, (_, i) => `"tcp/${1000 + i}"`).join(', ');
  const door = `[[door]]\nname = "carol"\nkind = "spa"\n${keys}\nask = { ports = [${ports}], seconds = 60 }\n`;
  await startDaemon(lab, server, { tables: door });
  return (round) => ({
    command: fwknopCommand(server, client, round),
    rule: /add element inet knockdaemon open4 .*timeout/,
  });
};

/** Another port each round: it adds no rule that is there already. */
function fwknopCommand(server: Host, client: Host, round: number): [string, ...string[]] {
  const quiet = ['--no-home-dir', '--no-rc-file', '--no-save-args', '-E', '/dev/null'];
  const wanted = ['-A', `tcp/${1000 + (round % 200)}`, '-a', client.ipv4, '-D', server.ipv4];
  return ['/usr/bin/fwknop', ...quiet, ...FWKNOP_KEYS, ...wanted];
}

function acceptRule(client: Host, chain: string): RegExp {
  return new RegExp(`(?:add|insert) rule .*${chain} .*ip saddr ${client.ipv4.replaceAll('.', '\\.')} .*accept`);
}
