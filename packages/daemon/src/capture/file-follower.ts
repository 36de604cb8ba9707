// Follows a log file: gives the lines that are written from now on, each once, through rotation by rename, copytruncate,
// symbolic links that change, and a file that comes later. Reads only when asked, only whole lines, and no more than asked
// for; what is not asked for waits in the file. Files are reached through an edge.

import { messageOf } from '../message-of.ts';

/** An open file. */
export interface FollowedFile {
  /** The same for the same file, however it is named: device and inode. */
  readonly identity: string;
  /** Bytes in it now. @throws Error */
  size(): number;
  /** Reads from a position. @returns how many bytes there were @throws Error */
  read(into: Buffer, position: number): number;
  close(): void;
}

/** Opens what has that name now, symbolic links followed. */
export type OpenFile = (path: string) => FollowedFile | FileProblem;

/** Why there is nothing to follow. */
export interface FileProblem {
  /** Goes on after "the file …": "is missing". */
  readonly problem: string;
}

/** Longest line that is waited for; of a longer one pieces are given. */
export const CHUNK_BYTES = 64 * 1024;
/** A reader that is further behind than this skips what lies between: knocks that old open nothing. */
export const MAX_BEHIND_BYTES = 4 * 1024 * 1024;
/**
 * Bytes before the position that are compared (a line of a log, its time included), to notice a file that was truncated and
 * has grown again.
 */
export const MARK_BYTES = 256;
/** How long a file that was renamed is still read, ms: its writer may not have noticed yet. */
export const DRAIN_MS = 10_000;

const LINE_FEED = 0x0a;

/** A place in a file. */
interface Place {
  readonly file: FollowedFile;
  position: number;
  /** What stands before the position, at most {@link MARK_BYTES}. */
  mark: Buffer;
}

/** Follows one name. Holds two files open at most. */
export class FileFollower {
  readonly #path: string;
  readonly #open: OpenFile;
  readonly #buffer = Buffer.alloc(MARK_BYTES + CHUNK_BYTES);
  #current: Place | undefined;
  #draining: (Place & { readonly untilMs: number }) | undefined;
  #problem: string | undefined;

  /** From the end of the file as it is now; from the beginning where there is none yet. */
  constructor(path: string, open: OpenFile) {
    this.#path = path;
    this.#open = open;
    const opened = this.#look();
    if (opened) this.#current = this.#placeAtEnd(opened);
  }

  /** Why there is no file to follow under the name, as of the last {@link read}. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /**
   * The next whole lines.
   * @param nowMs milliseconds; only differences count
   * @returns at most {@link CHUNK_BYTES}, valid until the next call; undefined: nothing for now
   */
  read(nowMs: number): Buffer | undefined {
    if (this.#draining) {
      const lines = this.#readFrom(this.#draining);
      if (lines) return lines;
      if (nowMs >= this.#draining.untilMs) this.#endDraining();
    }
    const lines = this.#current && this.#readFrom(this.#current);
    return lines ?? (this.#turnToNew(nowMs) && this.#current ? this.#readFrom(this.#current) : undefined);
  }

  /** Looks whether the name has another file now, without reading it. */
  look(nowMs: number): void {
    this.#turnToNew(nowMs);
  }

  /** Closes what is open. */
  close(): void {
    this.#endDraining();
    this.#current?.file.close();
    this.#current = undefined;
  }

  /** Has the name another file now? Then that one is read, from its beginning. */
  #turnToNew(nowMs: number): boolean {
    const opened = this.#look();
    if (!opened) return false;
    if (opened.identity === this.#current?.file.identity) {
      opened.close();
      return false;
    }
    this.#endDraining();
    if (this.#current) this.#draining = { ...this.#current, untilMs: nowMs + DRAIN_MS };
    this.#current = { file: opened, position: 0, mark: Buffer.alloc(0) };
    return true;
  }

  #look(): FollowedFile | undefined {
    const opened = this.#open(this.#path);
    this.#problem = 'problem' in opened ? opened.problem : undefined;
    return 'problem' in opened ? undefined : opened;
  }

  #placeAtEnd(file: FollowedFile): Place {
    const position = file.size();
    const from = Math.max(0, position - MARK_BYTES);
    const bytes = file.read(this.#buffer, from);
    return { file, position, mark: Buffer.from(this.#buffer.subarray(0, Math.min(bytes, position - from))) };
  }

  #endDraining(): void {
    this.#draining?.file.close();
    this.#draining = undefined;
  }

  #readFrom(place: Place): Buffer | undefined {
    try {
      return this.#readOn(place);
    } catch (error) {
      this.#problem = `cannot be read: ${messageOf(error)}`;
      return undefined;
    }
  }

  #readOn(place: Place): Buffer | undefined {
    const size = place.file.size();
    if (size < place.position) moveTo(place, 0);
    if (size - place.position > MAX_BEHIND_BYTES) moveTo(place, size - MAX_BEHIND_BYTES);
    const before = place.mark.length;
    const bytes = place.file.read(this.#buffer, place.position - before);
    if (!this.#buffer.subarray(0, Math.min(before, bytes)).equals(place.mark)) {
      moveTo(place, 0);
      return this.#readOn(place);
    }
    const end = endOfLines(this.#buffer, before, Math.min(bytes, before + CHUNK_BYTES));
    if (end === before) return undefined;
    place.position += end - before;
    place.mark = Buffer.from(this.#buffer.subarray(Math.max(0, end - MARK_BYTES), end));
    return this.#buffer.subarray(before, end);
  }
}

/** Goes on from there, without a mark: to the beginning when the file was truncated. */
function moveTo(place: Place, position: number): void {
  place.position = position;
  place.mark = Buffer.alloc(0);
}

/** Behind the last line break; where a line fills the whole chunk, behind that. */
function endOfLines(buffer: Buffer, from: number, to: number): number {
  const feed = buffer.subarray(from, to).lastIndexOf(LINE_FEED);
  if (feed >= 0) return from + feed + 1;
  return to - from === CHUNK_BYTES ? to : from;
}
