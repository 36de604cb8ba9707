// Programs that do what the test says, and timers that it turns.

import type { Program, ProgramListener, StartProgram } from '#src/act/start-program.js';
import type { Later } from '#src/clock.js';

/** One that was started. */
export interface FakeProgram {
  readonly program: Program;
  readonly listener: ProgramListener;
  readonly signals: string[];
}

/** All that were started. */
export class FakePrograms {
  readonly all: FakeProgram[] = [];
  /** What the next start throws. */
  refusal: Error | undefined;
  #nowMs = 0;
  #timers: { readonly atMs: number; readonly callback: () => void }[] = [];

  readonly start: StartProgram = (program, listener) => {
    if (this.refusal) throw this.refusal;
    const signals: string[] = [];
    this.all.push({ program, listener, signals });
    return { signal: (name) => void signals.push(name), release: () => void signals.push('released') };
  };

  readonly later: Later = (delayMs, callback) => {
    const timer = { atMs: this.#nowMs + delayMs, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  };

  /** How many timers wait. */
  get timers(): number {
    return this.#timers.length;
  }

  pass(ms: number): void {
    this.#nowMs += ms;
    const due = this.#timers.filter(({ atMs }) => atMs <= this.#nowMs);
    this.#timers = this.#timers.filter(({ atMs }) => atMs > this.#nowMs);
    for (const { callback } of due) callback();
  }

  /** The last one ends. */
  end(how?: string, at = -1): void {
    this.all.at(at)?.listener.onEnd(how);
  }
}
