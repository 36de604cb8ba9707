// Where a command writes: an interface, so that a test can read it. Results go to stdout, everything else to stderr.

/** The two streams of a command. */
export interface Output {
  /** What was asked for. */
  readonly stdout: (text: string) => void;
  /** Errors, hints, and what was done. */
  readonly stderr: (text: string) => void;
  /** Whether a person reads stdout on a terminal. */
  readonly isTerminal: boolean;
}

/** The streams of this process. */
export const processOutput: Output = {
  stdout: (text) => void process.stdout.write(text),
  stderr: (text) => void process.stderr.write(text),
  isTerminal: process.stdout.isTTY === true,
};

/** A reader that goes away, as in `knockdaemon explain … | head -1`, is no error; nor may it end the daemon. */
export function surviveClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
}

/** What a command ends with: 0 done, 1 failed at run time, 2 wrong use or configuration. */
export type ExitCode = 0 | 1 | 2;
