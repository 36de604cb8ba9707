// Bytes of a stream → its first line, within a bound; for both ends of the control socket. Everything after the line is
// thrown away: there is one request, and one answer.

const LINE_FEED = 0x0a;

/** What becomes of the stream; one of these is called, once. */
export interface LineListener {
  /** The line, without its line break; the end of the stream ends a line too. */
  readonly onLine: (line: Buffer) => void;
  /** The stream has ended before anything came. */
  readonly onNothing: () => void;
  /** The line is longer than it may be. */
  readonly onTooLong: () => void;
}

/** Waits for one line. */
export class LineReader {
  readonly #listener: LineListener;
  readonly #mostBytes: number;
  #chunks: Buffer[] = [];
  #length = 0;
  #done = false;

  /** @param mostBytes of the line, its line break not counted */
  constructor(mostBytes: number, listener: LineListener) {
    this.#mostBytes = mostBytes;
    this.#listener = listener;
  }

  /** The next bytes of the stream. */
  take(bytes: Buffer): void {
    if (this.#done) return;
    const end = bytes.indexOf(LINE_FEED);
    const part = end < 0 ? bytes : bytes.subarray(0, end);
    this.#length += part.length;
    if (part.length > 0) this.#chunks.push(part);
    if (this.#length > this.#mostBytes) this.#finish(() => this.#listener.onTooLong());
    else if (end >= 0) this.#finish((line) => this.#listener.onLine(line));
  }

  /** The stream has ended. */
  end(): void {
    if (this.#done) return;
    if (this.#length === 0) this.#finish(() => this.#listener.onNothing());
    else this.#finish((line) => this.#listener.onLine(line));
  }

  #finish(callback: (line: Buffer) => void): void {
    const line = Buffer.concat(this.#chunks);
    this.#done = true;
    this.#chunks = [];
    callback(line);
  }
}
