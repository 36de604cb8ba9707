// Events of one sort that wait for their program: told one after the other, in their order. Bounded: more are left out, and
// counted.

import type { LogLine } from '../log.ts';
import { describeHookFailure } from '../log-lines.ts';
import { ActionError } from './action.ts';
import type { Job, Jobs } from './jobs.ts';

/** Events that wait in one queue; more are counted and left out. */
export const MAX_QUEUED_EVENTS = 100;

/** What it needs. */
export interface HookQueueEdge {
  readonly jobs: Pick<Jobs, 'start'>;
  readonly say: (line: LogLine) => void;
  /** Events that were left out. */
  readonly onDropped: (count: number) => void;
}

/** See the head of this file. */
export class HookQueue {
  readonly #edge: HookQueueEdge;
  readonly #waiting: Job[] = [];
  #isRunning = false;

  constructor(edge: HookQueueEdge) {
    this.#edge = edge;
  }

  /** Runs it when those before it have ended. */
  add(job: Omit<Job, 'onEnd'>): void {
    if (this.#waiting.length >= MAX_QUEUED_EVENTS) {
      this.#edge.onDropped(1);
      return;
    }
    const onEnd = () => {
      this.#isRunning = false;
      this.#next();
    };
    this.#waiting.push({ ...job, onEnd });
    this.#next();
  }

  #next(): void {
    while (!this.#isRunning) {
      const job = this.#waiting.shift();
      if (!job) return;
      try {
        this.#isRunning = true;
        this.#edge.jobs.start(job);
      } catch (error) {
        this.#isRunning = false;
        if (!(error instanceof ActionError)) throw error;
        this.#edge.say(describeHookFailure(job.what, error.message));
      }
    }
  }
}
