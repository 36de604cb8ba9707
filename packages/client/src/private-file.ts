// A file that holds a secret → its text, and everything that is wrong with the file itself. What is judged is the file
// that was opened, so that it cannot be exchanged in between. Never waits: a pipe in the place of a file is refused.

import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { Problem } from './exit.ts';
import { fileModeProblem, fileProblem } from './messages/files.ts';

/** Read and write, for group and others. */
const FOREIGN_ACCESS = 0o066;

/** A file as it was read. */
export interface PrivateText {
  /** Absent when it could not be read. Present even where others can read it: there may be more to say about it. */
  readonly text?: string;
  readonly problems: readonly Problem[];
}

/**
 * Reads a file that nobody else may read.
 * @param file its name, a symbolic link is followed
 * @param mostBytes a larger file is refused unread
 */
export async function readPrivateFile(file: string, mostBytes: number): Promise<PrivateText> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    return await readOpenFile(handle, file, mostBytes);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    return { problems: [fileProblem(file, code)] };
  } finally {
    await handle?.close();
  }
}

async function readOpenFile(handle: FileHandle, file: string, mostBytes: number): Promise<PrivateText> {
  const status = await handle.stat();
  if (!status.isFile()) return { problems: [fileProblem(file, 'not-a-file')] };
  const problems = isForeign(status.mode) ? [fileModeProblem(file, status.mode)] : [];
  // One byte more than is allowed: the size that stat(2) tells may be out of date.
  const bytes = new Uint8Array(mostBytes + 1);
  let length = 0;
  for (;;) {
    const { bytesRead } = await handle.read(bytes, length, bytes.length - length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  if (length > mostBytes) return { problems: [...problems, fileProblem(file, 'too-big', mostBytes)] };
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, length)), problems };
  } catch {
    return { problems: [...problems, fileProblem(file, 'not-utf8')] };
  }
}

/**
 * Whether a file's mode lets others read or write it. Windows has other means, and shows every file as readable by all.
 * @param mode of stat(2)
 */
export function isForeign(mode: number, platform: NodeJS.Platform = process.platform): boolean {
  return platform !== 'win32' && (mode & FOREIGN_ACCESS) !== 0;
}
