// Where a request is taken for good, before anything is done: one that can be repeated is rate-limited, a line of a
// one-time file is marked as used, then the store remembers claim and grant. Whatever happens in between, nothing is
// accepted twice.

import type { Grant } from './authorise/authorise.ts';
import { doorClient } from './authorise/door-client.ts';
import type { DoorRequest, Request } from './recognise/recogniser.ts';
import { RepeatBudget } from './recognise/repeat-budget.ts';
import type { Claim, ClaimRefusal, Repeatable, Store } from './store/store.ts';

/** Why a request of a door is not taken, before the store is asked. */
export type DoorRefusal =
  /** It has no secret, and comes too often. */
  | 'too-often'
  /** Somebody has changed the file, or used the line. It is read again. */
  | 'line-changed'
  /** It could not be marked: without that it would be accepted again. */
  | 'line-unwritable';

/** What is asked of the desk. */
export interface Claims {
  /** Takes a request for good. @param nowMs milliseconds since 1970 */
  claim(request: Request, grant: Grant, nowMs: number): 'claimed' | ClaimRefusal | DoorRefusal;
}

/** Files of one-time sequences, by the name of their door. */
export type LineFiles = ReadonlyMap<string, { spend(line: string): 'spent' | DoorRefusal }>;

/** See the head of this file. */
export class ClaimDesk implements Claims {
  readonly #store: Pick<Store, 'claim'>;
  readonly #files: LineFiles;
  readonly #repeats: RepeatBudget;

  constructor(store: Pick<Store, 'claim'>, files: LineFiles, repeats = new RepeatBudget()) {
    this.#store = store;
    this.#files = files;
    this.#repeats = repeats;
  }

  claim(request: Request, grant: Grant, nowMs: number): 'claimed' | ClaimRefusal | DoorRefusal {
    if ('door' in request && !request.once && !this.#repeats.take(request.door, request.sourceAddress, nowMs)) {
      return 'too-often';
    }
    if ('door' in request && request.once && 'line' in request.once) {
      const spent = this.#files.get(request.door)?.spend(request.once.line) ?? 'line-changed';
      if (spent !== 'spent') return spent;
    }
    return this.#store.claim('door' in request ? claimOf(request) : request, grant, nowMs);
  }
}

function claimOf({ door, sourceAddress, once }: DoorRequest): Claim | Repeatable {
  const client = doorClient(door);
  if (!once || 'line' in once) return { client, sourceAddress };
  return { client, sourceAddress, window: once.window, cipher: once.cipher };
}
