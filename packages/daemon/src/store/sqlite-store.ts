// The store in SQLite. Each change is one transaction; a database that refuses makes a claim refused, never an exception,
// and what was open stays as it is: what is open is asked of the memory, which follows the file after each commit.

import { formatTransportPort } from '@eightknock/codec';
import { ACTION_TERMS } from '../act/action-terms.ts';
import type { Grant } from '../authorise/authorise.ts';
import { doorOfClient } from '../authorise/door-client.ts';
import { formatListenAddress } from '../config/listen-address.ts';
import { AuditTable } from './audit-table.ts';
import { ClaimMemory, newestWindowAt } from './claim-memory.ts';
import { type Database, isDamage, isDatabaseError } from './database.ts';
import { GrantTable } from './grant-table.ts';
import type { LiveGrants } from './live-grants.ts';
import { wholeTime } from './rows.ts';
import { StopTable } from './stop-table.ts';
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
  PendingStop,
  Repeatable,
  Store,
} from './store.ts';

/** Limits of the memory. */
export interface StoreLimits {
  /** Accepted sequences remembered at once. */
  readonly maxClaims: number;
  /** Grants alive at once. */
  readonly maxGrants: number;
  /** Lines of the audit trail of what was done; as many again are kept of what was refused. */
  readonly maxAudit: number;
  /** Grants of them that forward. */
  readonly maxForwards: number;
  /** Programs that are still to be run. */
  readonly maxStops: number;
}

/** What is used when nothing else is said. */
export const DEFAULT_LIMITS: StoreLimits = {
  maxClaims: 100_000,
  maxGrants: 100_000,
  maxAudit: 50_000,
  maxForwards: 1000,
  maxStops: 10_000,
};

/** Grants that have ended and were not asked for yet; of more than this nobody is told. */
const MAX_ENDED = 10_000;

/** What must be written before anything else can be: the memory is ahead of the file. */
type Owed = 'nothing' | 'grants' | 'grants and claims';

/** See {@link Store}. */
export class SqliteStore implements Store {
  readonly #database: Database;
  readonly #limits: StoreLimits;
  readonly #claims: ClaimMemory;
  readonly #table: GrantTable;
  readonly #grants: LiveGrants;
  readonly #trail: AuditTable;
  readonly #stops: StopTable;
  readonly #release: () => void;
  readonly #damagedRows: number;
  readonly #behindMs: number;
  #ended: readonly LiveGrant[] = [];
  #owed: Owed = 'nothing';
  #failure: string | undefined;
  /** It will not be written any more, whatever happens. */
  #isLost = false;

