// Remembers something for each source address, for as many as fit; then the one seen longest ago goes.

/** A bounded map from source address to state. */
export class SourceTable<State> {
  readonly #most: number;
  readonly #create: () => State;
  /** In the order they were seen last, as a Map keeps its keys. */
  readonly #states = new Map<string, State>();

  /** @param most how many sources are remembered, 1 or more */
  constructor(most: number, create: () => State) {
    this.#most = most;
    this.#create = create;
  }

  /** How many sources are remembered now. */
  get size(): number {
    return this.#states.size;
  }

  /** The state of a source, new if it was unknown; it is the one seen last from now on. */
  touch(source: string): State {
    const known = this.#states.get(source);
    if (known) this.#states.delete(source);
    else if (this.#states.size >= this.#most) {
      for (const oldest of this.#states.keys()) {
        this.#states.delete(oldest);
        break;
      }
    }
    const state = known ?? this.#create();
    this.#states.set(source, state);
    return state;
  }
}
