// What failed at run time: names, routes, packets, and doors that did not open.

import { makeSafe, showName } from '@eightknock/codec';
import type { Problem } from '../exit.ts';
import { KNOCKS } from '../plan.ts';
import type { RawObstacle } from '../send/raw-unavailable.ts';
import type { PortLook } from '../try-connect.ts';
import { problem } from './problem.ts';
import { formatClaimed, type Wish } from './progress.ts';
import { formatSeconds, LINK_LOCAL_HINT } from './words.ts';

/** The name of the host leads nowhere. */
export function unresolvedProblem(host: string, code: string): Problem {
  const name = showName(host);
  if (code === 'ENOTFOUND' || code === 'ENODATA')
    return problem(`host ${name} has no address (${code})`, 'is the name right?');
  const hint = 'is this machine connected? an address instead of the name needs no name server: --host ADDRESS';
  return problem(`host ${name} cannot be resolved (${makeSafe(code)})`, hint);
}

/** No route to any address. */
export function noWayProblem(host: string, addresses: readonly string[], code: string): Problem {
  const named = addresses.includes(host) ? '' : ` (${addresses.join(', ')})`;
  return problem(`there is no way to host ${showName(host)}${named}: ${describeCode(code)}`, hintForCode(code));
}

/** A knock that this machine could not send. */
export function notSentProblem(knock: number, port: number, code: string): Problem {
  return portNotSentProblem(knock, KNOCKS, port, code);
}

/** A knock of a sequence of `knocks` could not be sent. */
export function portNotSentProblem(knock: number, knocks: number, port: number, code: string): Problem {
  return problem(
    `knock ${knock} of ${knocks}, to port ${port}, was not sent: ${describeCode(code)}`,
    hintForCode(code),
  );
}

const CODES: Readonly<Record<string, string>> = {
  ENETUNREACH: 'the network is unreachable',
  EHOSTUNREACH: 'the host is unreachable',
  EACCES: 'this machine does not allow it',
  EPERM: 'this machine does not allow it',
  EADDRNOTAVAIL: 'this machine has no address for it',
  EINVAL: 'nothing can be sent to such an address',
  ECONNRESET: 'the other side reset it',
  ETIMEDOUT: 'the other side no longer answers',
};

const CODE_HINTS: Readonly<Record<string, string>> = {
  ENETUNREACH: 'is this machine connected, and over this family? -4 or -6 chooses the other one',
  EHOSTUNREACH: 'is this machine connected, and is the address right?',
  EACCES: "a firewall of this machine's own may forbid it, or the address is one of a broadcast",
  EPERM: "a firewall of this machine's own may forbid it",
  EADDRNOTAVAIL: 'has this machine an address of this family? -4 or -6 chooses the other one',
  EINVAL: LINK_LOCAL_HINT,
};

/** The code of a system's error, in words. */
export function describeCode(code: string): string {
  const text = CODES[code];
  return text === undefined ? makeSafe(code) : `${text} (${code})`;
}

/** What may help with such an error. */
export function hintForCode(code: string): string | undefined {
  return CODE_HINTS[code];
}

/** `--raw`, and this machine or this user cannot. */
export function rawUnavailableProblem(obstacle: RawObstacle, detail: string): Problem {
  const [what, hint] = RAW_OBSTACLES[obstacle];
  return problem(`--raw: ${what} (${makeSafe(detail)})`, `${hint}; without --raw a knock needs none of this`);
}

const RAW_OBSTACLES: Readonly<Record<RawObstacle, readonly [what: string, hint: string]>> = {
  system: ['raw packets are sent on Linux only', 'knock from another machine'],
  module: [
    'the module raw-socket cannot be loaded',
    'npm compiles it when knockclient is installed, with a C++ compiler, make and python3',
  ],
  privilege: ['this user may not send raw packets', 'run it as root or with CAP_NET_RAW'],
  socket: ['the system gives no socket for raw packets', 'is this family of addresses in use here?'],
};

/** `--wait`, and it did not open. */
export function notOpenProblem(wish: Wish, look: Exclude<PortLook, 'open'>, seconds: number): Problem {
  const [what, hint] = NOT_OPEN[look](wish);
  return problem(`port ${wish.port} did not open within ${formatSeconds(seconds)}: ${what}`, hint);
}

const NOT_OPEN: Readonly<Record<Exclude<PortLook, 'open'>, (wish: Wish) => readonly [what: string, hint: string]>> = {
  refused: ({ port }) => [
    'connections are refused',
    `the door may have opened, but nothing listens on port ${port}; or the server answers like this while it is closed`,
  ],
  silent: ({ port, routes }) => [
    'no answer',
    [
      'not opened: is the clock of this machine right? are key and server id those of the server?',
      routes.every(({ claimedAddress }) => claimedAddress === 'source')
        ? 'may this client say "source"?'
        : `does the server see this machine as ${formatClaimed(routes)}?`,
      `is port ${port} on the list of this client?`,
    ].join(' '),
  ],
  unreachable: () => ['the host is unreachable', 'a router or this machine says so: is the address right?'],
};
