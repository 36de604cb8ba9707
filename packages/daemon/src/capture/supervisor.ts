// Keeps one source captured, a device or a log: starts the capture process, starts it again with back-off when it ends,
// ends it when it falls silent or floods, waits while the device is missing or down. Gives knocks and changes of state;
// holds no more than one process and one timer.

import type { Later } from '../clock.ts';
import type { CaptureStatus } from '../control/control-actions.ts';
import type { KnockEvent } from '../packet/knock-event.ts';
import { ChildIntake } from './child-intake.ts';
import { ANY, ANY_WITHOUT_ETHERNET } from './interface-state.ts';
import type { CaptureProcess } from './spawn.ts';
import type { ChildStatus, OpenFailure } from './status.ts';

/** How capturing on a device stands. */
export type CaptureState =
  /** `confined`: the process has no capability and no way out; otherwise `message` says what is amiss. */
  | { readonly state: 'capturing'; readonly linkType: string; readonly confined: boolean; readonly message?: string }
  /** The device does not exist or is down, or there is nothing to read; capturing starts by itself when that changes. */
  | { readonly state: 'waiting'; readonly message?: string }
  /** It did not start; tried again. */
  | { readonly state: 'failed'; readonly failure: OpenFailure; readonly message: string }
  /** It ended while it was capturing, or was ended; started again. */
  | { readonly state: 'ended'; readonly message: string };

/** What the supervisor tells. */
export interface CaptureListener {
  onKnock(event: KnockEvent): void;
  /** Only when it has changed. */
  onState(device: string, state: CaptureState): void;
  /**
   * What did not become a knock: packets by `DropReason` of status.ts (`kernel`: the ring was full), and what the process
   * sent: `broken-record`, `broken-status`, `flooded`. No others.
   */
  onDropped(reason: string, count: number): void;
  /** Load begins to be shed, or no longer is (`undefined`). */
  onShedding(device: string, load: ShedLoad | undefined): void;
}

/** Load that is shed, because more comes than can be taken. */
export interface ShedLoad {
  /** The part of all unknown sources that is heard: more than 0, at most 1. */
  readonly passing: number;
  /** Sources that sent so much that nothing of theirs is heard. */
  readonly blocked: number;
}

/** What the supervisor needs of the world. */
export interface CaptureEdge {
  /** @throws Error when no process can be started */
  spawn(device: string): CaptureProcess;
  /** See `captureIndex` of interface-state.ts. */
  linkIndex(device: string): number | undefined;
  /** Why it is missing, where that is not plain. */
  whyMissing?(): string | undefined;
  /** The sources that a process that begins to capture is told of: records, see known-sources.ts. */
  knownSources(): Buffer;
  readonly after: Later;
  /** Milliseconds; only differences count. Must not step with the clock. */
  nowMs(): number;
  /** Milliseconds since 1970. */
  timeMs(): number;
}

/** How often the link and the process are looked at. */
export const POLL_MS = 500;
/** Pause before the next start, twice as long after each that fails. A link's return may fall into the longest. */
export const BACKOFF_FIRST_MS = 100;
export const BACKOFF_MOST_MS = 1000;
/** A process that captured this long, ms, was not in a crash loop: its next start comes after the shortest pause again. */
export const STEADY_MS = 10_000;
/**
 * Looks without a sign of life after which a process is ended: 5 s. Looks are counted, not time, so that a daemon that
 * was itself stopped or busy does not take its own pause for the process's.
 */
export const SILENT_POLLS = 10;
/** The same before it captures: 20 s, for Node starts slowly on small machines. */
export const START_POLLS = 40;

/** A process that was started and has not ended. */
interface Running {
  readonly child: CaptureProcess;
  readonly intake: ChildIntake;
  /** Of the link when it was started. */
  readonly linkIndex: number;
  capturingSinceMs: number | undefined;
  failureTold: boolean;
  silentPolls: number;
}

/** Supervises the capture of one device. */
export class CaptureSupervisor {
  readonly #device: string;
  readonly #listener: CaptureListener;
  readonly #edge: CaptureEdge;
  #running: Running | undefined;
  #cancelTimer: (() => void) | undefined;
  #backoffMs = BACKOFF_FIRST_MS;
  #starts = 0;
  #state: CaptureState = { state: 'waiting' };
  #stateTold = false;
  #stateSinceMs: number;
  #stopped = false;
  #shed: ShedLoad | undefined;

  /** @param device name of an interface, `any`, or another source as `source = …` has it */
  constructor(device: string, listener: CaptureListener, edge: CaptureEdge) {
    this.#device = device;
    this.#listener = listener;
    this.#edge = edge;
    this.#stateSinceMs = edge.nowMs();
  }

