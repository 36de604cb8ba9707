// What is asked for, and the facts that were found out → eight knocks with their delays. Pure: no clock, no randomness,
// no network, no node: import. It does not know how a knock is sent.

import { encodeSequence, type SharedKey } from '@eightknock/codec';

/** How a knock travels. */
export type Transport = 'tcp' | 'udp';

/** Knocks of a sequence. */
export const KNOCKS = 8;
/** Nonces there are: docs/protocol.md, "Block". */
export const NONCES = 16;

/** Everything a sequence depends on, but the moment and the nonce. */
export interface KnockOrder {
  readonly key: SharedKey;
  /** The address to open for, or `source`: the one the knocks come from. */
  readonly claimedAddress: string;
  /** The port to open, 1–65535. */
  readonly port: number;
  /** 0 = open with no limit, 1–254 = open for that many minutes, 255 = close. */
  readonly time: number;
  /** 1–65280. */
  readonly basePort: number;
  /** Milliseconds from one knock to the next in the first, third, … sequence of a run, 0 or more. */
  readonly delayMs: number;
  /** In the second, fourth, …; absent: the same. */
  readonly repeatDelayMs?: number;
}

/** One knock to be sent. */
export interface PlannedKnock {
  /** The port to knock on. */
  readonly port: number;
  /** Milliseconds to wait before it is sent. */
  readonly delayMs: number;
}

/** Eight knocks, to be sent in this order. */
export interface KnockPlan {
  readonly knocks: readonly PlannedKnock[];
  /** The window they belong to, for messages. */
  readonly window: number;
  /** 0–15, for messages. */
  readonly nonce: number;
}

/**
 * Plans one sequence.
 * @param unixSeconds the sender's clock
 * @param firstNonce 0–15, random for each run
 * @param sequence 0 for the first sequence of a run, 1 for the next, …: each has another nonce, so that it is no replay
 * @throws TypeError or RangeError that names the argument
 */
export function planKnocks(order: KnockOrder, unixSeconds: number, firstNonce: number, sequence = 0): KnockPlan {
  const { key, claimedAddress, port, time, basePort } = order;
  const delayMs = sequence % 2 === 0 ? order.delayMs : (order.repeatDelayMs ?? order.delayMs);
  const nonce = (firstNonce + sequence) % NONCES;
  const { ports, window } = encodeSequence(key, { address: claimedAddress, port, time }, unixSeconds, nonce, basePort);
  return { knocks: ports.map((knock, i) => ({ port: knock, delayMs: i === 0 ? 0 : delayMs })), window, nonce };
}

/** The ports of a plan, as `--print` shows them. */
export function portsOf(plan: KnockPlan): number[] {
  return plan.knocks.map(({ port }) => port);
}
