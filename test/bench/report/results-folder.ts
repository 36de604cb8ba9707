// The folder of the results: results.json, one picture for each figure, and, where there is one, the page README.md.

import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Experiment } from '../experiment.ts';
import { drawFigures, fillPage, findingsOf } from './page.ts';
import { formatResults, mergeResults, parseResults, type Results } from './results.ts';

const fileIn = (folder: string) => join(folder, 'results.json');

/** What a folder has; nothing when there is none. @throws Error when it cannot be read */
export async function readFolder(folder: string): Promise<Results> {
  const file = fileIn(folder);
  return existsSync(file) ? parseResults(await readFile(file, 'utf8')) : {};
}

/**
 * Adds what was measured to a folder, and draws everything in it anew.
 * @throws Error when what is there cannot be read, or the page and the experiments do not fit together
 */
export async function updateFolder(
  folder: string,
  measured: Results,
  experiments: readonly Experiment[],
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const names = experiments.map(({ name }) => name);
  const results = mergeResults(await readFolder(folder), measured, names);
  const figures = drawFigures(findingsOf(results, experiments));
  await writeFile(fileIn(folder), formatResults(results));
  for (const [name, text] of figures) await writeFile(join(folder, name), text);
  const page = join(folder, 'README.md');
  if (existsSync(page)) await writeFile(page, fillPage(await readFile(page, 'utf8'), results, experiments));
}
