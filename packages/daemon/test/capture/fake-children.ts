// Takes the place of the processes that this process would start: a capture process that is only streams, so that a test says
// what it sends and sees what it was told. To be called before anything is started; it stays so until the process ends.

import childProcess from 'node:child_process';
import { EventEmitter } from 'node:events';
import { syncBuiltinESMExports } from 'node:module';
import { PassThrough, Writable } from 'node:stream';
import { KNOWN_RECORD_BYTES, KnownReader } from '#src/capture/known-sources.js';
import type { PacketKnock } from '#src/packet/knock-event.js';
import { recordBytes, writeRecord } from '#src/packet/write-record.js';

/** One that was started. */
export class FakeChild extends EventEmitter {
  /** All that was written to it and that it has read. */
  #read = Buffer.alloc(0);
  readonly stdin: Writable;
  readonly stdout = new PassThrough();
  readonly records = new PassThrough();
  readonly stdio: readonly unknown[];

  /** @param isDeaf it never reads what it is told */
  constructor(isDeaf: boolean) {
    super();
    this.stdin = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        this.#read = Buffer.concat([this.#read, chunk]);
        if (!isDeaf) done();
      },
    });
    this.stdio = [this.stdin, this.stdout, null, this.records];
  }

  /** From now on it captures. */
  capture(): void {
    this.stdout.write('{"state":"capturing","linkType":"ETHERNET","confined":true}\n');
  }

  /** Knocks are heard. */
  hear(knocks: readonly PacketKnock[]): void {
    for (const knock of knocks) {
      const record = Buffer.alloc(recordBytes(knock));
      writeRecord(knock, Date.now(), record, 0);
      this.records.write(record);
    }
  }

  /** The IPv4 sources it was told of, in their order; whatever else it was told comes in the first line. */
  get told(): string[] {
    const records = this.#read.subarray(this.#read.indexOf('\n') + 1);
    if (records.length % KNOWN_RECORD_BYTES !== 0) throw new Error('half a record');
    const sources: string[] = [];
    new KnownReader().read(records, (source) => sources.push(source.join('.')));
    return sources;
  }

  kill(): boolean {
    return true;
  }
}

/** From now on nothing else is started. @returns those that were started, the last one at the end */
export function fakeChildren(isDeaf = false): readonly FakeChild[] {
  const children: FakeChild[] = [];
  const spawn = () => {
    const child = new FakeChild(isDeaf);
    children.push(child);
    return child;
  };
  Object.assign(childProcess, { spawn });
  syncBuiltinESMExports();
  return children;
}
