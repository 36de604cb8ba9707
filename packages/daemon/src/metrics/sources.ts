// What the metrics know besides what an observer is told: asked for at a scrape, never in between.

import type { Status } from '../control/control-actions.ts';

/** Where totals and states come from that are kept elsewhere. */
export interface MetricsSources {
  /** How the daemon stands; asked at most once a second. */
  status(): Status;
  /** Blocks decrypted since the start: one for each key that was tried on a sequence. */
  decrypts(): number;
}
