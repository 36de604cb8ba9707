// This machine's list of one-time sequences. A line is marked before anything is knocked: the whole text is written beside the
// file, brought to the disk, and given its name, so that a line is used or not, whenever the machine stops.

import { open, realpath, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { lastUsedLine, markOneTimeLine, parseOneTimeLines, type TransportPort } from '@eightknock/codec';
import type { Problem } from '../exit.ts';
import { lineLockedProblem, noLineProblem, wrongLineProblem } from '../messages/doors.ts';
import { fileProblem } from '../messages/files.ts';
import { readPrivateFile } from '../private-file.ts';

/** Ten thousand lines of 32 knocks are less. */
const MAX_BYTES = 8 * 1024 * 1024;

/** A sequence. */
export interface TakenLine {
  /** 1–32. Absent when there is any problem; then nothing was marked. */
  readonly knocks?: readonly TransportPort[];
  /** Lines that were not used yet, after this one. */
  readonly left: number;
  readonly problems: readonly Problem[];
}

/** The line that was used last, once more: its knocks may have been lost. Marks nothing. */
export async function lastLine(file: string): Promise<TakenLine> {
  const { text, problems } = await readPrivateFile(file, MAX_BYTES);
  if (text === undefined || problems.length > 0) return { left: 0, problems };
  const last = lastUsedLine(text);
  const left = parseOneTimeLines(text).unused.length;
  return last ? { knocks: last.knocks, left, problems } : { left, problems: [noLineProblem(file, true)] };
}

/** Takes the first line that was not used, and marks it. Of two that do so at once, one is refused. */
export async function takeLine(file: string): Promise<TakenLine> {
  const refused = (problem: Problem): TakenLine => ({ left: 0, problems: [problem] });
  try {
    // A name that leads to the file stays: what is replaced is the file.
    const real = await realpath(file);
    const beside = join(dirname(real), `.${basename(real)}.taking`);
    const handle = await open(beside, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') return undefined;
      throw error;
    });
    if (!handle) return refused(lineLockedProblem(beside));
    let isPlaced = false;
    try {
      const { text, problems } = await readPrivateFile(real, MAX_BYTES);
      if (text === undefined || problems.length > 0) return { left: 0, problems };
      const { unused, wrong } = parseOneTimeLines(text);
      if (wrong[0] !== undefined) return refused(wrongLineProblem(file, wrong[0]));
      const [next] = unused;
      if (!next) return refused(noLineProblem(file, false));
      await handle.chmod(0o600);
      await handle.writeFile(markOneTimeLine(text, next.line) as string);
      await handle.sync();
      await rename(beside, real);
      isPlaced = true;
      await syncFolder(dirname(real));
      return { knocks: next.knocks, left: unused.length - 1, problems };
    } finally {
      await handle.close();
      if (!isPlaced) await unlink(beside);
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    return refused(fileProblem(file, code));
  }
}

async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open a folder.
  const handle = await open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}
