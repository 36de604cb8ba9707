// Takes what one capture process sends: records and status lines. The process may be broken or hostile; so everything has
// a bound, and a process that exceeds one is reported, once, and no longer listened to.

import { StringDecoder } from 'node:string_decoder';
import type { KnockEvent } from '../packet/knock-event.ts';
import { RECORD_BYTES } from '../packet/knock-record.ts';
import { readPaced } from '../read-paced.ts';
import { RecordReader } from './record-reader.ts';
import type { CaptureProcess } from './spawn.ts';
import { type ChildStatus, parseStatus } from './status.ts';

/** Bytes of records read in one turn of the event loop: 800 records. */
export const RECORD_BYTES_PER_TURN = 800 * RECORD_BYTES;
/** A link of 10 Gbit/s can carry more small packets, but cap cannot deliver them: it needs 1.9 µs for each. */
export const RECORDS_PER_SECOND = 1_000_000;
/** An honest process writes one line of some 200 bytes. */
export const STATUS_BYTES_PER_SECOND = 32 * 1024;
/** The longest line there is has 1,024 characters of message; a longer one than this is none of ours. */
export const STATUS_LINE_BYTES = 8192;
/** Records and lines in the life of a process that are none. An honest one writes none. */
export const MAX_BROKEN = 20;

/** Is given what the process sends. */
export interface IntakeListener {
  onKnock(event: KnockEvent): void;
  onStatus(status: ChildStatus): void;
  onDropped(reason: 'broken-record' | 'broken-status' | 'flooded', count: number): void;
  /** It exceeded a bound. Nothing is given any more. */
  onExcess(how: string): void;
}

/** Listens to one capture process. */
export class ChildIntake {
  readonly #listener: IntakeListener;
  readonly #nowMs: () => number;
  readonly #reader = new RecordReader();
  readonly #recordRate = new Rate();
  readonly #statusRate = new Rate();
  readonly #stops: readonly (() => void)[];
  readonly #decoder = new StringDecoder('utf8');
  #line = '';
  #broken = 0;
  #stopped = false;

  /** @param nowMs milliseconds; only differences count */
  constructor(child: CaptureProcess, listener: IntakeListener, nowMs: () => number) {
    this.#listener = listener;
    this.#nowMs = nowMs;
    this.#stops = [
      readPaced(child.records, RECORD_BYTES_PER_TURN, (chunk) => this.#takeRecords(chunk)),
      readPaced(child.statusLines, STATUS_LINE_BYTES, (chunk) => this.#takeText(chunk)),
    ];
  }

  /** Listens no longer. */
  stop(): void {
    this.#stopped = true;
    for (const stop of this.#stops) stop();
  }

  #takeRecords(chunk: Buffer): void {
    const records = Math.ceil(chunk.length / RECORD_BYTES);
    if (this.#recordRate.add(records, this.#nowMs()) > RECORDS_PER_SECOND) {
      this.#listener.onDropped('flooded', records);
      this.#exceed(`it sent more than ${RECORDS_PER_SECOND} records a second`);
      return;
    }
    const before = this.#reader.broken;
    this.#reader.read(chunk, (event) => {
      if (!this.#stopped) this.#listener.onKnock(event);
    });
    this.#countBroken('broken-record', this.#reader.broken - before);
  }

  #takeText(chunk: Buffer): void {
    if (this.#statusRate.add(chunk.length, this.#nowMs()) > STATUS_BYTES_PER_SECOND) {
      this.#exceed(`it said more than ${STATUS_BYTES_PER_SECOND} bytes a second`);
      return;
    }
    const lines = (this.#line + this.#decoder.write(chunk)).split('\n');
    this.#line = lines.pop() as string;
    for (const line of lines) this.#takeLine(line);
    if (this.#line.length > STATUS_LINE_BYTES) this.#exceed(`it said a line of more than ${STATUS_LINE_BYTES} bytes`);
  }

  #takeLine(line: string): void {
    if (this.#stopped) return;
    const status = line.length > STATUS_LINE_BYTES ? undefined : parseStatus(line);
    if (status) this.#listener.onStatus(status);
    else this.#countBroken('broken-status', 1);
  }

  /** What the process said was well formed, but not at its place. */
  refuse(): void {
    this.#countBroken('broken-status', 1);
  }

  #countBroken(reason: 'broken-record' | 'broken-status', count: number): void {
    if (count === 0) return;
    this.#listener.onDropped(reason, count);
    this.#broken += count;
    if (this.#broken > MAX_BROKEN) this.#exceed('what it sends is no record or no line of ours');
  }

  #exceed(how: string): void {
    if (this.#stopped) return;
    this.stop();
    this.#listener.onExcess(how);
  }
}

/** Sums up what comes in a second. */
class Rate {
  #sinceMs = Number.NEGATIVE_INFINITY;
  #sum = 0;

  /** @returns the sum in this second, `amount` included */
  add(amount: number, nowMs: number): number {
    if (nowMs - this.#sinceMs >= 1000) {
      this.#sinceMs = nowMs;
      this.#sum = 0;
    }
    this.#sum += amount;
    return this.#sum;
  }
}
