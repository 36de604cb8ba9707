// `npm run bench`: what was measured, side by side with the peer in the same run, as ratios.
//   --short   fewer rounds

import { cpus } from 'node:os';
import { measureCodec } from './codec-rates.ts';
import { measureKnockToRule } from './knock-to-rule.ts';
import { median, percentile, table } from './statistics.ts';

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
