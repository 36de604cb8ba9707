// A door that something is to go through: opened, kept open, closed, over each family of its host. All knocks of one door have
// nonces that follow each other, so that none is a replay of another.

import { TIME_CLOSE } from '@eightknock/codec';
import { Failure } from '../exit.ts';
import { Knocking } from '../knocking.ts';
import type { Machine } from '../machine.ts';
import { notOpenProblem } from '../messages/failures.ts';
import { formatHint, formatProblems } from '../messages/problem.ts';
import { notClosedProblems, notRenewedProblems, renewedHint, stillOpenHint } from '../messages/sessions.ts';
import { DEFAULTS } from '../options.ts';
import { renewUntil } from '../renew.ts';
import { findRoutes, type Route } from '../route.ts';
import type { PortLook } from '../try-connect.ts';
import { waitUntilOpen } from '../verify.ts';
import { Ways } from '../ways.ts';
import { openSender } from './open-sender.ts';
import { isUdpOnly, type KnockRun } from './prepare-knock.ts';

/** The kernel closes some milliseconds after the last knock; to look sooner would be to knock again for nothing. */
const CLOSE_HEAD_START_MS = 100;
const CLOSE_TRY_MS = 250;
/** A close that got lost is sent again; a port that is open for other reasons is left alone in the end. */
const MAX_CLOSES = 3;

/** Tries the port at an address of the host once. */
export type TryAddress = (serverAddress: string, timeoutMs: number) => Promise<PortLook>;

/** How much has to be open: `all` families, as `Ways` has it, or `any` of them. */
export type Enough = 'all' | 'any';

/** A door. */
export interface Door {
  /** Where it is: an IPv4 or an IPv6 address, or one of each. */
  readonly serverAddresses: readonly string[];
  /**
   * Knocks until it is open.
   * @param interruption ends the waiting at the next knock or try
   * @throws Failure with exit code 1 when it did not open in time; the reason of `interruption`
   */
  readonly open: (tryAddress: TryAddress, enough: Enough, interruption: AbortSignal) => Promise<void>;
  /** Knocks once, for a port that no connection can try. @throws Failure */
  readonly knock: () => Promise<void>;
  /** Does `work`, and renews meanwhile; what goes wrong with that is told on stderr. */
  readonly renewDuring: <T>(work: () => Promise<T>) => Promise<T>;
  /** Closes it, if there was any knock at it. Never throws: what goes wrong is told on stderr. */
  readonly close: () => Promise<void>;
}

/**
 * The door that a run is about.
 * @param run with at least one route
 * @throws Failure when raw packets were asked for and cannot be sent
 */
export async function createDoor(run: KnockRun, machine: Machine): Promise<Door> {
  const { options, target, hints, routes } = run;
  const { clock, output } = machine;
  const { transport, port, time, waitSeconds = DEFAULTS.waitSeconds } = options;
  const isTcp = !isUdpOnly(target, port);
  const firstNonce = machine.randomNonce();
  const serverAddresses = routes.map(({ serverAddress }) => serverAddress);
  let sequences = 0;
  let hasKnocked = false;

  const knockingAlong = async (ways: readonly Route[], newTime: number): Promise<Knocking> =>
    new Knocking({
      routes: ways,
      senders: await Promise.all(ways.map((route) => openSender(options, route, machine))),
      order: { ...run.order, time: newTime },
      clock,
      firstNonce,
      onPlan: ({ window, nonce }) => run.debug(`window ${window}, nonce ${nonce}`),
      onKnock: () => undefined,
    });
  const knockWith = async (knocking: Knocking, ways?: readonly number[]): Promise<void> => {
    await knocking.send(sequences++, ways);
    hasKnocked = true;
  };
  /** This machine may have other addresses by now: it moves from one network to another. */
  const knockAnew = async (newTime: number): Promise<void> => {
    const found = await Promise.allSettled(
      serverAddresses.map((address) => findRoutes(address, { ...options, ip: run.options.ip }, machine)),
    );
    const ways = found.flatMap((result) => (result.status === 'fulfilled' ? result.value : []));
    if (ways.length === 0) throw (found[0] as PromiseRejectedResult).reason;
    await knockWith(await knockingAlong(ways, newTime));
  };
  const first = await knockingAlong(routes, time);

  return {
    serverAddresses,
    knock: () => knockWith(first),
    open: async (tryAddress, enough, interruption) => {
      const ways = new Ways(routes.length);
      const { look, seconds } = await waitUntilOpen({
        clock,
        waitMs: waitSeconds * 1000,
        knock: () => {
          interruption.throwIfAborted();
          return knockWith(first, ways.closed);
        },
        tryPort: async (timeoutMs) => {
          interruption.throwIfAborted();
          const tries = ways.closed.map((way) => tryAddress(serverAddresses[way] as string, timeoutMs));
          const seen = ways.take(await looksOf(tries, enough));
          return enough === 'any' && ways.isAnyOpen ? 'open' : seen;
        },
      });
      if (look === 'open' || ways.isAnyOpen) return;
      for (const hint of hints) output.stderr(formatHint(hint));
      throw new Failure(1, [notOpenProblem({ host: target.host, routes, transport, port, time }, look, seconds)]);
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
        for (let closes = 0; closes < MAX_CLOSES; closes++) {
          await knockAnew(TIME_CLOSE);
          if (!isTcp) return;
          await clock.sleep(CLOSE_HEAD_START_MS);
          const looks = serverAddresses.map((address) => machine.tryConnect(address, port, CLOSE_TRY_MS));
          if (!(await Promise.all(looks)).includes('open')) return;
        }
        output.stderr(formatHint(stillOpenHint(port)));
      } catch (error) {
        output.stderr(formatProblems(notClosedProblems(port, error)));
      }
    },
  };
}

/** How the port looks at each address. Where one is enough, the others are not waited for once it is open: silent. */
async function looksOf(tries: readonly Promise<PortLook>[], enough: Enough): Promise<PortLook[]> {
  const looks: PortLook[] = tries.map(() => 'silent');
  await new Promise<void>((resolve, reject) => {
    let left = tries.length;
    for (const [i, one] of tries.entries()) {
      one.then((look) => {
        looks[i] = look;
        left--;
        if (left === 0 || (enough === 'any' && look === 'open')) resolve();
      }, reject);
    }
  });
  return looks;
}
