// `knockdaemon status` as a person reads it: what is amiss first, then how things stand, then what was counted. Pure.

import { escapeControls } from '@eightknock/codec';
import { countNoun } from '../count-noun.ts';
import { listOf } from '../messages/words.ts';
import { DENIALS, REJECTIONS } from '../reasons.ts';
import type { CaptureStatus, Status } from './control-actions.ts';
import { formatDuration, formatLocalTime } from './local-time.ts';
import type { Paint, Style } from './paint.ts';
import { warningsOf } from './status-warnings.ts';
import { type Cell, layOut } from './text-table.ts';

const MEBIBYTE = 1024 * 1024;
const CAPTURE_STYLES: Readonly<Record<CaptureStatus['state'], Style>> = {
  capturing: 'green',
  waiting: 'yellow',
  failed: 'red',
  ended: 'red',
};

/** The screen; every line ends with a line break. */
export function formatStatus(status: Status, paint: Paint): string {
  const warnings = warningsOf(status).map(({ level, text }) =>
    paint(level === 'error' ? 'red' : 'yellow', `${level}: ${escapeControls(text)}`),
  );
  const rows = [
    ...interfaceRows(status),
    [label('firewall'), firewallText(status.firewall)],
    [label('store'), status.store.writable ? 'writable' : { text: 'not writable', style: 'red' as const }],
    [label('clients'), String(status.clients)],
    ...(status.doors ? [[label('doors'), String(status.doors)]] : []),
    [label('grants'), `${status.grants} open now`],
    [label('sources'), `${status.sources} remembered`],
    ...countRows(status.counts),
  ];
  return [
    ...warnings.map((line) => `${line}\n`),
    warnings.length > 0 ? '\n' : '',
    heading(status, paint),
    '\n',
    layOut(rows, paint),
  ].join('');
}

/** One line: what is in force after a reload. */
export function formatInForce({ clients, doors = 0, firewall }: Status): string {
  const others = doors > 0 ? `${countNoun(doors, 'door')}, ` : '';
  return `${countNoun(clients, 'client')}, ${others}${firewallText(firewall)}`;
}

function heading({ version, startedMs, nowMs, pid, memoryBytes }: Status, paint: Paint): string {
  const name = paint('bold', `knockdaemon ${escapeControls(version)}`);
  const up = `up ${formatDuration(nowMs - startedMs)}, since ${formatLocalTime(startedMs)}`;
  return `${name}  ${up}  ${paint('gray', `process ${pid}, ${Math.round(memoryBytes / MEBIBYTE)} MiB`)}\n`;
}

function label(text: string): Cell {
  return { text, style: 'gray' };
}

/** Their columns are aligned among themselves, and stand in the second column of the whole. */
function interfaceRows({ captures, nowMs }: Status): Cell[][] {
  const width = Math.max(0, ...captures.map((capture) => capture.interface.length));
  return captures.map(({ interface: device, state, sinceMs, restarts, linkType }, i) => {
    const link = linkType === undefined ? '' : `, ${linkType}`;
    const again = restarts === 0 ? '' : `, started again ${restarts === 1 ? 'once' : `${restarts} times`}`;
    const text = `${device.padEnd(width)}  ${state} for ${formatDuration(nowMs - sinceMs)}${link}${again}`;
    return [label(i === 0 ? 'interfaces' : ''), { text, style: CAPTURE_STYLES[state] }];
  });
}

function firewallText({ mode, guarded }: Status['firewall']): string {
  if (mode === 'mark') return 'mode "mark", no guarded ports';
  return `mode "guard", guarded ports ${listOf(guarded) || 'none'}`;
}

/** Every counter is in one of the rows, so that none is overlooked. */
function countRows(counts: Status['counts']): Cell[][] {
  const left = new Map(Object.entries(counts));
  const take = (isWanted: (name: string) => boolean): [string, number][] => {
    const taken = [...left].filter(([name]) => isWanted(name));
    for (const [name] of taken) left.delete(name);
    return taken;
  };
  const one = (name: string): number => sum(take((other) => other === name));
  const knocks = one('knocks');
  const opened = one('opened');
  const closed = one('closed');
  const ran = one('ran');
  const failed = one('failed');
  const denied = take((name) => Object.hasOwn(DENIALS, name));
  const rejected = take((name) => Object.hasOwn(REJECTIONS, name));
  const dropped = take((name) => name.startsWith('dropped-'));
  // They say no more than the rows of the interfaces do.
  take((name) => name.startsWith('capture-'));
  const totals = [
    `${knocks} knock${knocks === 1 ? '' : 's'}: ${opened} opened`,
    `${closed} closed`,
    ...(ran > 0 ? [`${ran} run`] : []),
    `${sum(denied)} denied`,
    `${sum(rejected)} rejected`,
    ...(failed > 0 ? [`${failed} failed`] : []),
  ];
  return [
    [label('since start'), totals.join(', ')],
    ...detailRow('denied', denied),
    ...detailRow('rejected', rejected),
    ...detailRow(
      'dropped',
      dropped.map(([name, count]) => [name.slice('dropped-'.length), count]),
    ),
    ...detailRow('counted', [...left]),
  ];
}

function detailRow(name: string, counts: readonly (readonly [string, number])[]): Cell[][] {
  if (counts.length === 0) return [];
  const listed = [...counts].sort(([, a], [, b]) => b - a).map(([reason, count]) => `${reason} ${count}`);
  return [[label(`  ${name}`), listed.join(', ')]];
}

function sum(counts: readonly (readonly [string, number])[]): number {
  return counts.reduce((total, [, count]) => total + count, 0);
}
