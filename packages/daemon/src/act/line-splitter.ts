// The output of a program → lines, each short and harmless, and no more than a few: the rest is counted.

import { StringDecoder } from 'node:string_decoder';
import { escapeControls } from '@eightknock/codec';

/** Characters of a line; what is beyond goes into the next one. */
export const LINE_CHARACTERS = 400;
/** Lines of one program. */
export const MAX_LINES = 200;

/** Takes the output of one program. Holds at most one line. */
export class LineSplitter {
  readonly #onLine: (line: string) => void;
  readonly #decoder = new StringDecoder('utf8');
  #rest = '';
  #lines = 0;
  #left = 0;

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  /** Lines that were left out. */
  get left(): number {
    return this.#left;
  }

  add(bytes: Buffer): void {
    const lines = (this.#rest + this.#decoder.write(bytes)).split('\n');
    this.#rest = lines.pop() as string;
    for (const line of lines) this.#take(line);
    while (this.#rest.length > LINE_CHARACTERS) {
      this.#take(this.#rest.slice(0, LINE_CHARACTERS));
      this.#rest = this.#rest.slice(LINE_CHARACTERS);
    }
  }

  /** There is no more. */
  end(): void {
    if (this.#rest !== '') this.#take(this.#rest);
    this.#rest = '';
  }

  #take(line: string): void {
    for (let at = 0; at === 0 || at < line.length; at += LINE_CHARACTERS) {
      if (this.#lines >= MAX_LINES) {
        this.#left++;
        continue;
      }
      this.#lines++;
      this.#onLine(escapeControls(line.slice(at, at + LINE_CHARACTERS)));
    }
  }
}
