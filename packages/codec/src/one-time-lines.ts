// The text of a file of one-time sequences ↔ its lines. Pure. One sequence a line, `tcp/7000 udp/8000` or as knockd has it,
// `7000:tcp,8000:udp`; a line that begins with `#` was used, or is a remark.

import { type TransportPort, tryParseTransportPort } from './transport-port.ts';

/** Knocks of the longest sequence. */
export const MAX_ONE_TIME_KNOCKS = 32;

/** One sequence of a file. */
export interface OneTimeLine {
  /** As it stands in the file. */
  readonly line: string;
  /** 1–32. */
  readonly knocks: readonly TransportPort[];
}

/** Sequences that were not used yet, in their order; lines that are none, by their number, from 1. */
export function parseOneTimeLines(text: string): {
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

/**
 * Marks the first sequence that was not used.
 * @param line that it is
 * @returns undefined when it is another one
 */
export function markOneTimeLine(text: string, line: string): string | undefined {
  const lines = text.split('\n');
  const at = lines.findIndex((one) => !isUsed(one));
  if (at < 0 || lines[at] !== line) return undefined;
  lines[at] = `#${line}`;
  return lines.join('\n');
}

/**
 * The sequence that was used last: the last marked line above the first that was not.
 * @returns undefined when none was
 */
export function lastUsedLine(text: string): OneTimeLine | undefined {
  const lines = text.split('\n');
  const next = lines.findIndex((line) => !isUsed(line));
  for (const line of lines.slice(0, next < 0 ? lines.length : next).reverse()) {
    const knocks = line.startsWith('#') ? parseKnocks(line.slice(1)) : undefined;
    if (knocks) return { line: line.slice(1), knocks };
  }
  return undefined;
}

function isUsed(line: string): boolean {
  return /^\s*(?:#|$)/.test(line);
}

function parseKnocks(line: string): TransportPort[] | undefined {
  const words = line.split(/[\s,]+/).filter((word) => word !== '');
  const knocks = words.flatMap((word) => parseKnock(word) ?? []);
  const isWhole = knocks.length === words.length && knocks.length >= 1 && knocks.length <= MAX_ONE_TIME_KNOCKS;
  return isWhole ? knocks : undefined;
}

function parseKnock(word: string): TransportPort | undefined {
  const [, port, protocol = 'tcp'] = /^(\d{1,5})(?::(tcp|udp))?$/i.exec(word) ?? [];
  return tryParseTransportPort(port === undefined ? word : `${protocol.toLowerCase()}/${Number(port)}`);
}
