// `knockdaemon status` on a screen: what is wrong first and in colour, then what is as it should be. Pure.

import { styleText } from 'node:util';
import { escapeControls } from '../config/show-value.ts';
import type { CaptureStatus, Status } from './control-actions.ts';
import { formatDistance, formatDuration, formatMoment } from './format-tables.ts';

type Colour = 'green' | 'yellow' | 'red' | 'gray' | 'bold';
type Paint = (colour: Colour, text: string) => string;

/** Ports that are listed; more are counted. */
const MOST_PORTS = 8;
const MEGABYTE = 1024 * 1024;
/** Counters in the order in which they are shown, with their words; the others follow by their names. */
const COUNTERS: Readonly<Record<string, string>> = {
  knocks: 'knocks',
  opened: 'opened',
  closed: 'closed',
  replay: 'replays',
  'no-key-fits': 'no key fits',
};

/** @param colour whether a terminal reads it */
export function formatStatus(status: Status, colour: boolean): string {
  const paint: Paint = (style, text) =>
    colour && !process.env.NO_COLOR ? styleText(style, text, { validateStream: false }) : text;
  const { version, pid, startedMs, nowMs, test, firewall, store, captures } = status;
  const warnings = warningsOf(status);
  const isWell = warnings.length === 0;
  const guarded = firewall.guarded.slice(0, MOST_PORTS).join(', ');
  const morePorts = firewall.guarded.length > MOST_PORTS ? ` and ${firewall.guarded.length - MOST_PORTS} more` : '';
  const rows: (readonly [string, string])[] = [
    ...warnings.map((warning) => [paint('red', 'warning'), paint('yellow', warning)] as const),
    ['up', `${formatDuration(nowMs - startedMs)}, since ${formatMoment(startedMs)}, process ${pid}`],
    [
      'doors',
      firewall.mode === 'mark' ? 'marking, nothing is guarded' : `guarding ${guarded || 'nothing'}${morePorts}`,
    ],
    ['grants', `${status.grants}`],
    ['clients', `${status.clients}`],
    ...captures.map((capture) => ['listens', describeCapture(capture, nowMs, paint)] as const),
    ['store', store.writable ? 'well' : paint('red', 'cannot be written')],
    ['restored', `${firewall.restored} times, after others had changed the firewall`],
    ['memory', `${Math.round(status.memoryBytes / MEGABYTE)} MB, ${status.sources} sources remembered`],
    ['counted', describeCounts(status.counts)],
  ];
  const shown = rows.filter(([label]) => label !== 'restored' || firewall.restored > 0);
  const title = `${paint(isWell ? 'green' : 'red', '●')} knockdaemon ${version}${test ? ', a test: nothing is opened' : ''}`;
  const lines = shown.map(([label, text]) => `  ${paint('gray', label.padEnd(8))}  ${text}`);
  return `${[title, ...lines].join('\n')}\n`;
}

function warningsOf({ firewall, store, captures, nowMs }: Status): string[] {
  const deaf = captures.every(({ state }) => state !== 'capturing');
  return [
    ...(firewall.rescueEndMs === undefined
      ? []
      : [`rescue: the guard lapses ${formatDistance(firewall.rescueEndMs - nowMs)} unless you "knockdaemon confirm"`]),
    ...(firewall.error === undefined ? [] : [`the firewall cannot be put in place: ${escapeControls(firewall.error)}`]),
    ...(store.writable
      ? []
      : [`knocks are refused: the store cannot be written: ${escapeControls(store.message ?? '')}`]),
    ...(deaf ? ['no interface is listened on: no knock is heard'] : []),
  ];
}

function describeCapture(
  { interface: device, state, sinceMs, restarts, message }: CaptureStatus,
  nowMs: number,
  paint: Paint,
): string {
  const words = {
    capturing: paint('green', 'yes'),
    waiting: paint('yellow', 'waiting for it: missing or down'),
    failed: paint('red', 'no'),
    ended: paint('yellow', 'starting again'),
  };
  const why = message === undefined ? '' : `, ${escapeControls(message)}`;
  const again = restarts > 0 ? `, started again ${restarts} times` : '';
  return `${device}: ${words[state]}${why}, for ${formatDuration(nowMs - sinceMs)}${again}`;
}

function describeCounts(counts: Status['counts']): string {
  const known = Object.entries(COUNTERS).map(([name, words]) => `${counts[name] ?? 0} ${words}`);
  const others = Object.entries(counts)
    .filter(([name]) => !(name in COUNTERS) && !name.startsWith('capture-'))
    .map(([name, count]) => `${count} ${escapeControls(name)}`);
  return [...known, ...others].join(', ');
}
