// A file of one-time sequences. A line is marked as used, in the file, before anything is done for it.

import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { markOneTimeLine, type OneTimeLine, parseOneTimeLines } from '@eightknock/codec';
import type { DoorRefusal } from '../claim-desk.ts';
import type { OneTimeLines } from '../recognise/one-time.ts';
import { type FileAccess, replaceFile } from './replace-file.ts';

/** One file. */
export class LineFile implements OneTimeLines {
  readonly #file: string;
  readonly #mayWrite: boolean;
  #unused: readonly OneTimeLine[] = [];

  /**
   * @param file its name; where it cannot be read there is no sequence
   * @param mayWrite false: lines are used in memory only
   */
  constructor(file: string, mayWrite = true) {
    this.#file = file;
    this.#mayWrite = mayWrite;
    this.#read();
  }

  unused(): readonly OneTimeLine[] {
    return this.#unused;
  }

  /** Marks the next sequence as used. @param line that it is */
  spend(line: string): 'spent' | DoorRefusal {
    if (!this.#mayWrite) {
      this.#unused = this.#unused.slice(1);
      return 'spent';
    }
    let text: string | undefined;
    try {
      text = markOneTimeLine(readFileSync(this.#file, 'utf8'), line);
      if (text !== undefined) replaceFile(this.#file, text, fileAccess(this.#file));
    } catch {
      return 'line-unwritable';
    }
    if (text === undefined) {
      this.#read();
      return 'line-changed';
    }
    this.#unused = parseOneTimeLines(text).unused;
    return 'spent';
  }

  #read(): void {
    try {
      this.#unused = parseOneTimeLines(readFileSync(this.#file, 'utf8')).unused;
    } catch {
      this.#unused = [];
    }
  }
}

/** @throws the error of the file system, also where it is a symbolic link */
function fileAccess(file: string): FileAccess {
  const fd = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const { mode, uid, gid } = fstatSync(fd);
    return { mode: mode & 0o7777, owner: { uid, gid } };
  } finally {
    closeSync(fd);
  }
}
