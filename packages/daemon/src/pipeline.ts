// The way of a knock: recognise → authorise → claim → act; what comes out is recorded. No I/O of its own; every
// stage may end the way with a value that says why. Read this first.

import type { DoorKeeper } from './act/door-keeper.ts';
import { FirewallError } from './act/firewall.ts';
import { authorise, type DenialReason, type Grant } from './authorise/authorise.ts';
import type { Clock } from './clock.ts';
import type { ClientConfig } from './config/config.ts';
import type { KnockEvent } from './packet/knock-event.ts';
import type { Recogniser, Request, Trace, Unrecognised } from './recognise/recogniser.ts';
import type { ClaimRefusal, Store } from './store/store.ts';

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
  readonly store: Pick<Store, 'claim'>;
  readonly doors: Pick<DoorKeeper, 'hold'>;
  readonly clock: Clock;
}

/**
 * Takes one knock as far as it goes.
 * @param trace told each stage of its way
 * @returns what became of it; undefined while more knocks are awaited
 */
export function takeKnock(event: KnockEvent, pipeline: Pipeline, trace?: Trace): Outcome | undefined {
  const { door, clients, store, clock } = pipeline;
  const nowMs = clock.nowMs();
  trace?.('knock', { protocol: event.protocol, port: event.destinationPort, from: event.sourcePort });

  const recognition = door.recognise(event, nowMs, trace);
  if (recognition?.kind !== 'request') return recognition;

  const { request } = recognition;
  const grant = authorise(request, clients.get(request.client), nowMs);
  trace?.(
    'authorised',
    'reason' in grant ? { denied: grant.reason } : { action: grant.action, address: grant.address },
  );
  if ('reason' in grant) return { kind: 'denied', request, reason: grant.reason };

  const claimed = store.claim(request, grant, nowMs);
  trace?.('claim', { claimed });
  if (claimed !== 'claimed') return { kind: 'denied', request, reason: claimed };

  return act(request, grant, pipeline, nowMs);
}

function act(request: Request, grant: Grant, { doors }: Pipeline, nowMs: number): Outcome {
  try {
    doors.hold(
      grant.ports.map((port) => ({ ...port, address: grant.address })),
      nowMs,
    );
    return { kind: 'granted', request, grant };
  } catch (error) {
    if (error instanceof FirewallError) return { kind: 'failed', request, grant, error };
    throw error;
  }
}
