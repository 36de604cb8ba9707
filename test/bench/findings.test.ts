// What experiments make of data that were not measured here: verdicts on both sides of each target, and charts that can be drawn.

import test from 'ava';
import { drawChart } from './charts/draw-chart.ts';
import { EXPERIMENTS } from './experiments.ts';
import type { Findings, Target } from './report/findings.ts';

function findingsOf(name: string, data: object): Findings {
  const experiment = EXPERIMENTS.find((one) => one.name === name);
  if (!experiment) throw new Error(`no experiment ${name}`);
  return experiment.findings(data);
}

/** One row: the words of a target, data on this side of it, data beyond. */
function judges(name: string, what: string, reached: object, missed: object): void {
  const find = (data: object): Target | undefined =>
    findingsOf(name, data).targets.find((target) => target.what.includes(what));
  test(`${name}: ${what}`, (t) => {
    t.is(find(reached)?.verdict, 'reached');
    t.is(find(missed)?.verdict, 'missed');
    for (const { chart } of findingsOf(name, reached).figures) t.false(drawChart(chart).includes('NaN'));
  });
}

const latency = (own: number, knockd: number, fwknopd: number, junk = own) => {
  const row = (subject: string, load: string, ms: number) => ({
    subject,
    load,
    ms: [ms],
    lost: 0,
    packetsPerSecond: 0,
  });
  const idle = [row('eightknock', 'idle', own), row('knockd', 'idle', knockd), row('fwknopd', 'idle', fwknopd)];
  const spa = [row('eightknock-spa', 'idle', own), row('eightknock-spa', 'junk', own)];
  const busy = [row('eightknock', 'junk', junk), row('knockd', 'junk', knockd), row('fwknopd', 'junk', fwknopd)];
  return { rounds: 1, clients: 10, rows: [...idle, ...spa, ...busy] };
};
judges('knock-to-rule', 'beside that of knockd', latency(2, 20, 200), latency(2, 19, 200));
judges('knock-to-rule', 'median beside that of fwknopd', latency(2, 20, 20), latency(2, 20, 19));
judges('knock-to-rule', 'under junk', latency(2, 20, 20, 4), latency(2, 20, 20, 4.1));

const waits = (own: number, asItComes: number, knock: number, fwknop: number) => {
  const all = { eightknock: own, 'eightknock-default': asItComes, 'eightknock-spa': 1, knock, fwknop };
  return { delayMs: 20, rows: Object.entries(all).map(([subject, ms]) => ({ subject, ms: [ms] })) };
};
judges('whole-request', "beside knock's", waits(260, 1, 160, 1), waits(261, 1, 160, 1));
judges('whole-request', "beside fwknop's", waits(1, 80, 1, 80), waits(1, 81, 1, 80));

const flooded = (opened: number, cpuMicroseconds = [9, 2, 2, 2]) => {
  return { packetsPerSecond: 1, requests: 10, opened, cpuMicroseconds, cpuMicrosecondsAll: 2, memoryMb: 1 };
};
const full = (opened: number) => ({ seconds: 1, rows: [{ subject: 'eth0-known', ...flooded(opened) }] });
judges('floods', 'eightknock on eth0, client opened before', full(10), full(9));
const state = (last: number) => {
  const row = { subject: 'eightknock', shape: 'first', ...flooded(10, [9, 2, 2, last]) };
  return { seconds: 1, rows: [row, { ...row, subject: 'knockd' }] };
};
judges('state-floods', 'last quarter beside the second', state(2.5), state(2.6));

const cost = (few: number, many: number) => {
  const part = (all: number) => ({ all, user: all, system: 0 });
  const row = (sources: number, all: number) => {
    const rate = { wantedPerSecond: 20_000, packetsPerSecond: 20_000 };
    return { subject: 'eightknock', sources, ...rate, parent: part(1), children: part(all - 1) };
  };
  return { seconds: 1, rows: [row(1, few), row(1_000_000, many)] };
};
judges('packet-cost', 'the dearest case', cost(3, 4), cost(4.1, 3));
judges('packet-cost', 'the most sources', cost(2, 2.5), cost(2, 2.6));

const junk = (own: readonly number[], fwknopd: readonly number[]) => {
  const rows = (subject: string, opened: readonly number[]) =>
    opened.map((count, i) => ({ subject, wantedPerSecond: 500 * 2 ** i, ...flooded(count) }));
  return { seconds: 1, rows: [...rows('eightknock', own), ...rows('fwknopd', fwknopd)] };
};
judges('spa-junk', 'highest rate', junk([10, 10, 10, 9], [10, 9]), junk([10, 10, 9], [10, 9]));

const clients = (withMany: number, block: number) => {
  const rest = { lost: 0, memoryMb: 1, changeCpuMs: 1, restBlockMs: 1 };
  const row = (count: number, ms: number) => ({ clients: count, ms: [ms], longestBlockMs: block, ...rest });
  return { rounds: 1, rows: [row(10, 2), row(1000, withMany)] };
};
judges('many-clients', 'median with 1,000 clients', clients(4, 1), clients(4.1, 1));
judges('many-clients', 'longest block', clients(2, 20), clients(2, 21));

const grants = (few: number, many: number, rules: number, oneMore = 1) => {
  const row = (box: string, count: number, throughPerSecond: number, ms: number) => {
    return { box, grants: count, throughPerSecond, packetsPerSecond: 1, oneMoreMs: [ms] };
  };
  const own = [row('eightknock', 10, few, 1), row('eightknock', 10_000, many, oneMore)];
  return { seconds: 1, rows: [row('nothing', 10, few, 1), ...own, row('iptables', 10_000, rules, 5)] };
};
judges('live-grants', 'beside those with 10', grants(100, 90, 1), grants(100, 89, 1));
judges('live-grants', 'beside iptables', grants(90, 90, 3), grants(90, 90, 3.1));
judges('live-grants', 'time of one more grant', grants(9, 9, 1, 2), grants(9, 9, 1, 2.1));

const memory = (idle: number, half: number, after: number) => {
  const row = (moment: string, mb: number) => ({ moment, daemon: mb / 2, capture: mb / 2, packets: 1 });
  return { bareMb: 40, rows: [row('idle', idle), row('half', half), row('flooded', after)] };
};
judges('memory', 'idle', memory(160, 160, 160), memory(161, 160, 160));
judges('memory', 'after the flood', memory(160, 160, 160), memory(160, 160, 161));
judges('memory', 'growth', memory(100, 100, 109), memory(100, 100, 111));

const starts = (cold: number, restart: number) => {
  const all = { cold, restart, knockd: 10, fwknopd: 50 };
  return { grants: 10_000, rows: Object.entries(all).map(([subject, ms]) => ({ subject, ms: [ms] })) };
};
judges('start', 'nothing in its store', starts(1000, 1), starts(1001, 1));
judges('start', 'live grants', starts(1, 2000), starts(1, 2001));

const doors = (oneMore: number) =>
  [10, 1000].map((count, i) => ({ doors: count, install: 1, again: 1, apply: i === 0 ? 1 : oneMore }));
judges('firewall-changes', 'one more door', doors(2), doors(2.1));

const work = (ratio: number) => ({ rows: [{ work: 'w', bare: 'b', microseconds: ratio * 2, bareMicroseconds: 2 }] });
judges('codec', 'w, beside the bare calls', work(1.5), work(1.51));
