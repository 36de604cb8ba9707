// What takes a while and must not run twice at once, such as a reload: who asks while it runs is answered by one more run after it, as
// what it looks at may have changed meanwhile. Bounded: one runs, one waits. Pure.

/** Runs something asynchronous, one run after the other. */
export class OneAtATime<Result> {
  readonly #run: () => Promise<Result>;
  #running: Promise<Result> | undefined;
  #next: Promise<Result> | undefined;

  constructor(run: () => Promise<Result>) {
    this.#run = run;
  }

  /** @returns what a run that begins from now on ends with; rejects as it does */
  ask(): Promise<Result> {
    if (this.#next) return this.#next;
    if (!this.#running) return this.#begin();
    this.#next = this.#running.then(
      () => this.#begin(),
      () => this.#begin(),
    );
    return this.#next;
  }

  #begin(): Promise<Result> {
    this.#next = undefined;
    const running = this.#run().finally(() => {
      this.#running = undefined;
    });
    this.#running = running;
    return running;
  }
}
