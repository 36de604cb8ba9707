// From the last packet of a request to the rule in the kernel: one sender for all who are measured, and the kernel itself says
// when the rule is there (nft monitor); what that adds is the same for all.

import { setTimeout as sleep } from 'node:timers/promises';
import { startFlood } from '../../lab/flood.ts';
import { type Host, Lab } from '../../lab/lab.ts';
import type { Background } from '../../lab/run.ts';
import { until } from '../../lab/until.ts';
import { rounded } from '../statistics.ts';
import { receivedPackets } from './received-packets.ts';
import { RuleMonitor } from './rule-monitor.ts';

/** What is sent: SYNs to these ports, 5 ms apart, or one datagram. */
export type Packets = { readonly tcp: readonly number[] } | { readonly udp: number; readonly text: string };

/** One request. */
export interface Request {
  readonly packets: Packets;
  /** What line of the monitor is its rule. */
  readonly rule: RegExp;
}

/** Starts a daemon. @returns how to make the request of a round, 0 or more */
export type SetUp = (lab: Lab, server: Host, client: Host) => Promise<(round: number) => Promise<Request> | Request>;

/** What was measured. */
export interface Latency {
  /** From the last packet to the rule, milliseconds, one for each request that was answered. */
  readonly ms: readonly number[];
  /** Requests without a rule. */
  readonly lost: number;
  /** Packets a second that came to the server meanwhile. */
  readonly packetsPerSecond: number;
}

/** So long a rule is waited for. */
const LOST_SECONDS = 3;
/** Prints times of CLOCK_MONOTONIC, which all processes of a machine share. */
const SENDER = `
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
const host = process.argv[1];
const datagrams = createSocket('udp4');
for await (const line of createInterface({ input: process.stdin })) {
  const { tcp = [], udp, text } = JSON.parse(line);
  let sentAt;
  for (const port of tcp) {
    const socket = connect({ host, port }).on('error', () => {});
    sentAt = process.hrtime.bigint();
    await new Promise((resolve) => setImmediate(resolve));
    socket.destroy();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  if (udp) {
    sentAt = process.hrtime.bigint();
    await new Promise((resolve) => datagrams.send(text, udp, host, resolve));
  }
  console.log(String(sentAt));
}
`;

/** Measures in a lab of its own. @param junkPerSecond packets of a flood with made-up sources; 0: none */
export async function measureLatency(setUp: SetUp, rounds: number, junkPerSecond = 0): Promise<Latency> {
  const lab = await Lab.open();
  try {
    const [server, client] = [await lab.addHost('server', 1), await lab.addHost('client', 2)];
    const third = await lab.addHost('third', 3);
    const next = await setUp(lab, server, client);
    if (junkPerSecond > 0) {
      await startFlood(third, server, 'spread', 600, junkPerSecond);
      // Whoever adapts to a flood has done so.
      await sleep(1000);
    }
    return await measureRounds(server, client, rounds, next);
  } finally {
    await lab.close();
  }
}

/** The rounds alone, where hosts and daemon are there. */
export async function measureRounds(
  server: Host,
  client: Host,
  rounds: number,
  next: (round: number) => Promise<Request> | Request,
): Promise<Latency> {
  const monitor = await RuleMonitor.start(server);
  const sender = client.start(process.execPath, ['--input-type=module', '-e', SENDER, server.ipv4], {}, 'pipe');
  const ms: number[] = [];
  const [start, before] = [performance.now(), await receivedPackets(server)];
  for (let round = 0; round < rounds; round++) {
    const request = await next(round);
    // Requests come when they come: not in step with anybody's timer.
    await sleep(Math.random() * 100);
    const took = await measureOne(sender, monitor, request);
    if (took !== undefined) ms.push(rounded(took));
  }
  const packets = (await receivedPackets(server)) - before;
  const packetsPerSecond = Math.round((packets * 1000) / (performance.now() - start));
  await monitor.stop();
  return { ms, lost: rounds - ms.length, packetsPerSecond };
}

/** @returns undefined when the rule did not come */
async function measureOne(sender: Background, monitor: RuleMonitor, { packets, rule }: Request) {
  const sent = sender.stdout.length;
  const seen = monitor.expect(rule, LOST_SECONDS).catch(() => undefined);
  sender.child.stdin?.write(`${JSON.stringify(packets)}\n`);
  const ruleAt = await seen;
  const sentAt = await until('the sender', () => /\d+\n/.exec(sender.stdout.slice(sent))?.[0].trim());
  return ruleAt === undefined ? undefined : Number(ruleAt - BigInt(sentAt)) / 1e6;
}
