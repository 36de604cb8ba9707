// What the daemon says to the capture process on its standard input: one line that tells what is wanted, then the sources
// that are known, as long as it lives. Without a daemon the process ends.

import type { Readable } from 'node:stream';
import { parseWanted, type Wanted } from '../packet/wanted.ts';
import { KnownReader } from './known-sources.ts';

const LINE_BREAK = 10;

/** What was heard. */
export interface Heard {
  readonly wanted: Wanted;
  /** Calls back for each source that is told, those that were told until then at once. */
  readonly onKnown: (listener: (source: Uint8Array) => void) => void;
}

/** Waits for the first line. */
export function hearDaemon(input: Readable): Promise<Heard> {
  const reader = new KnownReader();
  let line: Buffer | undefined = Buffer.alloc(0);
  let waiting: Buffer[] = [];
  let listener: ((source: Uint8Array) => void) | undefined;
  const takeKnown = (bytes: Buffer) => {
    if (listener) reader.read(bytes, listener);
    else waiting.push(bytes);
  };
  input.on('end', () => process.exit(0));
  return new Promise((resolve) => {
    input.on('data', (chunk: Buffer) => {
      if (line === undefined) return takeKnown(chunk);
      line = Buffer.concat([line, chunk]);
      const end = line.indexOf(LINE_BREAK);
      if (end < 0) return;
      const [first, rest] = [line.subarray(0, end), line.subarray(end + 1)];
      line = undefined;
      takeKnown(rest);
      const onKnown = (added: (source: Uint8Array) => void) => {
        listener = added;
        for (const bytes of waiting) reader.read(bytes, added);
        waiting = [];
      };
      resolve({ wanted: parseWanted(first.toString()), onKnown });
    });
  });
}
