// A store that lasts as long as the process. Bounded: claims are kept until window + 2 has passed, grants until they end.

import { WINDOW_SECONDS } from '@eightknock/codec';
import type { Grant } from '../authorise/authorise.ts';
import type { Claim, ClaimRefusal, Door, DoorState, Store } from './store.ts';

/** Limits of the memory. */
export interface MemoryStoreLimits {
  /** Accepted sequences remembered at once; each lives at most two minutes. */
  readonly maxClaims: number;
  /** Grants alive at once. */
  readonly maxGrants: number;
}

const DEFAULT_LIMITS: MemoryStoreLimits = { maxClaims: 100_000, maxGrants: 100_000 };
const WINDOW_MS = WINDOW_SECONDS * 1000;

/** `endMs`, or Infinity for no limit, of each client that holds the door open. */
type Holders = Map<string, number>;

/** See {@link Store}. */
export class MemoryStore implements Pick<Store, 'claim' | 'doorState'> {
  readonly #limits: MemoryStoreLimits;
  /** claim → when it may be forgotten. */
  readonly #claims = new Map<string, number>();
  readonly #doors = new Map<string, Holders>();
  #grants = 0;

  constructor(limits: Partial<MemoryStoreLimits> = {}) {
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
  }

  claim(claim: Claim, grant: Grant, nowMs: number): 'claimed' | ClaimRefusal {
    const key = `${claim.window} ${Buffer.from(claim.cipher).toString('hex')} ${claim.client}`;
    if (this.#claims.has(key)) return 'replay';
    if (this.#claims.size >= this.#limits.maxClaims) this.#forgetClaims(nowMs);
    if (this.#grants + grant.ports.length > this.#limits.maxGrants) this.#forgetGrants(nowMs);
    const roomForGrant = grant.action === 'close' || this.#grants + grant.ports.length <= this.#limits.maxGrants;
    if (this.#claims.size >= this.#limits.maxClaims || !roomForGrant) return 'store-full';
    this.#claims.set(key, (claim.window + 3) * WINDOW_MS);
    for (const port of grant.ports) this.#record({ ...port, address: grant.address }, grant);
    return 'claimed';
  }

  doorState(door: Door, nowMs: number): DoorState {
    let longest: { client: string; endMs: number } | undefined;
    for (const [client, endMs] of this.#doors.get(keyOf(door)) ?? []) {
      if (endMs > nowMs && (!longest || endMs > longest.endMs)) longest = { client, endMs };
    }
    if (!longest) return { open: false };
    return longest.endMs === Number.POSITIVE_INFINITY
      ? { open: true, client: longest.client }
      : { open: true, ...longest };
  }

  #record(door: Door, grant: Grant): void {
    const key = keyOf(door);
    const holders: Holders = this.#doors.get(key) ?? new Map();
    if (holders.delete(grant.client)) this.#grants--;
    if (grant.action === 'open') {
      holders.set(grant.client, grant.endMs ?? Number.POSITIVE_INFINITY);
      this.#grants++;
    }
    if (holders.size > 0) this.#doors.set(key, holders);
    else this.#doors.delete(key);
  }

  #forgetClaims(nowMs: number): void {
    for (const [key, untilMs] of this.#claims) if (untilMs <= nowMs) this.#claims.delete(key);
  }

  #forgetGrants(nowMs: number): void {
    for (const [key, holders] of this.#doors) {
      for (const [client, endMs] of holders) {
        if (endMs > nowMs) continue;
        holders.delete(client);
        this.#grants--;
      }
      if (holders.size === 0) this.#doors.delete(key);
    }
  }
}

function keyOf({ address, protocol, port }: Door): string {
  return `${address} ${protocol}/${port}`;
}
