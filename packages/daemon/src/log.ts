// The log: one JSON line an event, or one readable line on a terminal. Never a secret, a key or a link.
// What a line says of a sequence is put together in describe-outcome.ts.

import { styleText } from 'node:util';
import { type DestinationStream, type Logger, pino } from 'pino';
import type { Later } from './clock.ts';
import { describeLinesLost } from './log-lines.ts';
import { LogOutput } from './log-output.ts';
import { openStandardOutput } from './native/standard-output.ts';

/** A line of the log. */
export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  /** What programs read; `event` says what happened. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** What people read. */
  readonly message: string;
}

/** How much is written. */
export interface LogOptions {
  /** Also every knock. */
  readonly debug: boolean;
  /** Only warnings and errors. */
  readonly quiet: boolean;
  /** Readable lines instead of JSON; in colour when it says so. */
  readonly readable: false | 'plain' | 'colour';
  /** Where to; default standard output. */
  readonly destination?: DestinationStream;
}

/** Makes the daemon's log. */
export function createLog({ debug, quiet, readable, destination }: LogOptions): Logger {
  const output = destination ?? standardOutput(({ level, fields, message }) => log[level](fields, message));
  const options = {
    level: debug ? 'debug' : quiet ? 'warn' : 'info',
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  const write = (line: string) => output.write(readable ? readableLine(line, readable === 'colour') : line);
  const log = pino(options, { write });
  return log;
}

function standardOutput(say: (line: LogLine) => void): DestinationStream {
  const later: Later = (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs).unref();
    return () => clearTimeout(timer);
  };
  const onLost = (lines: number) => say(describeLinesLost(lines));
  return new LogOutput({ ...openStandardOutput(), later, onLost });
}

const COLOURS = { debug: 'gray', info: 'green', warn: 'yellow', error: 'red' } as const;

/** One JSON line of the log → one line for a person: time, level, message. */
export function readableLine(line: string, colour: boolean): string {
  const { level, time, msg } = JSON.parse(line) as { level: keyof typeof COLOURS; time: string; msg: string };
  const clock = time.slice(11, 19);
  const paint = (style: Parameters<typeof styleText>[0], text: string) =>
    colour ? styleText(style, text, { validateStream: false }) : text;
  return `${paint('gray', clock)} ${paint(COLOURS[level] ?? 'red', level.padEnd(5))} ${msg}\n`;
}
