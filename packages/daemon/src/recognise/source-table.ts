// Remembers something for each source address, for as many as fit; then the one seen longest ago goes.

interface Entry<State> {
  readonly source: string;
  readonly state: State;
  newer: Entry<State> | undefined;
  older: Entry<State> | undefined;
}

/**
 * A bounded map from source address to state. The order is kept in a list of its own: a Map keeps one, too, but has to step
 * over all keys that were deleted before it finds its first one, and a flood of ever new sources deletes one for each.
 */
export class SourceTable<State> {
  readonly #most: number;
  readonly #create: (source: string) => State;
  readonly #entries = new Map<string, Entry<State>>();
  #newest: Entry<State> | undefined;
  #oldest: Entry<State> | undefined;

  /** @param most how many sources are remembered, 1 or more */
  constructor(most: number, create: (source: string) => State) {
    this.#most = most;
    this.#create = create;
  }

  /** How many sources are remembered now. */
  get size(): number {
    return this.#entries.size;
  }

  /** The state of a source that is known; asking changes nothing. */
  find(source: string): State | undefined {
    return this.#entries.get(source)?.state;
  }

  /** The state of a source, new if it was unknown; it is the one seen last from now on. */
  touch(source: string): State {
    const known = this.#entries.get(source);
    if (known) {
      if (known !== this.#newest) {
        this.#unlink(known);
        this.#link(known);
      }
      return known.state;
    }
    if (this.#oldest && this.#entries.size >= this.#most) {
      this.#entries.delete(this.#oldest.source);
      this.#unlink(this.#oldest);
    }
    const entry: Entry<State> = { source, state: this.#create(source), newer: undefined, older: undefined };
    this.#entries.set(source, entry);
    this.#link(entry);
    return entry.state;
  }

  /** Makes an entry the newest one. */
  #link(entry: Entry<State>): void {
    entry.older = this.#newest;
    entry.newer = undefined;
    if (this.#newest) this.#newest.newer = entry;
    else this.#oldest = entry;
    this.#newest = entry;
  }

  #unlink({ newer, older }: Entry<State>): void {
    if (newer) newer.older = older;
    else this.#newest = older;
    if (older) older.newer = newer;
    else this.#oldest = newer;
  }
}
