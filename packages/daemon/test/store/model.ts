// The store as plain arrays, slow and obvious, to be compared with the real one. What it says is docs/store.md, word by word.

import type { Grant } from '#src/authorise/authorise.js';
import type { StoreLimits } from '#src/store/sqlite-store.js';
import type { AuditEntry, Claim, ClaimRefusal, Door, GrantFilter, LiveGrant, OpenDoor } from '#src/store/store.js';

const KEPT_WINDOWS = 2880;

/** See the head of this file. */
export class ModelStore {
  claims: { readonly window: number; readonly identity: string }[] = [];
  all: LiveGrant[] = [];
  trail: AuditEntry[] = [];
  forgotten = -1;
  readonly limits: StoreLimits;

  constructor(limits: StoreLimits) {
    this.limits = limits;
  }

  claim(claim: Claim, grant: Grant, nowMs: number): 'claimed' | ClaimRefusal {
    const identity = `${claim.window} ${claim.cipher.join()} ${claim.client}`;
    if (claim.window <= this.forgotten) return 'window-not-remembered';
    if (this.claims.some((one) => one.identity === identity)) return 'replay';

    let [left, forgotten] = [this.claims, this.forgotten];
    const passed = Math.floor(nowMs / 30_000) - 2;
    while (left.length >= this.limits.maxClaims) {
      const oldest = Math.min(...left.map(({ window }) => window));
      if (oldest >= passed) return 'store-full';
      const until = Math.max(oldest + 1, Math.floor((oldest + passed) / 2));
      forgotten = Math.max(forgotten, ...left.map(({ window }) => window).filter((window) => window < until));
      left = left.filter(({ window }) => window >= until);
    }
    const doors = grant.ports.map((port) => ({ ...port, address: grant.address }));
    const { client, address, action } = grant;
    let grants = this.all;
    const others = () => grants.filter((one) => !doors.some((door) => one.client === client && isSame(one, door)));
    if (action === 'open' && others().length + doors.length > this.limits.maxGrants) {
      grants = grants.filter((one) => isLive(one, nowMs));
      if (others().length + doors.length > this.limits.maxGrants) return 'store-full';
    }
    grants = others();
    const end = grant.endMs === undefined ? {} : { endMs: grant.endMs };
    if (action === 'open') {
      const from = { client, sourceAddress: claim.sourceAddress, sinceMs: nowMs };
      grants = [...grants, ...doors.map((door) => ({ ...door, ...from, ...end }))];
    }
    this.all = grants;
    this.claims = [...left, { window: claim.window, identity }];
    this.forgotten = forgotten;
    const event = action === 'open' ? 'opened' : 'closed';
    const list = grant.ports.map(({ protocol, port }) => `${protocol}/${port}`).join(',');
    this.trail.unshift({ timeMs: nowMs, event, client, source: claim.sourceAddress, address, ports: list, ...end });
    return 'claimed';
  }

  openDoors(nowMs: number): OpenDoor[] {
    const doors: LiveGrant[] = [];
    for (const one of this.all.filter((grant) => isLive(grant, nowMs))) {
      const i = doors.findIndex((door) => isSame(door, one));
      const other = doors[i];
      if (!other) doors.push(one);
      else if (holdsLonger(one, other)) doors[i] = one;
    }
    return doors.map(({ sourceAddress: _, sinceMs: __, ...door }) => door);
  }

  grants(filter: GrantFilter, nowMs: number): LiveGrant[] {
    return this.all.filter((one) => isLive(one, nowMs) && matches(one, filter)).sort((a, b) => b.sinceMs - a.sinceMs);
  }

  revoke(filter: GrantFilter, reason: string, nowMs: number): LiveGrant[] {
    const ended = this.grants(filter, nowMs);
    for (const { client, sourceAddress: source, address, protocol, port } of ended) {
      this.trail.unshift({
        timeMs: nowMs,
        event: 'revoked',
        client,
        source,
        address,
        ports: `${protocol}/${port}`,
        reason,
      });
    }
    this.all = this.all.filter((one) => !ended.includes(one));
    return ended;
  }

  shiftEnds(stepMs: number): void {
    this.all = this.all.map((one) => moved(one, stepMs));
  }

  restart(nowMs: number): void {
    this.all = this.all.map((one) => (one.sinceMs > nowMs ? moved(one, nowMs - one.sinceMs) : one));
  }

  flush(nowMs: number): void {
    const oldest = Math.floor(nowMs / 30_000) - KEPT_WINDOWS;
    const old = this.claims.map(({ window }) => window).filter((window) => window < oldest);
    this.forgotten = Math.max(this.forgotten, ...old);
    this.claims = this.claims.filter(({ window }) => window >= oldest);
    this.all = this.all.filter((one) => isLive(one, nowMs));
  }
}

function moved(one: LiveGrant, byMs: number): LiveGrant {
  const later = (ms: number) => Math.max(0, ms + byMs);
  return { ...one, sinceMs: later(one.sinceMs), ...(one.endMs !== undefined && { endMs: later(one.endMs) }) };
}

/** Of equal ends the first name counts. */
function holdsLonger(one: LiveGrant, other: LiveGrant): boolean {
  const [a, b] = [one.endMs ?? Number.POSITIVE_INFINITY, other.endMs ?? Number.POSITIVE_INFINITY];
  return a > b || (a === b && one.client < other.client);
}

function isLive({ endMs }: LiveGrant, nowMs: number): boolean {
  return endMs === undefined || endMs > nowMs;
}

function isSame(a: Door, b: Door): boolean {
  return a.address === b.address && a.protocol === b.protocol && a.port === b.port;
}

function matches(
  one: LiveGrant,
  { address = one.address, port = one.port, client = one.client }: GrantFilter,
): boolean {
  return one.address === address && one.port === port && one.client === client;
}
