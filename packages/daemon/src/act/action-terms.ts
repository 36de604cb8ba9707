// What is said of each action, by the word in a grant: a new action has its terms here, or nothing is built. Pure.

import type { Grant } from '../authorise/authorise.ts';
import type { HooksConfig } from '../config/door-config.ts';

/** How one is told. */
export interface ActionTerms {
  /** In the log and the audit trail. */
  readonly event: 'opened' | 'closed' | 'forwarded' | 'ran';
  /** The hook that is told; absent: none, as a program speaks for itself. */
  readonly hook?: keyof Pick<HooksConfig, 'onOpen' | 'onClose'>;
  /** Is what it does a live grant from then on, until it ends? */
  readonly isHeld: boolean;
}

/** Of all actions. */
export const ACTION_TERMS: Readonly<Record<Grant['action'], ActionTerms>> = {
  open: { event: 'opened', hook: 'onOpen', isHeld: true },
  close: { event: 'closed', hook: 'onClose', isHeld: false },
  forward: { event: 'forwarded', hook: 'onOpen', isHeld: true },
  run: { event: 'ran', isHeld: false },
};
