// Programs that are told of what happens: one after the other, from bounded queues, one of what is opened and closed and one
// of denials. They decide nothing; what they do, and whether they fail, changes nothing but the log.

import { formatTransportPort } from '@eightknock/codec';
import type { Grant } from '../authorise/authorise.ts';
import { doorOfClient } from '../authorise/door-client.ts';
import type { Clock } from '../clock.ts';
import type { HooksConfig } from '../config/door-config.ts';
import type { Observer } from '../observer.ts';
import type { Outcome } from '../pipeline.ts';
import { asClient } from '../request-fields.ts';
import type { LiveGrant } from '../store/store.ts';
import { ACTION_TERMS } from './action-terms.ts';
import { HookQueue, type HookQueueEdge } from './hook-queue.ts';
import type { Job } from './jobs.ts';

/** What they need. */
export interface HooksEdge extends HookQueueEdge {
  readonly clock: Clock;
}

type Hook = keyof Omit<HooksConfig, 'user' | 'timeoutSeconds'>;

/** As they stand in the configuration. */
const KEYS: Readonly<Record<Hook, string>> = { onOpen: 'on_open', onClose: 'on_close', onDenied: 'on_denied' };

/** Whom an event is about. */
type About = Pick<Job, 'address' | 'client' | 'door'>;

/** See the head of this file. */
export class Hooks implements Observer {
  readonly #edge: HooksEdge;
  /** What was opened and closed, in this order. */
  readonly #changes: HookQueue;
  /** Whoever has recorded one knock can cause any number of them: nothing else waits behind them. */
  readonly #denials: HookQueue;
  #config: HooksConfig | undefined;

  constructor(edge: HooksEdge, config: HooksConfig | undefined) {
    this.#edge = edge;
    this.#changes = new HookQueue(edge);
    this.#denials = new HookQueue(edge);
    this.#config = config;
  }

  /** From now on others. What waits is run as it was. */
  reconfigure(config: HooksConfig | undefined): void {
    this.#config = config;
  }

  onOutcome(outcome: Outcome): void {
    if (outcome.kind === 'granted') {
      const { hook } = ACTION_TERMS[outcome.grant.action];
      if (hook) this.#tell(hook, aboutGrant(outcome.grant));
    } else if (outcome.kind === 'denied') {
      const { client, claimedAddress, sourceAddress, port } = asClient(outcome.request);
      const address = claimedAddress === 'source' ? sourceAddress : claimedAddress;
      this.#tell('onDenied', aboutName(client, address, port === undefined ? '' : String(port)));
    }
  }

  /** Grants have ended before their time, or by it. */
  onEnded(grants: readonly LiveGrant[]): void {
    for (const grant of grants) {
      this.#tell('onClose', aboutName(grant.client, grant.address, formatTransportPort(grant)));
    }
  }

  #tell(hook: Hook, about: About): void {
    const config = this.#config;
    const argv = config?.[hook];
    if (!argv || !config) return;
    const { user, timeoutSeconds } = config;
    const timeMs = this.#edge.clock.nowMs();
    const queue = hook === 'onDenied' ? this.#denials : this.#changes;
    queue.add({ what: `hook ${KEYS[hook]}`, argv, user, timeoutSeconds, timeMs, ...about });
  }
}

function aboutGrant({ client, door, address, ports }: Grant): About {
  return aboutName(client, address, door ?? ports.map(formatTransportPort).join(' '));
}

/** @param what the door, unless it is the one that the name says */
function aboutName(name: string, address: string, what: string): About {
  const door = doorOfClient(name);
  return door === undefined ? { address, client: name, door: what } : { address, door };
}
