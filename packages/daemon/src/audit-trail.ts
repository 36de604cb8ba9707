// What becomes of knocks, for the audit trail: who, from where, what, why not. What was granted is in it already, in one
// transaction with the claim. What strangers cause is limited, so that they cannot wash the trail away.

import { formatTransportPort } from '@eightknock/codec';
import type { Clock } from './clock.ts';
import { LineBudget } from './line-budget.ts';
import type { Observer } from './observer.ts';
import type { Outcome } from './pipeline.ts';
import { asClient } from './request-fields.ts';
import type { AuditEntry, Store } from './store/store.ts';

/** Entries that strangers cause, for each reason and second. */
export const HOSTILE_ENTRIES_PER_SECOND = 2;

/** Writes the audit trail. */
export class AuditTrail implements Observer {
  readonly #store: Pick<Store, 'record'>;
  readonly #clock: Clock;
  readonly #limited = new LineBudget(HOSTILE_ENTRIES_PER_SECOND);

  constructor(store: Pick<Store, 'record'>, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  onOutcome(outcome: Outcome): void {
    const timeMs = this.#clock.nowMs();
    const entry = auditEntry(outcome, timeMs);
    if (!entry) return;
    const isHostile = entry.event !== 'failed';
    if (isHostile && this.#limited.take(entry.reason ?? '', timeMs) === undefined) return;
    this.#store.record(entry);
  }
}

/** @returns undefined for what is in the trail already, and for knocks that look like nobody's */
export function auditEntry(outcome: Outcome, timeMs: number): AuditEntry | undefined {
  switch (outcome.kind) {
    case 'granted':
      return undefined;
    case 'denied': {
      const { client, sourceAddress: source, claimedAddress: address, port } = asClient(outcome.request);
      const ports = port === undefined ? {} : { ports: String(port) };
      return { timeMs, event: 'denied', client, source, address, ...ports, reason: outcome.reason };
    }
    case 'failed': {
      const { request, grant, error } = outcome;
      const ports = grant.ports.map(formatTransportPort).join(',');
      const { client, address } = grant;
      const source = request.sourceAddress;
      return { timeMs, event: 'failed', client, source, address, ...(ports && { ports }), reason: error.message };
    }
    case 'unrecognised': {
      const { sourceAddress: source, rejection } = outcome.unrecognised;
      if (!('client' in rejection)) return undefined;
      const { client, port, reason } = rejection;
      const claimed = 'claimedAddress' in rejection ? { address: rejection.claimedAddress } : {};
      return { timeMs, event: 'rejected', client, source, ...claimed, ports: String(port), reason };
    }
  }
}
