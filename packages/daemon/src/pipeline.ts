// The way of a knock: recognise → authorise → claim → act; what comes out is recorded. No I/O of its own; every
// stage may end the way with a value that says why. Read this first.

import { type DoorChange, type Firewall, FirewallError } from './act/firewall.ts';
import { authorise, type DenialReason, type Grant } from './authorise/authorise.ts';
import type { Clock } from './clock.ts';
import type { ClientConfig } from './config/config.ts';
import type { KnockEvent } from './packet/knock-event.ts';
import type { Recogniser, Request, Unrecognised } from './recognise/recogniser.ts';
import type { ClaimRefusal, Door, Store } from './store/store.ts';

/** What became of a sequence. */
export type Outcome =
  | { readonly kind: 'granted'; readonly request: Request; readonly grant: Grant }
  | { readonly kind: 'denied'; readonly request: Request; readonly reason: DenialReason | ClaimRefusal }
  | { readonly kind: 'failed'; readonly request: Request; readonly grant: Grant; readonly error: FirewallError }
  | { readonly kind: 'unrecognised'; readonly unrecognised: Unrecognised };

/** The stages. */
export interface Pipeline {
  readonly door: Recogniser;
  readonly clients: ReadonlyMap<string, ClientConfig>;
  readonly store: Pick<Store, 'claim' | 'doorState'>;
  readonly firewall: Firewall;
  readonly clock: Clock;
}

/** Takes one knock as far as it goes. @returns what became of it; undefined while more knocks are awaited */
export function takeKnock(event: KnockEvent, pipeline: Pipeline): Outcome | undefined {
  const { door, clients, store, clock } = pipeline;
  const nowMs = clock.nowMs();

  const recognition = door.recognise(event, nowMs);
  if (recognition?.kind !== 'request') return recognition;

  const { request } = recognition;
  const grant = authorise(request, clients.get(request.client), nowMs);
  if ('reason' in grant) return { kind: 'denied', request, reason: grant.reason };

  const claimed = store.claim(request, grant, nowMs);
  if (claimed !== 'claimed') return { kind: 'denied', request, reason: claimed };

  return act(request, grant, pipeline, nowMs);
}

/** Makes the kernel hold what the store says of the doors of this grant. */
function act(request: Request, grant: Grant, { store, firewall }: Pipeline, nowMs: number): Outcome {
  const changes = grant.ports.map((port) => changeOf({ ...port, address: grant.address }, store, nowMs));
  try {
    firewall.apply(changes);
    return { kind: 'granted', request, grant };
  } catch (error) {
    if (error instanceof FirewallError) return { kind: 'failed', request, grant, error };
    throw error;
  }
}

function changeOf(door: Door, store: Pipeline['store'], nowMs: number): DoorChange {
  const state = store.doorState(door, nowMs);
  if (!state.open) return { door, open: false };
  const { client, endMs } = state;
  return endMs === undefined ? { door, open: true, client } : { door, open: true, client, remainingMs: endMs - nowMs };
}
