// The way of a knock: recognise → authorise → claim → act; what comes out is recorded. No I/O of its own; every
// stage may end the way with a value that says why. Read this first.

import { ActionError, type Actions } from './act/action.ts';
import type { DenialReason, Grant } from './authorise/authorise.ts';
import { type Access, decide } from './authorise/decide.ts';
import type { Claims, DoorRefusal } from './claim-desk.ts';
import type { Clock } from './clock.ts';
import type { KnockEvent } from './packet/knock-event.ts';
import type { Recogniser, Request, Trace, Unrecognised } from './recognise/recogniser.ts';
import type { ClaimRefusal } from './store/store.ts';

/** What became of a sequence. */
export type Outcome =
  | { readonly kind: 'granted'; readonly request: Request; readonly grant: Grant }
  | { readonly kind: 'denied'; readonly request: Request; readonly reason: DenialReason | ClaimRefusal | DoorRefusal }
  | { readonly kind: 'failed'; readonly request: Request; readonly grant: Grant; readonly error: ActionError }
  | { readonly kind: 'unrecognised'; readonly unrecognised: Unrecognised };

/** The stages, for one door. */
export interface Pipeline {
  readonly door: Recogniser;
  readonly access: Access;
  readonly claims: Claims;
  readonly actions: Actions;
  readonly clock: Clock;
}

/**
 * Takes one knock as far as it goes.
 * @param trace told each stage of its way
 * @returns what became of it; undefined while more knocks are awaited
 */
export function takeKnock(event: KnockEvent, pipeline: Pipeline, trace?: Trace): Outcome | undefined {
  const { door, access, claims, clock } = pipeline;
  const nowMs = clock.nowMs();
  trace?.('knock', { protocol: event.protocol, port: event.destinationPort, from: event.sourcePort });

  const recognition = door.recognise(event, nowMs, trace);
  if (recognition?.kind !== 'request') return recognition;

  const { request } = recognition;
  const grant = decide(request, access, nowMs);
  trace?.(
    'authorised',
    'reason' in grant ? { denied: grant.reason } : { action: grant.action, address: grant.address },
  );
  if ('reason' in grant) return { kind: 'denied', request, reason: grant.reason };

  const claimed = claims.claim(request, grant, nowMs);
  trace?.('claim', { claimed });
  if (claimed !== 'claimed') return { kind: 'denied', request, reason: claimed };

  return act(request, grant, pipeline, nowMs);
}

function act(request: Request, grant: Grant, { actions }: Pipeline, nowMs: number): Outcome {
  try {
    actions[grant.action].perform(grant, nowMs);
    return { kind: 'granted', request, grant };
  } catch (error) {
    if (error instanceof ActionError) return { kind: 'failed', request, grant, error };
    throw error;
  }
}
