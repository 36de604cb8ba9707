// The capture process on a log: cuts what the daemon hands over into lines, and turns them into what the outlet takes. It
// opens no file and starts no program; the bytes come over a pipe.

import { Socket } from 'node:net';
import { allowLinearPatterns } from '../linear-patterns.ts';
import { type LineDrop, type LoggedKnock, MAX_LINE_CHARACTERS, parseLogLine } from '../packet/log-line.ts';
import { compilePattern, PatternReader } from '../packet/pattern-line.ts';
import type { KnockOutlet } from './knock-outlet.ts';
import { LineCutter } from './line-cutter.ts';
import { LoggedTwice } from './logged-twice.ts';

/** The descriptor from which lines are read, see spawn.ts. */
export const LINES_FD = 4;

/** Reads a line. */
export type LineReader = (line: string) => LoggedKnock | LineDrop;

/**
 * Loads what reads lines.
 * @param pattern see packet/pattern-line.ts; absent: the kernel's own format
 */
export async function loadReader(pattern: string | undefined): Promise<LineReader> {
  if (pattern === undefined) return parseLogLine;
  allowLinearPatterns();
  // The kernel's own notation needs none of the codec, which takes a while to load.
  const { tryParseAddress } = await import('@eightknock/codec');
  const reader = new PatternReader(compilePattern(pattern), tryParseAddress);
  return (line) => reader.read(line);
}

/**
 * Gets ready to read.
 * @returns begins to read; to be called when nothing has to be opened any more
 */
export function prepareLines(outlet: KnockOutlet, read: LineReader): () => void {
  const twice = new LoggedTwice();
  const cutter = new LineCutter(MAX_LINE_CHARACTERS, {
    onLine(line) {
      const seen = read(line);
      outlet.take(typeof seen !== 'string' && twice.isRepeated(seen) ? 'logged-twice' : seen);
    },
    onLongLine: () => outlet.take('long-line'),
  });
  const lines = new Socket({ fd: LINES_FD, readable: true, writable: false });
  lines.pause();
  lines.on('error', () => process.exit(0)).on('end', () => process.exit(0));
  return () => {
    lines.on('data', (chunk: Buffer) => cutter.take(chunk)).resume();
  };
}