  /** Starts capturing, now or as soon as the device is there. */
  start(): void {
    if (this.#stopped || this.#running) return;
    const linkIndex = this.#linkIndex();
    if (linkIndex === undefined) {
      const message = this.#edge.whyMissing?.();
      this.#change({ state: 'waiting', ...(message !== undefined && { message }) });
      this.#after(POLL_MS, () => this.start());
      return;
    }
    this.#starts++;
    let child: CaptureProcess;
    try {
      child = this.#edge.spawn(this.#device);
    } catch (error) {
      this.#change({ state: 'failed', failure: 'other', message: String(error) });
      this.#retry();
      return;
    }
    const running: Running = {
      child,
      linkIndex,
      capturingSinceMs: undefined,
      failureTold: false,
      silentPolls: 0,
      intake: new ChildIntake(
        child,
        {
          onKnock: (event) => this.#listener.onKnock(event),
          onStatus: (status) => this.#take(status, running),
          onDropped: (reason, count) => this.#listener.onDropped(reason, count),
          onExcess: (how) => this.#cutOff(running, how),
        },
        () => this.#edge.nowMs(),
      ),
    };
    this.#running = running;
    child.onExit((how) => {
      if (this.#running === running) this.#ended(running, how);
    });
    this.#after(POLL_MS, () => this.#look(running));
  }

  /** Ends capturing for good. */
  stop(): void {
    this.#stopped = true;
    this.#cancelTimer?.();
    this.#running?.intake.stop();
    this.#running?.child.kill();
    this.#running = undefined;
  }

  /** Tells the process of a known source, if it runs: a record, see known-sources.ts. */
  tellKnown(record: Buffer): void {
    if (this.#running?.capturingSinceMs !== undefined) this.#running.child.tellKnown(record);
  }

  /** How it stands now. */
  status(): CaptureStatus {
    const { state } = this.#state;
    return {
      interface: this.#device,
      state,
      sinceMs: this.#edge.timeMs() - (this.#edge.nowMs() - this.#stateSinceMs),
      restarts: Math.max(0, this.#starts - 1),
      ...('linkType' in this.#state ? { linkType: this.#state.linkType } : {}),
      ...('message' in this.#state ? { message: this.#state.message } : {}),
      ...(this.#shed && { shed: this.#shed }),
    };
  }

  /** Every {@link POLL_MS}: is it still the link that is captured, and is the process alive? */
  #look(running: Running): void {
    // A link that was renamed or replaced goes on being captured under its number: nobody else would notice.
    if (this.#isReplaced(running)) {
      this.#cutOff(running, 'its link is gone');
      return;
    }
    running.silentPolls++;
    const capturing = running.capturingSinceMs !== undefined;
    const most = capturing ? SILENT_POLLS : START_POLLS;
    if (running.silentPolls > most) {
      this.#cutOff(running, `${capturing ? 'no sign of life' : 'it did not start'} for ${(most * POLL_MS) / 1000} s`);
      return;
    }
    this.#after(POLL_MS, () => this.#look(running));
  }

  #cutOff(running: Running, why: string): void {
    if (this.#running !== running) return;
    running.intake.stop();
    running.child.kill();
    this.#ended(running, why);
  }

  #ended(running: Running, how: string): void {
    this.#running = undefined;
    this.#setShed(undefined);
    this.#cancelTimer?.();
    const since = running.capturingSinceMs;
    if (this.#isReplaced(running)) {
      // Not the fault of the process. Where the link is missing, start() says so and waits.
      const message = this.#device === ANY ? 'an Ethernet interface is up now' : 'another interface has the name now';
      if (this.#linkIndex() !== undefined) this.#change({ state: 'ended', message });
      this.#backoffMs = BACKOFF_FIRST_MS;
      this.start();
      return;
    }
    if (since !== undefined) {
      this.#change({ state: 'ended', message: how });
      if (this.#edge.nowMs() - since >= STEADY_MS) this.#backoffMs = BACKOFF_FIRST_MS;
    } else if (!running.failureTold) {
      this.#change({ state: 'failed', failure: 'other', message: how });
    }
    this.#retry();
  }

  #take(status: ChildStatus, running: Running): void {
    const capturing = running.capturingSinceMs !== undefined;
    // Each is said once and at its time, so that a process gone wrong cannot fill the log.
    if (running.failureTold || capturing !== (status.state === 'alive')) {
      running.intake.refuse();
      return;
    }
    running.silentPolls = 0;
    switch (status.state) {
      case 'capturing':
        running.capturingSinceMs = this.#edge.nowMs();
        running.child.tellKnown(this.#edge.knownSources());
        this.#change(status);
        break;
      case 'failed':
        running.failureTold = true;
        if (status.failure === 'no-device') this.#change({ state: 'waiting' });
        else this.#change({ state: 'failed', failure: status.failure, message: status.message });
        break;
      case 'alive':
        for (const [reason, count] of Object.entries(status.dropped)) this.#listener.onDropped(reason, count);
        this.#setShed(
          status.passing === undefined ? undefined : { passing: status.passing, blocked: status.blocked ?? 0 },
        );
    }
  }

  /** Beginning and end are told, not every step between them. */
  #setShed(load: ShedLoad | undefined): void {
    const isTold = (this.#shed === undefined) === (load === undefined);
    this.#shed = load;
    if (!isTold) this.#listener.onShedding(this.#device, load);
  }

  #linkIndex(): number | undefined {
    return this.#edge.linkIndex(this.#device);
  }

  /** What hears all links as well as it can goes on, whatever comes and goes. */
  #isReplaced({ linkIndex }: Running): boolean {
    if (this.#device === ANY && linkIndex !== ANY_WITHOUT_ETHERNET) return false;
    return this.#linkIndex() !== linkIndex;
  }

  #retry(): void {
    if (this.#stopped) return;
    this.#after(this.#backoffMs, () => this.start());
    this.#backoffMs = Math.min(this.#backoffMs * 2, BACKOFF_MOST_MS);
  }

  #after(delayMs: number, callback: () => void): void {
    this.#cancelTimer = this.#edge.after(delayMs, callback);
  }

  #change(state: CaptureState): void {
    if (this.#stateTold && JSON.stringify(state) === JSON.stringify(this.#state)) return;
    this.#stateTold = true;
    this.#state = state;
    this.#stateSinceMs = this.#edge.nowMs();
    this.#listener.onState(this.#device, state);
  }
}