  /**
   * @param database at the newest version; it belongs to the store from now on
   * @param nowMs milliseconds since 1970
   * @param release called when it is closed
   * @throws an error for which `isDatabaseError` holds, or DamagedMemory
   */
  constructor(database: Database, limits: Partial<StoreLimits>, nowMs: number, release: () => void = () => {}) {
    this.#database = database;
    this.#release = release;
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
    this.#claims = new ClaimMemory(database);
    this.#table = new GrantTable(database);
    this.#trail = new AuditTable(database, this.#limits.maxAudit);
    this.#stops = new StopTable(database);
    const claims = this.#claims.check();
    const { grants, damaged } = this.#table.read();
    this.#grants = grants;
    this.#damagedRows = claims.damaged + damaged + this.#stops.damaged;
    this.#behindMs = Math.max(grants.givenUntil(wholeTime(nowMs)), this.#stops.begunUntil(wholeTime(nowMs)));
    if (damaged + this.#stops.damaged > 0 || this.#behindMs > 0) this.#owed = 'grants';
    if (claims.damaged > 0) {
      // Which claim it was is not known: nothing that can have been accepted until now is accepted again.
      this.#claims.refuseUntil(Math.max(newestWindowAt(nowMs), claims.newestWindow));
      this.#owed = 'grants and claims';
    }
    if (this.#owed !== 'nothing') this.#probe();
  }

  /** Rows that were not as they were written; they are left out. */
  get damagedRows(): number {
    return this.#damagedRows + this.#trail.damaged;
  }

  /** By how much the clock was behind at least, as the store knew it when it was opened: milliseconds, 0 where nothing shows it. */
  get behindMs(): number {
    return this.#behindMs;
  }

  get droppedEntries(): number {
    return this.#trail.dropped;
  }

  /** Never writes from now on, and says why. */
  giveUpWriting(why: string): void {
    this.#isLost = true;
    this.#failure = why;
  }

  claim(claim: Claim | Repeatable, grant: Grant, nowMs: number): 'claimed' | ClaimRefusal {
    const once = 'window' in claim ? claim : undefined;
    if (once) {
      if (once.window <= this.#claims.forgottenWindow) return 'window-not-remembered';
      const refusal = this.#read<ClaimRefusal | undefined>('store-unwritable', () =>
        this.#claims.has(once) ? 'replay' : undefined,
      );
      if (refusal !== undefined) return refusal;
    }
    try {
      return this.#write<'claimed' | ClaimRefusal>('store-unwritable', (afterwards) => {
        if (once && !this.#claims.makeRoom(this.#limits.maxClaims, nowMs)) throw new NoRoom();
        if (!this.#makeRoomForGrant(grant, nowMs, afterwards)) throw new NoRoom();
        if (once) this.#claims.add(once);
        this.#rememberStop(grant, nowMs, afterwards);
        for (const port of grant.ports)
          this.#change({ ...port, address: grant.address }, claim, grant, nowMs, afterwards);
        this.#trail.write(entryOf(claim, grant, nowMs));
        return 'claimed';
      });
    } catch (error) {
      if (error instanceof NoRoom) return 'store-full';
      throw error;
    }
  }

  dueStops(nowMs: number): readonly PendingStop[] {
    return this.#stops.due(nowMs);
  }

  forgetStop(id: number): void {
    this.#stops.forget(id);
    const isWritten = this.#write(false, () => {
      this.#stops.remove(id);
      return true;
    });
    if (!isWritten && this.#owed === 'nothing') this.#owed = 'grants';
  }

  takeBackStop({ client, door = '', address }: Grant, nowMs: number): void {
    const id = this.#stops.newestOf({ client, door, address, sinceMs: wholeTime(nowMs) });
    if (id !== undefined) this.forgetStop(id);
  }

  takeEnded(): readonly LiveGrant[] {
    const ended = this.#ended;
    this.#ended = [];
    return ended;
  }

  doorState(door: Door, nowMs: number): DoorState {
    return this.#grants.stateOf(door, nowMs);
  }

  openDoors(nowMs: number): readonly OpenDoor[] {
    return this.#grants.openDoors(nowMs);
  }

  countGrants(nowMs: number): number {
    return this.#grants.count(nowMs);
  }

  grants(filter: GrantFilter, limit: number, nowMs: number): readonly LiveGrant[] {
    return this.#grants.select(filter, limit, nowMs);
  }

  revoke(filter: GrantFilter, reason: string, nowMs: number): readonly LiveGrant[] | 'store-unwritable' {
    const ended = this.#grants.select(filter, Number.POSITIVE_INFINITY, nowMs);
    if (ended.length === 0) return ended;
    return this.#write<readonly LiveGrant[] | 'store-unwritable'>('store-unwritable', (afterwards) => {
      for (const grant of ended) {
        const { address, client, sourceAddress: source } = grant;
        this.#table.remove(grant, client);
        const ports = formatTransportPort(grant);
        this.#trail.write({ timeMs: nowMs, event: 'revoked', client, source, address, ports, reason });
      }
      afterwards(() => {
        for (const grant of ended) this.#grants.remove(grant, grant.client);
      });
      return ended;
    });
  }

  shiftEnds(stepMs: number): void {
    this.#grants.shift(Math.round(stepMs));
    this.#stops.shift(Math.round(stepMs));
    if (this.#owed === 'nothing') this.#owed = 'grants';
    this.#probe();
  }

  record(entry: AuditEntry): void {
    this.#trail.add(entry);
  }

  audit(query: AuditQuery): readonly AuditEntry[] {
    this.#writeTrail();
    return this.#read<readonly AuditEntry[]>([], () => this.#trail.read(query));
  }

  flush(nowMs: number): void {
    if (this.#failure !== undefined || this.#owed !== 'nothing') this.#probe();
    this.#writeTrail();
    if (this.#read(false, () => this.#claims.hasOld(nowMs))) {
      this.#write(undefined, () => this.#claims.forgetOld(nowMs));
    }
    if (this.#grants.mayHaveEnded(nowMs)) {
      this.#write(undefined, (afterwards) => this.#forgetEnded(nowMs, afterwards));
    }
  }

  condition(): { readonly writable: true } | { readonly writable: false; readonly message: string } {
    return this.#failure === undefined ? { writable: true } : { writable: false, message: this.#failure };
  }

  close(): void {
    if (!this.#database.open) return;
    this.#writeTrail();
    this.giveUpWriting('it is closed');
    this.#database.close();
    this.#release();
  }

  #change(door: Door, { sourceAddress }: Repeatable, grant: Grant, nowMs: number, afterwards: Afterwards): void {
    const { client, endMs } = grant;
    if (grant.action === 'close') {
      for (const other of this.#closedBy(door, grant)) {
        this.#table.remove(door, other);
        afterwards(() => this.#grants.remove(door, other));
      }
      return;
    }
    const end = endMs === undefined ? {} : { endMs: wholeTime(endMs) };
    const target = grant.target && { target: grant.target };
    const given: LiveGrant = { ...door, client, sourceAddress, sinceMs: wholeTime(nowMs), ...end, ...target };
    this.#table.put(given);
    afterwards(() => this.#grants.put(given));
  }

  /** Whose grants a close ends: those of the same client; if a door closes, those that doors have given too. */
  #closedBy(door: Door, { client, door: closer }: Grant): string[] {
    if (closer === undefined) return [client];
    return this.#grants.clientsOf(door).filter((other) => other === client || doorOfClient(other) !== undefined);
  }

  #rememberStop({ client, door = '', address, run }: Grant, nowMs: number, afterwards: Afterwards): void {
    if (!run?.stop) return;
    if (this.#stops.size >= this.#limits.maxStops) throw new NoRoom();
    const { user, timeoutSeconds, stop } = run;
    const sinceMs = wholeTime(nowMs);
    const dueMs = wholeTime(nowMs + stop.afterSeconds * 1000);
    const added = this.#stops.add({ dueMs, door, client, address, sinceMs, argv: stop.argv, user, timeoutSeconds });
    afterwards(() => this.#stops.put(added));
  }

  /** A close always has room, and so has what takes the place of a grant. Ended grants go when there is none. */
  #makeRoomForGrant({ action, address, ports, client }: Grant, nowMs: number, afterwards: Afterwards): boolean {
    if (!ACTION_TERMS[action].isHeld) return true;
    const { maxGrants, maxForwards } = this.#limits;
    const doors = ports.map((port) => ({ ...port, address }));
    const isRenewal = doors.every((door) => this.#grants.hasLive(door, client, nowMs));
    if (action === 'forward' && !isRenewal && this.#grants.countForwards(nowMs) >= maxForwards) return false;
    if (this.#grants.size + doors.filter((door) => !this.#grants.has(door, client)).length <= maxGrants) return true;
    this.#forgetEnded(nowMs, afterwards);
    const added = doors.filter((door) => !this.#grants.hasLive(door, client, nowMs)).length;
    return this.#grants.count(nowMs) + added <= maxGrants;
  }

  #forgetEnded(nowMs: number, afterwards: Afterwards): void {
    this.#table.removeEnded(nowMs);
    afterwards(() => {
      this.#ended = [...this.#ended, ...this.#grants.removeEnded(nowMs)].slice(-MAX_ENDED);
    });
  }

  #writeTrail(): void {
    if (!this.#trail.isEmpty) this.#write(undefined, () => this.#trail.writeAll());
  }

  /** Writes what is owed, and by that tries whether anything can be written. */
  #probe(): void {
    this.#write(undefined, () => this.#claims.writeForgotten());
  }

  #payOwed(): void {
    if (this.#owed === 'nothing') return;
    if (this.#owed === 'grants and claims') this.#claims.clear();
    this.#table.rewrite(this.#grants);
    this.#stops.rewrite();
  }

  /**
   * One transaction. Where the database refuses, nothing of it has happened, and `refusal` is the result.
   * @param body gets a function for what is to follow in the memory when the file has it
   * @throws what is not SQLite's: NoRoom of `body`, or a defect; nothing has happened then either
   */
  #write<Result>(refusal: Result, body: (afterwards: Afterwards) => Result): Result {
    if (this.#isLost) return refusal;
    const putBack = [this.#claims.snapshot(), this.#trail.snapshot()];
    const effects: (() => void)[] = [];
    try {
      const transaction = this.#database.transaction(() => {
        this.#payOwed();
        return body((effect) => effects.push(effect));
      });
      const result = transaction.immediate();
      this.#failure = undefined;
      this.#owed = 'nothing';
      this.#trail.commit();
      for (const effect of effects) effect();
      return result;
    } catch (error) {
      for (const restore of putBack) restore();
      this.#fail(error);
      return refusal;
    }
  }

  #read<Result>(refusal: Result, body: () => Result): Result {
    if (!this.#database.open) return refusal;
    try {
      return body();
    } catch (error) {
      this.#fail(error);
      return refusal;
    }
  }

  /** @throws what is not SQLite's: a defect */
  #fail(error: unknown): void {
    if (!isDatabaseError(error)) throw error;
    const words = `${error.message} (${error.code})`;
    if (isDamage(error)) this.giveUpWriting(`${words}: the file is damaged; a restart sets it aside`);
    else if (!this.#isLost) this.#failure = words;
  }
}

/** Something that follows in the memory when the file has it. */
type Afterwards = (effect: () => void) => void;

/** Nothing was changed, because nothing more can be remembered. */
class NoRoom extends Error {}

function entryOf({ sourceAddress: source }: Repeatable, grant: Grant, timeMs: number): AuditEntry {
  const { client, door, address, action, endMs } = grant;
  const to = grant.target ? ` to ${formatListenAddress(grant.target)}` : '';
  const ports = grant.ports.map((port) => formatTransportPort(port) + to).join(',');
  const isByClient = door !== undefined && doorOfClient(client) === undefined;
  return {
    timeMs,
    event: ACTION_TERMS[action].event,
    client,
    source,
    address,
    ...(ports !== '' && { ports }),
    ...(endMs !== undefined && { endMs }),
    ...(isByClient && { reason: `door "${door}"` }),
  };
}
