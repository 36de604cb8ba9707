// A door that something is to go through: opened, kept open, closed. All knocks of one door go to one address and have
// nonces that follow each other, so that none is a replay of another.

import { TIME_CLOSE } from '@eightknock/codec';
import { Failure } from '../exit.ts';
import type { Machine } from '../machine.ts';
import {
  formatHint,
  formatProblems,
  notClosedProblems,
  notOpenProblem,
  notRenewedProblems,
  renewedHint,
  stillOpenHint,
} from '../messages.ts';
import { DEFAULTS } from '../options.ts';
import { noProgress } from '../progress.ts';
import { renewUntil } from '../renew.ts';
import { findRoute, type Route } from '../route.ts';
import type { PortLook } from '../try-connect.ts';
import { waitUntilOpen } from '../verify.ts';
import { createKnocking } from './knock.ts';
import { isUdpOnly, type KnockRun } from './prepare-knock.ts';

/** The kernel closes some milliseconds after the last knock; to look sooner would be to knock again for nothing. */
const CLOSE_HEAD_START_MS = 100;
const CLOSE_TRY_MS = 250;
/** A close that got lost is sent again; a port that is open for other reasons is left alone in the end. */
const MOST_CLOSES = 3;

/** A door. */
export interface Door {
  /** Where it is: an IPv4 or IPv6 address. */
  readonly serverAddress: string;
  /**
   * Knocks until it is open.
   * @param tryPort tries the port once
   * @param interruption ends the waiting at the next knock or try
   * @throws Failure with exit code 1 when it did not open in time; the reason of `interruption`
   */
  readonly open: (tryPort: (timeoutMs: number) => Promise<PortLook>, interruption: AbortSignal) => Promise<void>;
  /** Knocks once, for a port that no connection can try. @throws Failure */
  readonly knock: () => Promise<void>;
  /** Does `work`, and renews meanwhile; what goes wrong with that is told on stderr. */
  readonly renewDuring: <T>(work: () => Promise<T>) => Promise<T>;
  /** Closes it, if there was any knock at it. Never throws: what goes wrong is told on stderr. */
  readonly close: () => Promise<void>;
}

/**
 * The door that a run is about.
 * @param run with a route
 */
export function createDoor(run: KnockRun, machine: Machine): Door {
  const { options, target, hints } = run;
  const { clock, output } = machine;
  const { serverAddress, claimedAddress } = run.route as Route;
  const { transport, port, time, waitSeconds = DEFAULTS.waitSeconds } = options;
  const isTcp = !isUdpOnly(target, port);
  const firstNonce = machine.randomNonce();
  let sequences = 0;
  let hasKnocked = false;

  const knockWith = async (one: KnockRun): Promise<void> => {
    await createKnocking(one, machine, serverAddress, noProgress, firstNonce)(sequences++);
    hasKnocked = true;
  };
  /** This machine may have another address by now: it moves from one network to another. */
  const knockAnew = async (newTime: number): Promise<void> => {
    const route = await findRoute(serverAddress, options, machine);
    await knockWith({ ...run, route, order: { ...run.order, claimedAddress: route.claimedAddress, time: newTime } });
  };

  return {
    serverAddress,
    knock: () => knockWith(run),
    open: async (tryPort, interruption) => {
      const { look, seconds } = await waitUntilOpen({
        clock,
        waitMs: waitSeconds * 1000,
        knock: () => {
          interruption.throwIfAborted();
          return knockWith(run);
        },
        tryPort: (timeoutMs) => {
          interruption.throwIfAborted();
          return tryPort(timeoutMs);
        },
      });
      if (look === 'open') return;
      for (const hint of hints) output.stderr(formatHint(hint));
      const wish = { host: target.host, serverAddress, transport, port, time, claimedAddress };
      throw new Failure(1, [notOpenProblem(wish, look, seconds)]);
    },
    renewDuring: async (work) => {
      const over = new AbortController();
      let told = '';
      const renewing = renewUntil({
        clock,
        minutes: time,
        knock: () => knockAnew(time),
        onFailure: (error) => {
          const text = formatProblems(notRenewedProblems(port, error));
          // Every few seconds the same, for as long as the network is down: once is enough.
          if (text !== told) output.stderr(text);
          told = text;
        },
        onRecovery: () => {
          told = '';
          output.stderr(formatHint(renewedHint(port)));
        },
        signal: over.signal,
      });
      try {
        return await work();
      } finally {
        over.abort();
        await renewing;
      }
    },
    close: async () => {
      if (!hasKnocked) return;
      try {
        for (let closes = 0; closes < MOST_CLOSES; closes++) {
          await knockAnew(TIME_CLOSE);
          if (!isTcp) return;
          await clock.sleep(CLOSE_HEAD_START_MS);
          if ((await machine.tryConnect(serverAddress, port, CLOSE_TRY_MS)) !== 'open') return;
        }
        output.stderr(formatHint(stillOpenHint(port)));
      } catch (error) {
        output.stderr(formatProblems(notClosedProblems(port, error)));
      }
    },
  };
}
