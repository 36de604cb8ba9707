// How long from the last knock to the rule in the kernel: eightknock beside Debian's knockd, same hosts, same sender,
// same clock. The kernel itself says when the rule is there (nft monitor); what that adds is the same for both.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodeSequence } from '@eightknock/codec';
import { labSecret, SERVER_ID, startDaemon } from '../lab/daemon-process.ts';
import { type Host, Lab } from '../lab/lab.ts';
import type { Background } from '../lab/run.ts';
import { until } from '../lab/until.ts';
import { RuleMonitor } from './rule-monitor.ts';

/** Milliseconds from the last knock to the rule, one for each round. */
export interface KnockToRule {
  readonly eightknock: readonly number[];
  readonly knockd: readonly number[];
}

const CLIENTS = 10;
/** Prints times of CLOCK_MONOTONIC, which all processes of a machine share. */
const SENDER = `
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
const host = process.argv[1];
for await (const line of createInterface({ input: process.stdin })) {
  let sentAt;
  for (const port of line.split(' ')) {
    const socket = connect({ host, port: Number(port) }).on('error', () => {});
    sentAt = process.hrtime.bigint();
    await new Promise((resolve) => setImmediate(resolve));
    socket.destroy();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  console.log(String(sentAt));
}
`;
/** Measures both, one after the other. */
export async function measureKnockToRule(rounds: number): Promise<KnockToRule> {
  return { eightknock: await inLab(rounds, eightknockRound), knockd: await inLab(rounds, knockdRound) };
}

/** Starts the daemon, and says what to knock in a round and what line of the monitor is its rule. */
type SetUp = (lab: Lab, server: Host, client: Host) => Promise<(round: number) => { ports: string; rule: RegExp }>;

async function inLab(rounds: number, setUp: SetUp): Promise<number[]> {
  const lab = await Lab.open();
  try {
    const [server, client] = [await lab.addHost('server', 1), await lab.addHost('client', 2)];
    const next = await setUp(lab, server, client);
    const monitor = await RuleMonitor.start(server);
    const sender = client.start(process.execPath, ['--input-type=module', '-e', SENDER, server.ipv4], {}, 'pipe');
    const times: number[] = [];
    for (let round = 0; round < rounds; round++) {
      // Knocks come when they come: not in step with anybody's timer.
      await sleep(Math.random() * 100);
      times.push(await measureOne(sender, monitor, next(round)));
    }
    return times;
  } finally {
    await lab.close();
  }
}

async function measureOne(sender: Background, monitor: RuleMonitor, { ports, rule }: { ports: string; rule: RegExp }) {
  const sent = sender.stdout.length;
  const seen = monitor.expect(rule);
  sender.child.stdin?.write(`${ports}\n`);
  const ruleAt = await seen;
  const sentAt = await until('the sender', () => /\d+\n/.exec(sender.stdout.slice(sent))?.[0].trim());
  return Number(ruleAt - BigInt(sentAt)) / 1e6;
}

const eightknockRound: SetUp = async (lab, server, client) => {
  const clients = Array.from({ length: CLIENTS }, (_, i) => {
    return { name: `client-${i}`, secret: labSecret(i), toml: 'ports = ["tcp/22"]' };
  });
  await startDaemon(lab, server, { clients });
  return (round) => {
    const { secret } = clients[round % CLIENTS] as (typeof clients)[number];
    const request = { address: client.ipv4, port: 22, time: 1 + (round % 100) };
    const { ports } = encodeSequence({ secret, serverId: SERVER_ID }, request, Date.now() / 1000, round % 16);
    return { ports: ports.join(' '), rule: /add element inet knockdaemon open4 .*timeout/ };
  };
};

const KNOCKD_PORTS = [7001, 8002, 9003, 7004, 8005, 9006, 7007, 8008];

const knockdRound: SetUp = async (lab, server, client) => {
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
  const rule = new RegExp(`(?:add|insert) rule .*INPUT ip saddr ${client.ipv4.replaceAll('.', '\\.')} .*accept`);
  return () => ({ ports: KNOCKD_PORTS.join(' '), rule });
};
