// `npm run bench`: what was measured, side by side with the peer in the same run, as ratios.
//   --short   fewer rounds

import { cpus } from 'node:os';
import { FLOOD_SHAPES } from '../lab/flood.ts';
import { measureClientStart } from './client-start.ts';
import { measureCodec } from './codec-rates.ts';
import { measureFirewallChanges } from './firewall-changes.ts';
import { type FloodResult, floodEightknock, floodKnockd } from './floods.ts';
import { measureKnockToRule } from './knock-to-rule.ts';
import { floodFwknopd, floodSpaDoor } from './spa-junk.ts';
import { median, percentile, table } from './statistics.ts';
import { measureWholeRequest } from './whole-request.ts';

const short = process.argv.includes('--short');
const rounds = Number(process.env.ROUNDS ?? (short ? 20 : 100));

if (process.getuid?.() !== 0) {
  console.error('bench: error: network namespaces need root');
  process.exit(1);
}

console.log(`Machine: ${cpus().length} × ${cpus()[0]?.model.trim()}, Node ${process.versions.node}\n`);

console.log(`Last knock → rule in the kernel, ${rounds} knocks each, 10 enrolled clients`);
const { eightknock, knockd } = await measureKnockToRule(rounds);
const ms = (value: number) => `${value.toFixed(2)} ms`;
const row = (name: string, values: readonly number[]) => [name, ms(median(values)), ms(percentile(values, 99))];
const ratio = (p: number) => `${(percentile(knockd, p) / percentile(eightknock, p)).toFixed(1)} ×`;
console.log(
  table([
    ['', 'median', '99 %'],
    row('eightknock (nftables set)', eightknock),
    row('knockd 0.8 (iptables)', knockd),
    ['knockd takes', ratio(50), ratio(99)],
  ]),
);

console.log('From the start of the client program to the rule: eight knocks 20 ms apart, or one packet of fwknop');
const whole = await measureWholeRequest(short ? 10 : 40);
const difference = (other: readonly number[]) => `${(median(other) - median(whole.eightknock)).toFixed(0)} ms more`;
console.log(
  table([
    ['', 'median', '99 %', 'beside us'],
    [...row('knockclient, knockdaemon', whole.eightknock), ''],
    [...row('knock, knockd', whole.knock), difference(whole.knock)],
    [...row('fwknop, fwknopd', whole.fwknop), difference(whole.fwknop)],
    [...row('fwknop, knockdaemon', whole.spa), difference(whole.spa)],
  ]),
);

console.log('Ten honest knocks in the middle of a flood of the 256 knock ports; eightknock with 10 and 100 clients');
const floods: [string, string, string, string, string][] = [['', 'packets/s', 'opened', 'CPU µs/packet', 'memory']];
const floodRow = (name: string, { sentPerSecond, opened, cpuPerPacket, memoryMb }: FloodResult) =>
  floods.push([
    name,
    Math.round(sentPerSecond).toLocaleString('en'),
    `${opened} of 10`,
    cpuPerPacket.toFixed(2),
    `${Math.round(memoryMb)} MB`,
  ]);
const shapes = short ? (['spread'] as const) : FLOOD_SHAPES;
for (const packetsPerSecond of short ? [20_000] : [20_000, undefined]) {
  for (const shape of shapes) {
    floodRow(`${shape}: eightknock, 10 clients`, await floodEightknock(shape, 10, packetsPerSecond));
    floodRow(`${shape}: eightknock, 100 clients`, await floodEightknock(shape, 100, packetsPerSecond));
    floodRow(`${shape}: knockd 0.8`, await floodKnockd(shape, packetsPerSecond));
  }
}
console.log(table(floods));

console.log(
  'Ten honest single packets in the middle of a flood of others of their length, which no key of ours has made',
);
floods.splice(1);
for (const packetsPerSecond of short ? [1000] : [1000, 5000, 20_000, undefined]) {
  floodRow('knockdaemon, a spa door', await floodSpaDoor(packetsPerSecond));
  floodRow('fwknopd', await floodFwknopd(packetsPerSecond));
}
console.log(table(floods));

console.log('A change of the firewall, with so many doors open');
const changes = await measureFirewallChanges(short ? [10, 1000] : [10, 1000, 10_000, 100_000], short ? 20 : 100);
console.log(
  table([
    ['doors', 'put in place', 'again', 'one more'],
    ...changes.map(({ doors, install, again, apply }) => [
      doors.toLocaleString('en'),
      ms(install),
      ms(again),
      ms(apply),
    ]),
  ]),
);

console.log('knockclient: from its start to the first SYN, 20 starts each, a saved server');
const starts = await measureClientStart(20);
console.log(
  table([
    ['', 'median', '99 %'],
    row('Node, a script that only connects', starts.bare),
    row('knockclient, from the repository', starts.built),
    row('knockclient, from its package', starts.packed),
  ]),
);

console.log('Codec, one core');
const codec = measureCodec(short ? 200 : 1000);
const rate = (value: number) => Math.round(value).toLocaleString('en');
console.log(
  table([
    ['', 'per second', 'blocks of bare Blowfish in that time'],
    ['encode a request', rate(codec.encode), rate(codec.block / codec.encode)],
    ...codec.decode.map(({ clients, perSecond }) => [
      `try a sequence on ${clients} client${clients === 1 ? '' : 's'} × 3 windows`,
      rate(perSecond),
      `${rate(codec.block / perSecond)} for ${3 * clients}`,
    ]),
    ['derive a window key', rate(codec.deriveKey), rate(codec.block / codec.deriveKey)],
    ['key schedule of the cipher', rate(codec.schedule), rate(codec.block / codec.schedule)],
    ['bare Blowfish, one block', rate(codec.block), '1'],
  ]),
);
