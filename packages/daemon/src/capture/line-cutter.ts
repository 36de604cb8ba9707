// Cuts a stream of bytes into lines, within a bound: a line that is too long is left out whole, and counted.

const LINE_FEED = 0x0a;

/** What becomes of the stream. */
export interface CutListener {
  /** A line without its line break. */
  onLine(line: string): void;
  /** A line was too long; called once for each. */
  onLongLine(): void;
}

/** Takes the chunks of one stream, in order. Holds at most one line. */
export class LineCutter {
  readonly #mostBytes: number;
  readonly #listener: CutListener;
  #rest = Buffer.alloc(0);
  /** In a line that is too long, up to its end. */
  #skipping = false;

  /** @param mostBytes of a line, its line break not counted */
  constructor(mostBytes: number, listener: CutListener) {
    this.#mostBytes = mostBytes;
    this.#listener = listener;
  }

  /** The next bytes of the stream. */
  take(chunk: Buffer): void {
    let from = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, from)) {
      this.#endLine(chunk.subarray(from, end));
      from = end + 1;
    }
    this.#keep(chunk.subarray(from));
  }

  #endLine(end: Buffer): void {
    const wasSkipping = this.#skipping;
    const length = this.#rest.length + end.length;
    const line = this.#rest.length === 0 ? end : Buffer.concat([this.#rest, end]);
    this.#rest = Buffer.alloc(0);
    this.#skipping = false;
    if (wasSkipping) return;
    if (length > this.#mostBytes) this.#listener.onLongLine();
    else this.#listener.onLine(line.toString());
  }

  #keep(begin: Buffer): void {
    if (this.#skipping || begin.length === 0) return;
    if (this.#rest.length + begin.length > this.#mostBytes) {
      this.#rest = Buffer.alloc(0);
      this.#skipping = true;
      this.#listener.onLongLine();
    } else {
      // A copy: a view would keep the whole chunk alive.
      this.#rest = Buffer.concat([this.#rest, begin]);
    }
  }
}
