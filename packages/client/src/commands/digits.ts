// `knockclient digits HOST --start … --first-port … --end … --port N`: knocks that say a port in its decimal digits.

import { type DigitKnocks, digitKnocks, endsEarly, MAX_ONE_TIME_KNOCKS, type TransportPort } from '@eightknock/codec';
import { knockOnDoor } from '../doors/door-knock.ts';
import { findDoorRoute, type RawDoorOptions, readDoorOptions } from '../doors/door-options.ts';
import { readPorts } from '../doors/read-ports.ts';
import { sendPorts } from '../doors/send-ports.ts';
import { type ExitCode, type Problem, throwIfAny } from '../exit.ts';
import type { Machine } from '../machine.ts';
import { digitsEndProblem, formatPortsBeginning } from '../messages/doors.ts';
import { expectedProblem } from '../messages/wrong-use.ts';

/** The tenth port, of digit 9, must be at most 65535. */
const MAX_ZERO = 65_526;
const EXPECTED_KNOCKS = `1 to ${MAX_ONE_TIME_KNOCKS} ports such as tcp/7000,udp/8000`;
const EXPECTED_ZERO = `tcp/N or udp/N with N from 1 to ${MAX_ZERO}: the port of digit 0, nine more follow`;

/** Options of the command: unread. */
export interface RawDigits extends RawDoorOptions {
  readonly start?: string;
  readonly firstPort?: string;
  readonly end?: string;
}

/**
 * Runs the command.
 * @throws Failure
 */
export async function digits(host: string, raw: RawDigits, machine: Machine): Promise<ExitCode> {
  const { start, firstPort, end, ...shared } = raw;
  const { options, problems: wrong } = readDoorOptions(host, shared);
  const problems = [...wrong];
  if (options.port === undefined) problems.push(expectedProblem('--port', undefined, 'the port to open'));
  const door: DigitKnocks = {
    start: readKnocks('--start', start, problems),
    zero: readZero(firstPort, problems),
    end: readKnocks('--end', end, problems),
  };
  const port = options.port as number;
  if (problems.length === 0 && endsEarly(door, port)) problems.push(digitsEndProblem(`${port}`));
  throwIfAny(problems);
  const knocks = digitKnocks(door, port);
  const route = await findDoorRoute(host, { ...options, ip: 'source' }, machine);
  const knock = {
    route,
    beginning: formatPortsBeginning(host, route, knocks),
    hints: [],
    send: () => sendPorts(knocks, route.serverAddress, options.delayMs, machine),
    packets: knocks.length,
    ...(options.wait && { wait: options.wait }),
    doubt: 'ports' as const,
    fields: { host, port, knocks },
  };
  return knockOnDoor(knock, raw, machine);
}

function readKnocks(option: string, text: string | undefined, problems: Problem[]): readonly TransportPort[] {
  const ports = text === undefined ? undefined : readPorts(text);
  if (ports && ports.length <= MAX_ONE_TIME_KNOCKS) return ports;
  problems.push(expectedProblem(option, text, EXPECTED_KNOCKS));
  return [];
}

function readZero(text: string | undefined, problems: Problem[]): TransportPort {
  const [zero, ...more] = (text === undefined ? undefined : readPorts(text)) ?? [];
  if (zero && more.length === 0 && zero.port <= MAX_ZERO) return zero;
  problems.push(expectedProblem('--first-port', text, EXPECTED_ZERO));
  return { protocol: 'tcp', port: 1 };
}
