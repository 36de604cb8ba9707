// The store in SQLite. Each method is one transaction or one read; a database that refuses makes a claim refused, never an
// exception, and what was open stays as it is.

import { formatTransportPort, WINDOW_SECONDS } from '@eightknock/codec';
import type { Grant } from '../authorise/authorise.ts';
import { AuditQueue } from './audit-queue.ts';
import { type Database, isDatabaseError } from './database.ts';
import { readAuditEntry, readGrant } from './rows.ts';
import { prepareStatements } from './statements.ts';
import type {
  AuditEntry,
  AuditQuery,
  Claim,
  ClaimRefusal,
  Door,
  DoorState,
  GrantFilter,
  LiveGrant,
  OpenDoor,
  Store,
} from './store.ts';

/** Limits of the memory. */
export interface StoreLimits {
  /** Accepted sequences remembered at once. */
  readonly maxClaims: number;
  /** Grants alive at once. */
  readonly maxGrants: number;
  /** Lines of the audit trail: so many of what was done, and as many of what was refused. */
  readonly maxAudit: number;
}

/** What is used when nothing else is said. */
export const DEFAULT_LIMITS: StoreLimits = { maxClaims: 100_000, maxGrants: 100_000, maxAudit: 50_000 };

const WINDOW_MS = WINDOW_SECONDS * 1000;
/** Claims are kept so long though their window has passed, for the case that the clock is set back. */
export const KEPT_WINDOWS = 86_400 / WINDOW_SECONDS;

/** See {@link Store}. */
export class SqliteStore implements Store {
  readonly #database: Database;
  readonly #limits: StoreLimits;
  readonly #sql: ReturnType<typeof prepareStatements>;
  readonly #queue: AuditQueue;
  #claims: number;
  #grants: number;
  #forgottenWindow: number;
  #pendingStepMs = 0;
  #failure: string | undefined;
  #damagedRows = 0;

  /** @param database at the newest version; it belongs to the store from now on */
  constructor(database: Database, limits: Partial<StoreLimits> = {}) {
    this.#database = database;
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
    this.#sql = prepareStatements(database);
    this.#queue = new AuditQueue(this.#sql, this.#limits.maxAudit);
    this.#claims = this.#count('claims');
    this.#grants = this.#count('grants');
    this.#forgottenWindow = Number(this.#sql.forgottenWindow.get()?.value);
  }

  /** Rows that were none of ours, so far. */
  get damagedRows(): number {
    return this.#damagedRows;
  }

