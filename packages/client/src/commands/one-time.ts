// `knockclient one-time HOST --file F`: knocks with the next line of a list of sequences that are used once each.

import { knockOnDoor } from '../doors/door-knock.ts';
import { findDoorRoute, type RawDoorOptions, readDoorOptions } from '../doors/door-options.ts';
import { lastLine, takeLine } from '../doors/one-time-file.ts';
import { sendPorts } from '../doors/send-ports.ts';
import { type ExitCode, throwIfAny } from '../exit.ts';
import type { Machine } from '../machine.ts';
import { formatPortsBeginning, linesLeftHint } from '../messages/doors.ts';
import { expectedProblem } from '../messages/wrong-use.ts';

/** Options of the command: unread. */
export interface RawOneTime extends RawDoorOptions {
  readonly file?: string;
  /** The line that was used last, once more. */
  readonly again?: boolean;
}

/**
 * Runs the command.
 * @throws Failure; a line is used only where the way to the host is known
 */
export async function oneTime(host: string, raw: RawOneTime, machine: Machine): Promise<ExitCode> {
  const { file, again = false, ...shared } = raw;
  const { options, problems } = readDoorOptions(host, shared);
  throwIfAny([...problems, ...(file ? [] : [expectedProblem('--file', file, 'the name of a file')])]);
  const route = await findDoorRoute(host, { ...options, ip: 'source' }, machine);
  const taken = await (again ? lastLine : takeLine)(file as string);
  throwIfAny(taken.problems);
  const { knocks = [], left } = taken;
  const knock = {
    route,
    beginning: formatPortsBeginning(host, route, knocks),
    hints: [linesLeftHint(file as string, left)],
    // With --wait the same line again: where the door has taken it, it means nothing any more.
    send: () => sendPorts(knocks, route.serverAddress, options.delayMs, machine),
    packets: knocks.length,
    ...(options.wait && { wait: options.wait }),
    doubt: 'one-time' as const,
    fields: { host, knocks, left },
  };
  return knockOnDoor(knock, raw, machine);
}
