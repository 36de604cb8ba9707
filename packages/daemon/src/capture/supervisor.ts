// Keeps one device captured: starts the capture process, starts it again with back-off when it ends, waits while the
// device is missing or down. Gives knocks and changes of state; holds no more than one process and one timer.

import type { Later } from '../clock.ts';
import type { KnockEvent } from '../packet/knock-event.ts';
import { RecordReader } from './record-reader.ts';
import type { CaptureProcess } from './spawn.ts';
import { type OpenFailure, parseStatus } from './status.ts';

/** How capturing on a device stands. */
export type CaptureState =
  | { readonly state: 'capturing'; readonly linkType: string }
  /** The device does not exist or is down; capturing starts by itself when that changes. */
  | { readonly state: 'waiting' }
  /** It did not start; tried again. */
  | { readonly state: 'failed'; readonly failure: OpenFailure; readonly message: string }
  /** It ended while it was capturing; started again. */
  | { readonly state: 'ended'; readonly message: string };

/** What the supervisor tells. */
export interface CaptureListener {
  onKnock(event: KnockEvent): void;
  /** Only when it has changed. */
  onState(device: string, state: CaptureState): void;
  /** Packets or records that were no knocks. */
  onDropped(reason: string, count: number): void;
}

/** What the supervisor needs of the world. */
export interface CaptureEdge {
  spawn(device: string): CaptureProcess;
  /** Does the interface exist, and is it up? */
  isUp(device: string): boolean;
  readonly after: Later;
  /** Milliseconds; only differences count. */
  nowMs(): number;
}

const POLL_MS = 500;
const BACKOFF_FIRST_MS = 100;
const BACKOFF_MOST_MS = 2000;
/** Who captured this long was not in a crash loop: its next start is at once again. */
const STEADY_MS = 10_000;
/** A status line is at most some 1,300 bytes; a longer one is nobody's. */
const MAX_STATUS_BYTES = 8192;

/** Supervises the capture of one device. */
export class CaptureSupervisor {
  readonly #device: string;
  readonly #listener: CaptureListener;
  readonly #edge: CaptureEdge;
  #process: CaptureProcess | undefined;
  #cancelTimer: (() => void) | undefined;
  #backoffMs = BACKOFF_FIRST_MS;
  #capturingSinceMs: number | undefined;
  #failureTold = false;
  #last: CaptureState | undefined;
  #stopped = false;
  #sinceMs = 0;
  #starts = 0;

  /** @param device name of an interface, or `any` */
  constructor(device: string, listener: CaptureListener, edge: CaptureEdge) {
    this.#device = device;
    this.#listener = listener;
    this.#edge = edge;
  }

  /** Starts capturing, now or as soon as the device is there. */
  start(): void {
    if (this.#stopped) return;
    if (this.#device !== 'any' && !this.#edge.isUp(this.#device)) {
      this.#change({ state: 'waiting' });
      this.#retry(POLL_MS);
      return;
    }
    const child = this.#edge.spawn(this.#device);
    this.#starts++;
    this.#process = child;
    const reader = new RecordReader();
    let broken = 0;
    child.records.on('data', (chunk: Buffer) => {
      if (this.#process !== child) return;
      reader.read(chunk, (event) => this.#listener.onKnock(event));
      if (reader.broken > broken) {
        this.#listener.onDropped('broken-record', reader.broken - broken);
        broken = reader.broken;
      }
    });
    // A broken pipe ends the process too; its exit tells.
    child.records.on('error', () => {});
    this.#readStatus(child);
    child.onExit((how) => {
      if (this.#process !== child) return;
      this.#process = undefined;
      this.#ended(how);
    });
  }

  #ended(how: string): void {
    const since = this.#capturingSinceMs;
    if (since !== undefined) {
      this.#change({ state: 'ended', message: how });
      if (this.#edge.nowMs() - since >= STEADY_MS) this.#backoffMs = BACKOFF_FIRST_MS;
    } else if (!this.#failureTold) {
      this.#change({ state: 'failed', failure: 'other', message: how });
    }
    this.#capturingSinceMs = undefined;
    this.#failureTold = false;
    this.#retry(this.#backoffMs);
    this.#backoffMs = Math.min(this.#backoffMs * 2, BACKOFF_MOST_MS);
  }

  /** Ends capturing for good. */
  stop(): void {
    this.#stopped = true;
    this.#cancelTimer?.();
    this.#process?.kill();
    this.#process = undefined;
  }

  /** How capturing stands. `forMs`: since the last change. */
  status(): { readonly state: CaptureState; readonly forMs: number; readonly restarts: number } {
    const state = this.#last ?? { state: 'waiting' };
    return { state, forMs: this.#edge.nowMs() - this.#sinceMs, restarts: Math.max(0, this.#starts - 1) };
  }

  #readStatus(child: CaptureProcess): void {
    let text = '';
    child.statusLines.on('error', () => {});
    child.statusLines.on('data', (chunk: Buffer) => {
      if (this.#process !== child) return;
      text += chunk.toString('utf8');
      const lines = text.split('\n');
      text = (lines.pop() as string).slice(0, MAX_STATUS_BYTES);
      for (const line of lines) this.#take(line);
    });
  }

  #take(line: string): void {
    const status = parseStatus(line);
    if (!status) {
      this.#listener.onDropped('broken-status', 1);
      return;
    }
    switch (status.state) {
      case 'capturing':
        this.#capturingSinceMs = this.#edge.nowMs();
        this.#change({ state: 'capturing', linkType: status.linkType });
        break;
      case 'failed':
        this.#failureTold = true;
        if (status.failure === 'no-device') this.#change({ state: 'waiting' });
        else this.#change({ state: 'failed', failure: status.failure, message: status.message });
        break;
      case 'dropped':
        for (const [reason, count] of Object.entries(status.counts)) this.#listener.onDropped(reason, count);
    }
  }

  #retry(delayMs: number): void {
    if (this.#stopped) return;
    this.#cancelTimer = this.#edge.after(delayMs, () => this.start());
  }

  #change(state: CaptureState): void {
    if (JSON.stringify(state) === JSON.stringify(this.#last)) return;
    this.#last = state;
    this.#sinceMs = this.#edge.nowMs();
    this.#listener.onState(this.#device, state);
  }
}
