// `knockdaemon explain`: reads its arguments and the configuration, has the sequence explained, prints it. Never prints a
// secret: findings hold none.

import { bytesOfPorts, formatAddress, tryParseAddress, windowAt } from '@eightknock/codec';
import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load.ts';
import { parseMoment } from '../config/moment.ts';
import { formatExplanation } from '../messages/explain.ts';
import { ArgumentProblems } from './argument-problems.ts';
import { explainSequence, type SequenceQuestion } from './explain-sequence.ts';
import type { ExitCode, Output } from './output.ts';

const EXPECTED_TIME = 'unix seconds, or a date with a time such as 2027-01-15T08:00:00Z';
/** The last moment that JavaScript can write as a date. */
const LATEST_SECONDS = 8_640_000_000_000;

/** Options of the command line, unread. */
export interface ExplainOptions {
  readonly config: string;
  readonly at?: string;
  readonly source?: string;
  /** A capture file: then it is read instead, see explain-file.ts. */
  readonly read?: string;
  readonly json?: boolean;
}

/** @throws UsageError when something is given besides `--read` that the file says itself */
export function refuseWithRead(ports: readonly string[], { at, source }: ExplainOptions): void {
  const problems = new ArgumentProblems();
  const expected = 'nothing together with --read: the file says it';
  if (ports.length > 0) problems.add('ports', ports.join(' '), expected);
  if (at !== undefined) problems.add('--at', at, expected);
  if (source !== undefined) problems.add('--source', source, expected);
  problems.throwIfAny();
}

/**
 * Runs the command.
 * @param ports as they were typed: eight arguments, or fewer with commas in them
 * @param nowMs milliseconds since 1970: what `--at` is by default
 * @throws ConfigError or UsageError
 */
export async function explain(
  ports: readonly string[],
  options: ExplainOptions,
  nowMs: number,
  output: Output,
): Promise<ExitCode> {
  const { config } = await loadConfig(options.config);
  const question = readQuestion(ports, options, nowMs, config);
  const findings = explainSequence(config, question);
  if (options.json) {
    const { unixSeconds, sourceAddress = null } = question;
    const window = windowAt(unixSeconds);
    const answer = { ports: question.ports, unixSeconds, window, sourceAddress, findings };
    output.stdout(`${JSON.stringify(answer, null, 2)}\n`);
  } else {
    output.stdout(formatExplanation(question, findings, config.clients.length));
  }
  return 0;
}

function readQuestion(
  typed: readonly string[],
  { at, source }: ExplainOptions,
  nowMs: number,
  { basePort }: Config,
): SequenceQuestion {
  const problems = new ArgumentProblems();
  const ports = readPorts(typed, basePort, problems);
  const unixSeconds = at === undefined ? nowMs / 1000 : (readTime(at) ?? problems.add('--at', at, EXPECTED_TIME));
  const sourceAddress = source === undefined ? undefined : readSource(source, problems);
  problems.throwIfAny();
  return {
    ports,
    unixSeconds: unixSeconds as number,
    ...(sourceAddress !== undefined && { sourceAddress }),
  };
}

function readPorts(typed: readonly string[], basePort: number, problems: ArgumentProblems): number[] {
  const texts = typed.flatMap((text) => text.split(',')).filter((text) => text !== '');
  const inRange = `a port from ${basePort} to ${basePort + 255}`;
  if (texts.length !== 8) problems.add('ports', texts.join(' '), `eight ports, got ${texts.length}`);
  const ports = texts.map((text) => (/^\d{1,5}$/.test(text) ? Number(text) : Number.NaN));
  ports.forEach((port, i) => {
    // The codec is asked, so that the range is stated in one place.
    if (!bytesOfPorts(new Array(8).fill(port), basePort)) problems.add(`P${i + 1}`, texts[i], inRange);
  });
  return ports;
}

function readTime(text: string): number | undefined {
  if (/^\d{1,13}(?:\.\d{1,9})?$/.test(text)) return Number(text) <= LATEST_SECONDS ? Number(text) : undefined;
  const milliseconds = parseMoment(text);
  return milliseconds === undefined || milliseconds < 0 ? undefined : milliseconds / 1000;
}

function readSource(text: string, problems: ArgumentProblems): string | undefined {
  const bytes = tryParseAddress(text);
  if (bytes) return formatAddress(bytes);
  const hint = text.includes('%') ? 'leave out the zone, the part from "%" on' : undefined;
  return problems.add('--source', text, 'an IPv4 or IPv6 address without a zone', hint);
}
