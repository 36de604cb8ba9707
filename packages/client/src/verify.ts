// Did it open? Knocks, tries the port for a while, knocks again, until it is open or the time is over. Clock, knocks and
// tries are handed in.

import type { Clock } from './clock.ts';
import type { PortLook } from './try-connect.ts';

/** A SYN sent before the rule exists is dropped, and the kernel repeats it only after a second: so tries are short. */
const SHORT_TRY_MS = 250;
/** Now and then a longer one, for an answer that has a long way; shorter than the kernel's repetition. */
const LONG_TRY_MS = 1000;
/** The rule takes the server some milliseconds: a first try right behind the last knock would be lost for nothing. */
const HEAD_START_MS = 20;
/** Where a packet of a sequence is lost, only another sequence helps: so the port is not tried for long after the first ones. */
const QUICK_ROUND_MS = HEAD_START_MS + SHORT_TRY_MS;
/** In one round of this many there is a long try. */
const LONG_EVERY = 4;
const LONG_ROUND_MS = QUICK_ROUND_MS + LONG_TRY_MS;
/**
 * After this many sequences the rounds get longer. There are 16 nonces: more sequences than that in one window would be
 * replays of each other, and a client that waits for long need not knock as often.
 */
const QUICK_ROUNDS = 8;
const SLOW_ROUND_MS = 3500;

/** What the loop works with. */
export interface WaitParts {
  readonly clock: Clock;
  /** Milliseconds until it gives up; the port is tried at least once after every sequence. */
  readonly waitMs: number;
  /** Sends a sequence: 0 is the first, 1 the next. Each must have a nonce of its own. */
  readonly knock: (sequence: number) => Promise<void>;
  /** Tries the port once. */
  readonly tryPort: (timeoutMs: number) => Promise<PortLook>;
  /** Called after each try that failed. */
  readonly onLook?: (look: PortLook) => void;
}

/** What came of it. */
export interface WaitResult {
  /** `open`, or how the port looked last. */
  readonly look: PortLook;
  /** Seconds since the first knock was begun, to the millisecond. */
  readonly seconds: number;
  /** How many sequences were sent, 1 or more. */
  readonly sequences: number;
}

/**
 * Knocks until the port is open.
 * @throws what `knock` throws
 */
export async function waitUntilOpen(parts: WaitParts): Promise<WaitResult> {
  const { clock, waitMs, knock } = parts;
  const start = clock.elapsedMs();
  for (let sequences = 1; ; sequences++) {
    await knock(sequences - 1);
    const left = start + waitMs - clock.elapsedMs();
    const look = await tryForAWhile(parts, Math.min(roundMs(sequences), left));
    const passed = clock.elapsedMs() - start;
    if (look === 'open' || passed >= waitMs) return { look, seconds: Math.round(passed) / 1000, sequences };
  }
}

/** How long the port is tried after a sequence, counted from 1. */
function roundMs(sequence: number): number {
  if (sequence > QUICK_ROUNDS) return SLOW_ROUND_MS;
  return sequence % LONG_EVERY === 0 ? LONG_ROUND_MS : QUICK_ROUND_MS;
}

/** Tries until it is open or `forMs` are over, at least once: briefly first, then longer. */
async function tryForAWhile({ clock, tryPort, onLook }: WaitParts, forMs: number): Promise<PortLook> {
  const end = clock.elapsedMs() + forMs;
  await clock.sleep(HEAD_START_MS);
  for (let wanted = SHORT_TRY_MS; ; ) {
    const begun = clock.elapsedMs();
    const look = await tryPort(Math.max(SHORT_TRY_MS, Math.min(wanted, end - begun)));
    if (look === 'open') return look;
    onLook?.(look);
    if (look === 'silent') wanted = LONG_TRY_MS;
    // An answer comes at once: the next try waits all the same.
    const rest = SHORT_TRY_MS - (clock.elapsedMs() - begun);
    if (clock.elapsedMs() + Math.max(rest, 0) >= end) {
      await clock.sleep(end - clock.elapsedMs());
      return look;
    }
    await clock.sleep(rest);
  }
}
