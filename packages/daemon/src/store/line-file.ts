// A file of one-time sequences. A line is marked as used before anything is done for it: the whole text is written beside the
// file, brought to the disk, and given its name. A crash leaves the old text or the new one, never half of one.

import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { markOneTimeLine, type OneTimeLine, parseOneTimeLines } from '@eightknock/codec';
import type { DoorRefusal } from '../claim-desk.ts';
import type { OneTimeLines } from '../recognise/one-time.ts';

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
      if (text !== undefined) replaceFile(this.#file, text);
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

/** Puts a text in the place of a file, with its mode and owner. @throws the error of the file system; then nothing is changed */
function replaceFile(file: string, text: string): void {
  const folder = dirname(file);
  const beside = join(folder, `.${basename(file)}.${randomBytes(6).toString('hex')}`);
  try {
    const old = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW);
    const fd = openSync(
      beside,
      constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
      0o600,
    );
    try {
      const { mode, uid, gid } = fstatSync(old);
      const own = fstatSync(fd);
      if (own.uid !== uid || own.gid !== gid) fchownSync(fd, uid, gid);
      fchmodSync(fd, mode & 0o7777);
      writeFileSync(fd, text);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
      closeSync(old);
    }
    renameSync(beside, file);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
  const fd = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
