// Sends sequences along the ways to a host, all ways at once, each with the address that the server sees there. A way that
// cannot be sent on is given up as long as another one is left.

import type { Clock } from './clock.ts';
import { Failure } from './exit.ts';
import { notSentProblem } from './messages/failures.ts';
import { wayGivenUpHint } from './messages/hints.ts';
import { type KnockOrder, type KnockPlan, NONCES, planKnocks, portsOf } from './plan.ts';
import type { Route } from './route.ts';
import { SendError, sendPlan } from './send/send-plan.ts';
import type { Sender } from './send/sender.ts';

/**
 * How far apart in the nonces the ways begin: "the address I come from" is the same request along both, and with the same
 * nonce the second would be a replay of the first.
 */
const NONCES_APART = NONCES / 2;

/** What it works with. */
export interface KnockingParts {
  readonly routes: readonly Route[];
  /** One for each route. */
  readonly senders: readonly Sender[];
  /** What to ask for; the claimed address is that of each route. */
  readonly order: KnockOrder;
  readonly clock: Clock;
  /** Of the first sequence, 0–15, not to be foreseen. */
  readonly firstNonce: number;
  /** Is told each plan before it is sent. */
  readonly onPlan: (plan: KnockPlan) => void;
  /** Is told how many knocks of the sequence are sent, along the first of the ways that are knocked on. */
  readonly onKnock: (sent: number) => void;
}

/** One run of knockclient: sequences with nonces that follow each other. */
export class Knocking {
  readonly #parts: KnockingParts;
  readonly #givenUp = new Set<number>();
  readonly #hints: string[] = [];

  constructor(parts: KnockingParts) {
    this.#parts = parts;
  }

  /** About ways that were given up. */
  get hints(): readonly string[] {
    return this.#hints;
  }

  /**
   * Sends a sequence.
   * @param sequence 0 the first, 1 the next, …
   * @param ways the numbers of the routes, from 0; none: all
   * @returns the ports that were knocked on along each of these ways
   * @throws Failure when no way is left
   */
  async send(sequence: number, ways: readonly number[] = [...this.#parts.routes.keys()]): Promise<readonly number[][]> {
    const open = ways.filter((way) => !this.#givenUp.has(way));
    const plans = open.map((way) => this.#plan(way, sequence));
    const sent = await Promise.allSettled(plans.map((plan, i) => this.#sendAlong(open[i] as number, plan, i === 0)));
    for (const [i, result] of sent.entries()) {
      if (result.status === 'rejected') this.#giveUp(open[i] as number, result.reason);
    }
    return plans.map(portsOf);
  }

  #plan(way: number, sequence: number): KnockPlan {
    const { routes, order, clock, firstNonce, onPlan } = this.#parts;
    const { claimedAddress } = routes[way] as Route;
    const nonce = (firstNonce + way * NONCES_APART) % NONCES;
    const plan = planKnocks({ ...order, claimedAddress }, clock.unixMs() / 1000, nonce, sequence);
    onPlan(plan);
    return plan;
  }

  #sendAlong(way: number, plan: KnockPlan, isFirst: boolean): Promise<void> {
    const { routes, senders, clock, onKnock } = this.#parts;
    const { serverAddress } = routes[way] as Route;
    const sender = senders[way] as Sender;
    return sendPlan(plan, serverAddress, sender, clock, isFirst ? onKnock : () => undefined);
  }

  #giveUp(way: number, error: unknown): void {
    if (!(error instanceof SendError)) throw error;
    this.#givenUp.add(way);
    const { knock, port, code } = error;
    if (this.#givenUp.size === this.#parts.routes.length) throw new Failure(1, [notSentProblem(knock, port, code)]);
    this.#hints.push(wayGivenUpHint((this.#parts.routes[way] as Route).serverAddress, code));
  }
}
