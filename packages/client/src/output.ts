// Where a command writes: an interface, so that a test can read it. Results go to stdout, everything else to stderr.

import { styleText } from 'node:util';
import { outputLostProblem } from './messages/files.ts';
import { formatProblems } from './messages/problem.ts';

/** The two streams of a command, and who reads them. */
export interface Output {
  /** What was asked for, and how it goes on. */
  readonly stdout: (text: string) => void;
  /** Errors, hints, and what `--debug` shows. */
  readonly stderr: (text: string) => void;
  /** Whether stdout is a terminal that can rewrite a line. */
  readonly isTerminal: boolean;
  /** Whether stdout may have colours. */
  readonly hasColours: boolean;
}

/**
 * The streams of this process. Colours as no-color.org has it.
 * @param environment `NO_COLOR` and `TERM` are read
 */
export function createProcessOutput(environment: Readonly<Record<string, string | undefined>>): Output {
  for (const stream of [process.stdout, process.stderr]) stream.once('error', onLost).on('error', () => undefined);
  const isTerminal = process.stdout.isTTY === true && environment.TERM !== 'dumb';
  return {
    stdout: (text) => void process.stdout.write(text),
    stderr: (text) => void process.stderr.write(text),
    isTerminal,
    hasColours: isTerminal && !environment.NO_COLOR,
  };
}

/**
 * The first error of a stream; what follows is its consequence. It may come after the command has ended: so the exit code is
 * changed last of all.
 */
function onLost({ code = 'unknown' }: NodeJS.ErrnoException): void {
  // A reader that goes away, as in `knockclient list | head -1`, is no error.
  if (code === 'EPIPE') return;
  process.stderr.write(formatProblems([outputLostProblem(code)]));
  process.once('exit', () => {
    process.exitCode ||= 1;
  });
}

/** Colours a text for stdout, where that may have colours. */
export function paint({ hasColours }: Output, colour: 'cyan' | 'green', text: string): string {
  // Whether there may be colours is decided already: styleText is not to look at the stream once more.
  return hasColours ? styleText(colour, text, { validateStream: false }) : text;
}
