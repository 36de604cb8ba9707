// A door that is not knocked on with the eight knocks: what its command has prepared is sent, once or until a port is open,
// and told. What a knock is made of is the command's affair.

import { type ExitCode, Failure } from '../exit.ts';
import type { Machine } from '../machine.ts';
import { type Doubt, doorNotOpenProblem, formatDoorOpen, formatDoorSent } from '../messages/doors.ts';
import { formatHint } from '../messages/problem.ts';
import { formatNotYet } from '../messages/progress.ts';
import { paint } from '../output.ts';
import type { Route } from '../route.ts';
import type { PortLook } from '../try-connect.ts';
import { waitUntilOpen } from '../verify.ts';

/** What a command has prepared. */
export interface DoorKnock {
  readonly route: Route;
  /** The first line, for people. */
  readonly beginning: string;
  /** What the user should know, though it is no mistake. */
  readonly hints: readonly string[];
  /** Sends it: one datagram, or a row of packets. Called again with `--wait`. @throws Failure */
  readonly send: () => Promise<void>;
  /** How many packets one sending has. */
  readonly packets: number;
  /** With `--wait`: the TCP port that shall open, and for how long to try. */
  readonly wait?: { readonly port: number; readonly seconds: number };
  /** What may be wrong when nothing answers. */
  readonly doubt: Doubt;
  /** Fields of the JSON object. Never a key. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** How it is told. */
export interface Telling {
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/**
 * Knocks.
 * @throws Failure with exit code 1 when it could not be sent, or the port did not open
 */
export async function knockOnDoor(knock: DoorKnock, { json, quiet }: Telling, machine: Machine): Promise<ExitCode> {
  const { beginning, hints, packets, wait, fields } = knock;
  const { clock, output } = machine;
  const isTold = !json && !quiet;
  if (isTold) {
    for (const hint of hints) output.stderr(formatHint(hint));
    output.stdout(`${beginning}\n`);
  }
  const describe = (result: object) => ({ ...fields, address: knock.route.serverAddress, ...result, hints });
  if (wait === undefined) {
    const start = clock.elapsedMs();
    await knock.send();
    const seconds = Math.round(clock.elapsedMs() - start) / 1000;
    if (json) output.stdout(`${JSON.stringify({ ok: true, ...describe({ packets, seconds }) })}\n`);
    else if (isTold) output.stdout(`${formatDoorSent(packets, seconds)}\n`);
    return 0;
  }
  const { look, seconds, sequences: tries } = await sendUntilOpen(knock, wait, isTold, machine);
  const result = describe({ packets: packets * tries, tries, seconds, outcome: look });
  if (look !== 'open') throw new Failure(1, [doorNotOpenProblem(wait.port, look, seconds, knock.doubt)], result);
  if (json) output.stdout(`${JSON.stringify({ ok: true, ...result })}\n`);
  else if (isTold) output.stdout(`${paint(output, 'green', formatDoorOpen(wait.port, seconds, tries))}\n`);
  return 0;
}

function sendUntilOpen(
  { route, send }: DoorKnock,
  { port, seconds }: NonNullable<DoorKnock['wait']>,
  isTold: boolean,
  { clock, output, tryConnect }: Machine,
) {
  let last: PortLook | undefined;
  return waitUntilOpen({
    clock,
    waitMs: seconds * 1000,
    knock: async (sequence) => {
      if (isTold && sequence > 0 && last !== undefined) output.stdout(`${formatNotYet(last)}, knocking again\n`);
      await send();
    },
    tryPort: (timeoutMs) => tryConnect(route.serverAddress, port, timeoutMs),
    onLook: (look) => {
      last = look;
    },
  });
}
