// The text of a file of one-time sequences ↔ its lines. Pure. One sequence a line, `tcp/7000 udp/8000` or as knockd has it,
// `7000:tcp,8000:udp`; a line that begins with `#` was used, or is a remark.

import { type TransportPort, tryParseTransportPort } from '@eightknock/codec';
import type { OneTimeLine } from '../../recognise/one-time.ts';
import type { Problem } from '../problem.ts';
import { hideSecrets, showValue } from '../show-value.ts';
import { MOST_KNOCKS } from './knocks.ts';

/** More in one file are refused. */
export const MOST_LINES = 10_000;
/** Problems that are told of one file. */
const MOST_PROBLEMS = 10;

const EXPECTED = `1 to ${MOST_KNOCKS} ports such as "tcp/7000 udp/8000" or "7000:tcp,8000:udp", or a line that begins with "#"`;

/** Sequences that were not used yet, in their order; lines that are none, by their number. */
export function parseLines(text: string): {
  readonly unused: readonly OneTimeLine[];
  readonly wrong: readonly number[];
} {
  const unused: OneTimeLine[] = [];
  const wrong: number[] = [];
  text.split('\n').forEach((line, i) => {
    if (isUsed(line)) return;
    const knocks = parseKnocks(line);
    if (knocks) unused.push({ line, knocks });
    else wrong.push(i + 1);
  });
  return { unused, wrong };
}

/** What is wrong with the text of a file. */
export function lineProblems(text: string, file: string): Problem[] {
  const { unused, wrong } = parseLines(text);
  const lines = text.split('\n');
  if (unused.length > MOST_LINES) return [{ file, value: `${unused.length} lines`, expected: `at most ${MOST_LINES}` }];
  return wrong.slice(0, MOST_PROBLEMS).map((number) => {
    const value = showValue(hideSecrets(lines[number - 1] ?? ''));
    return { file, path: `line ${number}`, value, expected: EXPECTED };
  });
}

/**
 * Marks the first sequence that was not used.
 * @param line that it is
 * @returns undefined when it is another one
 */
export function markUsed(text: string, line: string): string | undefined {
  const lines = text.split('\n');
  const at = lines.findIndex((one) => !isUsed(one));
  if (at < 0 || lines[at] !== line) return undefined;
  lines[at] = `#${line}`;
  return lines.join('\n');
}

function isUsed(line: string): boolean {
  return /^\s*(?:#|$)/.test(line);
}

function parseKnocks(line: string): TransportPort[] | undefined {
  const words = line.split(/[\s,]+/).filter((word) => word !== '');
  const knocks = words.flatMap((word) => parseKnock(word) ?? []);
  const isWhole = knocks.length === words.length && knocks.length >= 1 && knocks.length <= MOST_KNOCKS;
  return isWhole ? knocks : undefined;
}

function parseKnock(word: string): TransportPort | undefined {
  const [, port, protocol = 'tcp'] = /^(\d{1,5})(?::(tcp|udp))?$/i.exec(word) ?? [];
  return tryParseTransportPort(port === undefined ? word : `${protocol.toLowerCase()}/${Number(port)}`);
}
