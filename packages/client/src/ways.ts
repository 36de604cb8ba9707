// A host that is reached over IPv4 and IPv6 has two ways, and each opens by itself. Pure: what was seen of each goes in,
// what that means for the whole comes out.

import type { PortLook } from './try-connect.ts';

/**
 * How many more looks the other ways get once one is open: enough for one more sequence of knocks. A server that listens
 * on one family only must not be waited for without end.
 */
export const LOOKS_FOR_OTHERS = 4;

/** Remembers how each way looks. */
export class Ways {
  readonly #looks: PortLook[];
  #looksSinceOpen = 0;

  /** @param count ways there are, 1 or more */
  constructor(count: number) {
    this.#looks = Array<PortLook>(count).fill('silent');
  }

  /** How each way looked last. */
  get looks(): readonly PortLook[] {
    return this.#looks;
  }

  /** The ways that are not open, by their number from 0: these are to be knocked on and tried. */
  get closed(): readonly number[] {
    return this.#looks.flatMap((look, way) => (look === 'open' ? [] : [way]));
  }

  /**
   * Takes what was seen.
   * @param seen one look for each way that was closed, in that order
   * @returns `open` when nothing more is to be waited for; else how the first way that is not open looks
   */
  take(seen: readonly PortLook[]): PortLook {
    const before = this.closed;
    if (before.length < this.#looks.length) this.#looksSinceOpen++;
    for (const [i, way] of before.entries()) this.#looks[way] = seen[i] ?? 'silent';
    const [first] = this.closed;
    if (first === undefined) return 'open';
    const isOneOpen = this.closed.length < this.#looks.length;
    return isOneOpen && this.#looksSinceOpen >= LOOKS_FOR_OTHERS ? 'open' : (this.#looks[first] as PortLook);
  }

  /** Is there a way that is open, whatever the others are? */
  get isAnyOpen(): boolean {
    return this.closed.length < this.#looks.length;
  }
}
