// The grants that are in the store's file, in memory: read once and checked at the start, changed after each commit. So
// what is open is known even when the file can no longer be read, and no row of it is trusted twice.

import type { Door, DoorState, GrantFilter, LiveGrant, OpenDoor } from './store.ts';

/** Grants by door. Ended ones stay until {@link removeEnded}. */
export class LiveGrants {
  /** In the order in which they were given. */
  readonly #grants = new Set<LiveGrant>();
  /** Each client has at most one grant for a door. */
  readonly #byDoor = new Map<string, readonly LiveGrant[]>();
  /** No grant ends before. */
  #nextEndMs = Number.POSITIVE_INFINITY;

  /** All of them, the ended ones too. */
  get size(): number {
    return this.#grants.size;
  }

  has(door: Door, client: string): boolean {
    return this.#find(door, client) !== undefined;
  }

  hasLive(door: Door, client: string, nowMs: number): boolean {
    const found = this.#find(door, client);
    return found !== undefined && lives(found, nowMs);
  }

  /** Takes the place of what the same client has for the same door. */
  put(grant: LiveGrant): void {
    const key = keyOf(grant);
    const others: LiveGrant[] = [];
    for (const other of this.#byDoor.get(key) ?? []) {
      if (other.client === grant.client) this.#grants.delete(other);
      else others.push(other);
    }
    others.push(grant);
    this.#grants.add(grant);
    this.#byDoor.set(key, others);
    if (grant.endMs !== undefined) this.#nextEndMs = Math.min(this.#nextEndMs, grant.endMs);
  }

  /** All who have a grant for it, ended ones too. */
  clientsOf(door: Door): string[] {
    return (this.#byDoor.get(keyOf(door)) ?? []).map(({ client }) => client);
  }

  remove(door: Door, client: string): void {
    const found = this.#find(door, client);
    if (!found) return;
    this.#grants.delete(found);
    const key = keyOf(door);
    const others = (this.#byDoor.get(key) ?? []).filter((grant) => grant !== found);
    if (others.length > 0) this.#byDoor.set(key, others);
    else this.#byDoor.delete(key);
  }

  /** How many live that forward. */
  countForwards(nowMs: number): number {
    let count = 0;
    for (const grant of this.#grants) if (grant.target && lives(grant, nowMs)) count++;
    return count;
  }

  /** Might there be ended ones? Costs nothing. */
  mayHaveEnded(nowMs: number): boolean {
    return this.#nextEndMs <= nowMs;
  }

  /** @returns those that were removed */
  removeEnded(nowMs: number): LiveGrant[] {
    const ended: LiveGrant[] = [];
    this.#nextEndMs = Number.POSITIVE_INFINITY;
    for (const grant of this.#grants) {
      if (!lives(grant, nowMs)) ended.push(grant);
      else this.#nextEndMs = Math.min(this.#nextEndMs, grant.endMs ?? Number.POSITIVE_INFINITY);
    }
    for (const grant of ended) this.remove(grant, grant.client);
    return ended;
  }

  /** Moves the beginning of all, and the end of timed ones. @param stepMs how much later; negative: earlier */
  shift(stepMs: number): void {
    this.#replaceAll((grant) => later(grant, stepMs));
  }

  /**
   * No grant was given later than now: if one begins in the future, the clock is behind; it counts as given now, so that none
   * lasts longer than it was to last at all.
   * @returns by how much the clock is behind at least, milliseconds
   */
  givenUntil(nowMs: number): number {
    let behindMs = 0;
    for (const { sinceMs } of this.#grants) behindMs = Math.max(behindMs, sinceMs - nowMs);
    if (behindMs > 0) this.#replaceAll((grant) => later(grant, Math.min(0, nowMs - grant.sinceMs)));
    return behindMs;
  }

  #replaceAll(change: (grant: LiveGrant) => LiveGrant): void {
    const all = [...this.#grants];
    this.#grants.clear();
    this.#byDoor.clear();
    this.#nextEndMs = Number.POSITIVE_INFINITY;
    for (const grant of all) this.put(change(grant));
  }

  /** What is to be held open of a door. */
  stateOf(door: Door, nowMs: number): DoorState {
    const longest = longestOf(this.#byDoor.get(keyOf(door)) ?? [], nowMs);
    if (!longest) return { open: false };
    const { client, endMs, target } = longest;
    return { open: true, client, ...(endMs !== undefined && { endMs }), ...(target && { target }) };
  }

  /** All doors that are to be open. */
  openDoors(nowMs: number): OpenDoor[] {
    const doors: OpenDoor[] = [];
    for (const grants of this.#byDoor.values()) {
      const longest = longestOf(grants, nowMs);
      if (!longest) continue;
      const { address, protocol, port, client, endMs, target } = longest;
      const end = endMs !== undefined && { endMs };
      doors.push({ address, protocol, port, client, ...end, ...(target && { target }) });
    }
    return doors;
  }

  /** How many live. */
  count(nowMs: number): number {
    let count = 0;
    for (const grant of this.#grants) if (lives(grant, nowMs)) count++;
    return count;
  }

  /** Those that live, the newest first; of those of one moment in the order given. */
  select(filter: GrantFilter, limit: number, nowMs: number): LiveGrant[] {
    const found: LiveGrant[] = [];
    for (const grant of this.#grants) if (lives(grant, nowMs) && matches(grant, filter)) found.push(grant);
    return found.sort((a, b) => b.sinceMs - a.sinceMs).slice(0, limit);
  }

  /** All of them, the ended ones too. */
  all(): IterableIterator<LiveGrant> {
    return this.#grants.values();
  }

  #find(door: Door, client: string): LiveGrant | undefined {
    return this.#byDoor.get(keyOf(door))?.find((grant) => grant.client === client);
  }
}

function later(grant: LiveGrant, byMs: number): LiveGrant {
  const { sinceMs, endMs } = grant;
  const end = endMs !== undefined && { endMs: Math.max(0, endMs + byMs) };
  return { ...grant, sinceMs: Math.max(0, sinceMs + byMs), ...end };
}

function matches(grant: LiveGrant, { address, protocol, port, client }: GrantFilter): boolean {
  return (
    (address === undefined || grant.address === address) &&
    (protocol === undefined || grant.protocol === protocol) &&
    (port === undefined || grant.port === port) &&
    (client === undefined || grant.client === client)
  );
}

function lives({ endMs }: LiveGrant, nowMs: number): boolean {
  return endMs === undefined || endMs > nowMs;
}

function longestOf(grants: readonly LiveGrant[], nowMs: number): LiveGrant | undefined {
  let longest: LiveGrant | undefined;
  for (const grant of grants) {
    if (lives(grant, nowMs) && (!longest || holdsLonger(grant, longest))) longest = grant;
  }
  return longest;
}

/** Of equal ends the first name counts, so that a restart changes nothing. */
function holdsLonger(a: LiveGrant, b: LiveGrant): boolean {
  return endOf(a) > endOf(b) || (endOf(a) === endOf(b) && a.client < b.client);
}

function endOf({ endMs = Number.POSITIVE_INFINITY }: LiveGrant): number {
  return endMs;
}

function keyOf({ address, protocol, port }: Door): string {
  return `${address} ${protocol}/${port}`;
}