  /** Whether the file says what is forgotten; without it nothing in it can be relied on. */
  get isWhole(): boolean {
    return Number.isInteger(this.#forgottenWindow);
  }

  /** Lines of the audit trail that were left out so far. */
  get droppedEntries(): number {
    return this.#queue.dropped;
  }

  claim(claim: Claim, grant: Grant, nowMs: number): 'claimed' | ClaimRefusal {
    const { client, window, cipher } = claim;
    if (window <= this.#forgottenWindow) return 'window-not-remembered';
    if (this.#sql.findClaim.get(window, cipher, client)) return 'replay';
    return this.#write<'claimed' | ClaimRefusal>('store-unwritable', () => {
      if (!this.#makeRoom(grant, nowMs)) return 'store-full';
      this.#claims += this.#sql.addClaim.run(window, cipher, client).changes;
      for (const port of grant.ports) this.#record({ ...port, address: grant.address }, claim, grant, nowMs);
      const ports = grant.ports.map(formatTransportPort).join(',');
      const who = { client: grant.client, source: claim.sourceAddress, address: grant.address, ports };
      const end = grant.endMs === undefined ? {} : { endMs: grant.endMs };
      this.#queue.write({ timeMs: nowMs, event: grant.action === 'open' ? 'opened' : 'closed', ...who, ...end });
      return 'claimed';
    });
  }

  doorState({ address, protocol, port }: Door, nowMs: number): DoorState {
    const rows = this.#sql.grantsOfDoor.all(address, protocol, port, nowMs);
    const [longest] = rows.flatMap((row) => this.#readGrant(row));
    if (!longest) return { open: false };
    const { client, endMs } = longest;
    return endMs === undefined ? { open: true, client } : { open: true, client, endMs };
  }

  openDoors(nowMs: number): readonly OpenDoor[] {
    const doors = new Map<string, OpenDoor>();
    // The longest of each door comes first.
    for (const row of this.#sql.allGrants.all(nowMs)) {
      for (const { address, protocol, port, client, endMs } of this.#readGrant(row)) {
        const key = `${address} ${protocol}/${port}`;
        if (doors.has(key)) continue;
        doors.set(key, { address, protocol, port, client, ...(endMs !== undefined && { endMs }) });
      }
    }
    return [...doors.values()];
  }

  countGrants(nowMs: number): number {
    return Number(this.#sql.countGrants.get(nowMs)?.count);
  }

  grants({ address, port, client }: GrantFilter, limit: number, nowMs: number): readonly LiveGrant[] {
    const filter = [address ?? null, address ?? null, port ?? null, port ?? null, client ?? null, client ?? null];
    return this.#sql.grants.all(nowMs, ...filter, limit).flatMap((row) => this.#readGrant(row));
  }

  revoke(filter: GrantFilter, reason: string, nowMs: number): readonly LiveGrant[] | 'store-unwritable' {
    return this.#write<readonly LiveGrant[] | 'store-unwritable'>('store-unwritable', () => {
      const ended = this.grants(filter, Number.MAX_SAFE_INTEGER, nowMs);
      for (const grant of ended) {
        const { address, protocol, port, client, sourceAddress: source } = grant;
        this.#grants -= this.#sql.endGrant.run(address, protocol, port, client).changes;
        const ports = formatTransportPort({ protocol, port });
        this.#queue.write({ timeMs: nowMs, event: 'revoked', client, source, address, ports, reason });
      }
      return ended;
    });
  }

  /** Nothing of this window and those before it is accepted any more. */
  forgetUntil(window: number): void {
    this.#write(undefined, () => this.#setForgotten(window));
  }

  shiftEnds(stepMs: number): void {
    this.#pendingStepMs += stepMs;
    this.#shiftPending();
  }

  record(entry: AuditEntry): void {
    this.#queue.add(entry);
  }

  audit({ limit, client, address }: AuditQuery): readonly AuditEntry[] {
    this.#flushQueue();
    const wanted = [client ?? null, client ?? null, address ?? null, address ?? null, address ?? null];
    return this.#sql.audit.all(...wanted, limit).flatMap((row) => this.#counted(readAuditEntry(row)));
  }

  flush(nowMs: number): void {
    // A write that changes nothing tells whether the disk takes writes again.
    if (this.#failure !== undefined) this.#write(undefined, () => this.#setForgotten(this.#forgottenWindow));
    this.#shiftPending();
    this.#flushQueue();
    const oldest = Math.floor(nowMs / WINDOW_MS) - KEPT_WINDOWS;
    if (Number(this.#sql.oldestWindow.get()?.window ?? oldest) < oldest) {
      this.#write(undefined, () => this.#forgetClaims(oldest));
    }
    if (this.#sql.findEnded.get(nowMs)) this.#write(undefined, () => this.#forgetGrants(nowMs));
  }

  condition(): { readonly writable: true } | { readonly writable: false; readonly message: string } {
    return this.#failure === undefined ? { writable: true } : { writable: false, message: this.#failure };
  }

  close(): void {
    this.#flushQueue();
    this.#database.close();
  }

  #record(door: Door, { sourceAddress }: Claim, grant: Grant, nowMs: number): void {
    const { address, protocol, port } = door;
    this.#grants -= this.#sql.endGrant.run(address, protocol, port, grant.client).changes;
    if (grant.action === 'close') return;
    const values = [address, protocol, port, grant.client, sourceAddress, nowMs, grant.endMs ?? null];
    this.#grants += this.#sql.addGrant.run(...values).changes;
  }

  /** Room for one more claim and its grants. What can no longer matter goes when there is none. */
  #makeRoom(grant: Grant, nowMs: number): boolean {
    const { maxClaims, maxGrants } = this.#limits;
    if (this.#claims >= maxClaims) {
      // A sequence matters until its window + 2 has passed.
      const passed = Math.floor(nowMs / WINDOW_MS) - 2;
      const oldest = Number(this.#sql.oldestWindow.get()?.window);
      // Not all at once: what is forgotten is refused even if the clock is set back.
      if (oldest < passed) this.#forgetClaims(Math.max(oldest + 1, Math.floor((oldest + passed) / 2)));
      if (this.#claims >= maxClaims) return false;
    }
    if (grant.action === 'close') return true;
    if (this.#grants + grant.ports.length > maxGrants) this.#forgetGrants(nowMs);
    return this.#grants + grant.ports.length <= maxGrants;
  }

  /** Forgets the claims of all windows before this one; nothing of these is accepted any more. */
  #forgetClaims(before: number): void {
    const newest = this.#sql.newestWindowBefore.get(before)?.window;
    if (typeof newest !== 'number') return;
    this.#claims -= this.#sql.forgetClaims.run(before).changes;
    this.#setForgotten(Math.max(this.#forgottenWindow, newest));
  }

  #setForgotten(window: number): void {
    this.#sql.setForgottenWindow.run(window);
    this.#forgottenWindow = window;
  }

  #forgetGrants(nowMs: number): void {
    this.#grants -= this.#sql.forgetGrants.run(nowMs).changes;
  }

  #shiftPending(): void {
    const stepMs = this.#pendingStepMs;
    if (stepMs === 0) return;
    this.#write(undefined, () => {
      this.#sql.shiftEnds.run(stepMs);
      this.#pendingStepMs = 0;
    });
  }

  #flushQueue(): void {
    if (this.#queue.isEmpty) return;
    this.#write(undefined, () => this.#queue.writeAll());
  }

  /** One transaction. Where the database refuses, nothing of it has happened, and `refusal` is the result. */
  #write<Result>(refusal: Result, body: () => Result): Result {
    const before = { claims: this.#claims, grants: this.#grants, forgotten: this.#forgottenWindow };
    try {
      const result = this.#database.transaction(body).immediate();
      this.#failure = undefined;
      this.#queue.commit();
      return result;
    } catch (error) {
      this.#claims = before.claims;
      this.#grants = before.grants;
      this.#forgottenWindow = before.forgotten;
      this.#queue.rollBack();
      if (!isDatabaseError(error)) throw error;
      this.#failure = `${error.message} (${error.code})`;
      return refusal;
    }
  }

  #readGrant(row: Parameters<typeof readGrant>[0]): LiveGrant[] {
    return this.#counted(readGrant(row));
  }

  #counted<Value>(value: Value | undefined): Value[] {
    if (value !== undefined) return [value];
    this.#damagedRows++;
    return [];
  }

  #count(table: 'claims' | 'grants'): number {
    return Number(this.#database.prepare(`SELECT count(*) AS count FROM ${table}`).get()?.count);
  }
}
