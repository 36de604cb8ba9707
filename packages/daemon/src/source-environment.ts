// What a source other than live packets needs of the machine. Looks, changes nothing; a file that does not exist yet is no
// problem, a folder that does not is.

import { dirname } from 'node:path';
import { showValue } from '@eightknock/codec';
import { hasJournalctl, JOURNALCTL } from './capture/journalctl.ts';
import { openFile } from './capture/open-file.ts';
import type { KnockSource } from './config/config.ts';
import type { Problem } from './config/problem.ts';

const path = 'source';

/** What is amiss; the daemon starts all the same, and waits. */
export function sourceProblem(source: KnockSource): Problem | undefined {
  if (source.kind === 'journal') return journalProblem();
  return source.kind === 'log' ? fileProblem(source.file) : undefined;
}

function journalProblem(): Problem | undefined {
  if (hasJournalctl()) return undefined;
  const expected = `systemd's journal: "${JOURNALCTL}" is missing`;
  const hint = 'without systemd, read a file instead: source = "log:/var/log/kern.log"';
  return { path, value: '"journal"', expected, hint };
}

function fileProblem(file: string): Problem | undefined {
  const opened = openFile(file);
  if ('close' in opened) {
    opened.close();
    return undefined;
  }
  const value = showValue(`log:${file}`);
  if (opened.problem !== 'is missing') {
    const hint = 'the daemon reads it as the user it runs as: SupplementaryGroups=adm in the unit, see docs/sources.md';
    return { path, value, expected: `a file that can be read: it ${opened.problem}`, hint };
  }
  const folder = dirname(file);
  if (isFolder(folder)) return undefined;
  const hint = 'the daemon starts all the same and waits for the file';
  return { path, value, expected: `a file in a folder that exists: ${showValue(folder)} does not`, hint };
}

function isFolder(folder: string): boolean {
  const opened = openFile(folder);
  if ('close' in opened) opened.close();
  return 'problem' in opened && opened.problem === 'is no regular file';
}
