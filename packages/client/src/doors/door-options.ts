// Options that digits, tumbler and one-time share → what is meant, or every mistake at once. Pure. What they share with a
// knock is read as there.

import { isHost } from '@eightknock/codec';
import type { AddressFamily } from '../claimed-address.ts';
import type { Problem } from '../exit.ts';
import type { Machine } from '../machine.ts';
import { waitNeedsPortProblem } from '../messages/doors.ts';
import { expectedProblem } from '../messages/wrong-use.ts';
import { EXPECTED_HOST, hostZoneHint, readOptions } from '../options.ts';
import { findRoutes, hostFamilyProblems, type Route } from '../route.ts';

/** Options as commander gives them: unread. */
export interface RawDoorOptions {
  readonly port?: string;
  readonly ip?: string;
  readonly delay?: string;
  /** `true` when no number was given. */
  readonly wait?: string | true;
  readonly ipv4?: boolean;
  readonly ipv6?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** Options as they are meant. */
export interface DoorOptions {
  /** 1–65535; what it means without a port is the command's affair. */
  readonly port?: number;
  /** `auto`, `source`, or an address in its canonical text. */
  readonly ip: string;
  /** 0–10000. */
  readonly delayMs: number;
  /** The only family to send over. */
  readonly family?: AddressFamily;
  /** The TCP port to be tried, and for how long. */
  readonly wait?: { readonly port: number; readonly seconds: number };
}

/** Reads them. */
export function readDoorOptions(
  host: string,
  raw: RawDoorOptions,
): { readonly options: DoorOptions; readonly problems: readonly Problem[] } {
  const { json: _, quiet: __, port, ...shared } = raw;
  const { options, problems } = readOptions({ ...shared, port: port ?? '1' });
  // There is one sequence only, and nobody repeats it.
  const { ip, repeatDelayMs: delayMs, family, waitSeconds } = options;
  const wrongHost = isHost(host) ? [] : [expectedProblem('HOST', host, EXPECTED_HOST, hostZoneHint(host))];
  const noPort = waitSeconds !== undefined && port === undefined ? [waitNeedsPortProblem()] : [];
  const wish = { ip, ...(family && { family }) };
  const ofHost = wrongHost.length > 0 ? [] : hostFamilyProblems(host, wish);
  return {
    options: {
      ...(port !== undefined && { port: options.port }),
      ...wish,
      delayMs,
      ...(waitSeconds !== undefined && { wait: { port: options.port, seconds: waitSeconds } }),
    },
    problems: [...wrongHost, ...problems, ...noPort, ...ofHost],
  };
}

/**
 * The way to the host: such a door is knocked on over one family, that of the host's best address unless another was said.
 * @throws Failure
 */
export async function findDoorRoute(host: string, { ip, family }: DoorOptions, machine: Machine): Promise<Route> {
  const [route] = await findRoutes(host, { ip, ...(family && { family }) }, machine);
  if (!route) throw new Error('neither a way nor a problem');
  return route;
}
