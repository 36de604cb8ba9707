// The action run: starts the program of a door; and, when its time has come, the one that ends what it began. That one is in
// the store since before the first was started, so that it runs although the daemon was away.

import type { Grant } from '../authorise/authorise.ts';
import { doorOfClient } from '../authorise/door-client.ts';
import type { LogLine } from '../log.ts';
import { describeStopFailure } from '../log-lines.ts';
import type { Store } from '../store/store.ts';
import { type Action, ActionError } from './action.ts';
import type { Jobs } from './jobs.ts';

/** What it needs. */
export interface RunProgramEdge {
  readonly jobs: Pick<Jobs, 'start' | 'isFull'>;
  readonly store: Pick<Store, 'dueStops' | 'forgetStop' | 'takeBackStop'>;
  readonly say: (line: LogLine) => void;
  /** Told of each program that ends what a door began, before it is run. */
  readonly onStop?: (door: string, address: string) => void;
  /** Told of each program that has failed, a door's or the one that ends what it began. @param how such as `exit code 1` */
  readonly onFailed?: (door: string, how: string) => void;
}

/** See {@link Action}. */
export class RunProgram implements Action {
  readonly #edge: RunProgramEdge;

  constructor(edge: RunProgramEdge) {
    this.#edge = edge;
  }

  perform(grant: Grant, nowMs: number): void {
    const { client, door = '', address, run } = grant;
    if (!run) throw new ActionError('there is nothing to run');
    const { argv, user, timeoutSeconds, overlap } = run;
    const what = `door "${door}"`;
    const alone = overlap ? {} : { alone: what };
    const { jobs, store } = this.#edge;
    const common = { argv, user, timeoutSeconds, address, ...who(client), door, onEnd: this.#onEnd(door) };
    try {
      jobs.start({ what, ...common, timeMs: nowMs, ...alone });
    } catch (error) {
      store.takeBackStop(grant, nowMs);
      throw error;
    }
  }

  /** Runs what is due, the earliest first, as far as there is room; the rest waits. To be called every second. */
  runDue(nowMs: number): void {
    const { jobs, store, say, onStop } = this.#edge;
    for (const { id, door, client, address, sinceMs: timeMs, argv, user, timeoutSeconds } of store.dueStops(nowMs)) {
      if (jobs.isFull) return;
      onStop?.(door, address);
      const what = `the stop of door "${door}"`;
      try {
        const onEnd = this.#onEnd(door);
        jobs.start({ what, argv, user, timeoutSeconds, address, ...who(client), door, timeMs, onEnd });
      } catch (error) {
        if (!(error instanceof ActionError)) throw error;
        say(describeStopFailure(door, error.message));
      }
      // Only now: a daemon that is killed in between runs it once more, rather than never.
      store.forgetStop(id);
    }
  }

  #onEnd(door: string): (how?: string) => void {
    return (how) => {
      if (how !== undefined) this.#edge.onFailed?.(door, how);
    };
  }
}

/** A door has no name of its own to give. */
function who(client: string): { readonly client?: string } {
  return doorOfClient(client) === undefined ? { client } : {};
}
