// What `knockdaemon explain` says of eight ports, or of a capture file.

import { escapeControls, TIME_CLOSE, TIME_UNLIMITED } from '@eightknock/codec';
import { ACTION_TERMS } from '../act/action-terms.ts';
import type { Grant } from '../authorise/authorise.ts';
import {
  type Finding,
  type KnockedDoor,
  type Refusal,
  type SequenceQuestion,
  WINDOWS_AROUND,
} from '../commands/explain-sequence.ts';
import type { ReplayReport } from '../commands/replay.ts';
import { countNoun } from '../count-noun.ts';
import { DENIALS, REJECTIONS } from '../reasons.ts';
import { PROGRAM } from './words.ts';

const MAX_CHANCE_FINDINGS = 10;

/**
 * What `knockdaemon explain` found.
 * @param findings the surest first
 * @param clients how many were tried
 */
export function formatExplanation(
  { unixSeconds, sourceAddress }: SequenceQuestion,
  findings: readonly Finding[],
  clients: number,
): string {
  const time = formatTime(unixSeconds);
  const tried = `tried the ${clients === 1 ? 'key' : 'keys'} of ${countNoun(clients, 'client')} in the ${2 * WINDOWS_AROUND + 1} windows around ${time}`;
  const sure = findings.filter(({ evidence }) => evidence !== 'check');
  if (sure.length > 0) return `${tried}\n${sure.map(formatFinding).join('')}`;
  // One key in sixteen gets here by chance: only what the daemon would look at itself is worth a line.
  const chance = findings.filter(({ windowOffset }) => Math.abs(windowOffset) <= 1);
  const listed = chance.slice(0, MAX_CHANCE_FINDINGS).map(formatFinding).join('');
  const more =
    chance.length > MAX_CHANCE_FINDINGS ? `and ${chance.length - MAX_CHANCE_FINDINGS} more like these\n` : '';
  const hint =
    sourceAddress === undefined ? `${PROGRAM}: hint: --source ADDRESS tells more, the address they came from\n` : '';
  const minutes = WINDOWS_AROUND / 2;
  const why = `no key fits: a wrong key, a wrong server id, a clock that is off by more than ${minutes} minutes, or no sequence at all`;
  if (chance.length === 0) return `${tried}\n${why}\n${hint}`;
  return `${tried}\n${why};\none key in sixteen seems to fit by chance:\n${listed}${more}${hint}`;
}

/** `knockdaemon explain --read`: a line for each sequence, then what was in the file. */
export function formatReplay(report: ReplayReport, isCutOff: boolean): string {
  const { outcomes, unlisted, packets, knocks, dropped } = report;
  const others = Object.entries(dropped).map(([reason, count]) => `${reason} ${count}`);
  const lines = [
    ...outcomes.map(({ timeMs, message }) => `${formatTime(timeMs / 1000)}  ${escapeControls(message)}`),
    ...(unlisted > 0 ? [`and ${unlisted} more like these`] : []),
    ...(outcomes.length === 0 ? ['no eight knocks of one source came in time'] : []),
    `${countNoun(packets, 'packet')}, ${countNoun(knocks, 'knock')}${others.length > 0 ? `; no knocks: ${others.join(', ')}` : ''}`,
    ...(isCutOff ? [`${PROGRAM}: hint: the file ends in the midst of a packet; all before it was read`] : []),
  ];
  return `${lines.join('\n')}\n`;
}

const REFUSALS: Readonly<Record<Refusal, string>> = {
  ...DENIALS,
  ...REJECTIONS,
  'clock-off': 'the clock is off by more than one window of 30 seconds, or the knock is old',
};

function formatFinding(finding: Finding): string {
  const { client, port, time, grantedTime, refusals, addressFit, claimedAddress, allowedPorts, door } = finding;
  const forWhom = addressFit === 'source' ? 'the address it comes from' : (claimedAddress ?? 'another IPv6 address');
  const wish = time === TIME_CLOSE ? 'close' : door ? 'knock on' : 'open';
  const what = door ? `door "${door.name}", number ${port},` : `port ${port}`;
  const shortened = grantedTime === time ? '' : `, shortened to ${formatMinutes(grantedTime)}`;
  const isTimed = time !== TIME_CLOSE && (!door?.action || ACTION_TERMS[door.action].isHeld);
  const lines = [
    `client "${client}": ${wish} ${what} for ${forWhom}${isTimed ? `, ${formatMinutes(time)}${shortened}` : ''}`,
    `  certainty: ${EVIDENCE[finding.evidence]}`,
    `  clock: ${formatClock(finding)}`,
    `  address: ${ADDRESS_FITS[addressFit]}`,
    `  port: ${allowedPorts.join(' and ') || 'not on its list'}`,
    ...(door?.action ? [`  door: ${DOOR_VERBS[door.action]} ${formatDoorObject(door)}`] : []),
    ...refusals.map((refusal) => `  refused: ${REFUSALS[refusal]}`),
    ...(refusals.length === 0
      ? [`  accepted${addressFit === 'unknown' ? ' if the address fits' : ''}, unless it was accepted before`]
      : []),
  ];
  return `${lines.join('\n')}\n`;
}

const DOOR_VERBS: Readonly<Record<Grant['action'], string>> = {
  open: 'opens',
  close: 'closes',
  forward: 'forwards',
  run: 'runs',
};

function formatDoorObject({ ports = [], target, program }: KnockedDoor): string {
  if (program !== undefined) return escapeControls(program);
  return ports.join(' and ') + (target === undefined ? '' : ` to ${target}`);
}

const EVIDENCE: Readonly<Record<Finding['evidence'], string>> = {
  address: 'the key fits',
  port: 'the key seems to fit: check and port do, the address proves nothing',
  check: 'low: only the check fits, as it does for one key in sixteen',
};

const ADDRESS_FITS: Readonly<Record<Finding['addressFit'], string>> = {
  same: 'the one it comes from',
  source: '"the address I come from"',
  other: 'not the one it comes from',
  unknown: 'not compared, no --source was given; read as IPv4',
};

function formatClock({ windowOffset, clockSeconds }: Finding): string {
  const { least, most } = clockSeconds;
  const windows = `${countNoun(Math.abs(windowOffset), 'window')} ${windowOffset < 0 ? 'behind' : 'ahead'}`;
  if (windowOffset === 0) return `the same window, from ${round(-least)} s behind to ${round(most)} s ahead`;
  return `${windows}, by ${round(Math.min(Math.abs(least), Math.abs(most)))} to ${round(Math.max(Math.abs(least), Math.abs(most)))} s`;
}

function formatMinutes(time: number): string {
  return time === TIME_UNLIMITED ? 'no time limit' : countNoun(time, 'minute');
}

function formatTime(unixSeconds: number): string {
  return new Date(Math.floor(unixSeconds * 1000)).toISOString();
}

function round(seconds: number): number {
  return Math.round(seconds);
}
