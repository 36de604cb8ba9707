// What is told of everything that happens: the log, the metrics, the audit trail. Observers decide nothing and never throw.

import type { CaptureState, ShedLoad } from './capture/supervisor.ts';
import type { KnockEvent } from './packet/knock-event.ts';
import type { Outcome } from './pipeline.ts';
import type { LiveGrant } from './store/store.ts';

/** An observer; what it does not care for it leaves out. */
export interface Observer {
  /** A knock was seen. */
  onKnock?(event: KnockEvent): void;
  /**
   * A sequence has come to its end.
   * @param tookMs from the time the last knock was captured until now; absent: nobody waited for it
   */
  onOutcome?(outcome: Outcome, tookMs?: number): void;
  /** A source has come so far in the sequence of a `[[door]]`: from 1 to all of its knocks. */
  onStage?(door: string, sourceAddress: string, stage: number): void;
  /** The program that ends what a door began is run, its time has come. */
  onStop?(door: string, address: string): void;
  /** A program of a door, or the one that ends what it began, has failed. @param how such as `exit code 1` */
  onFailed?(door: string, how: string): void;
  /** Grants have ended, by their time or before it. */
  onEnded?(grants: readonly LiveGrant[]): void;
  /** Capturing on a device has changed. */
  onCaptureState?(device: string, state: CaptureState): void;
  /** Load on a device begins to be shed, or no longer is (`undefined`). */
  onShedding?(device: string, load: ShedLoad | undefined): void;
  /** Packets, records or audit lines that were dropped; the reasons are a closed set. */
  onDropped?(reason: string, count: number): void;
  /** Somebody else had changed our table in the kernel; it was put back, or could not be. */
  onRestored?(error?: Error): void;
}
