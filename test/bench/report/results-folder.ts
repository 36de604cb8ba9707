// The folder of the results: results.json, one picture for each figure, and, where there is one, the page README.md.

import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Experiment } from '../experiment.ts';
import { drawFigures, fillPage, findingsOf } from './page.ts';
import { formatResults, mergeResults, parseResults, type Results } from './results.ts';

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
  const [file, page] = [join(folder, 'results.json'), join(folder, 'README.md')];
  const old = existsSync(file) ? parseResults(await readFile(file, 'utf8')) : {};
  const names = experiments.map(({ name }) => name);
  const results = mergeResults(old, measured, names);
  await writeFile(file, formatResults(results));
  for (const [name, text] of drawFigures(findingsOf(results, experiments))) await writeFile(join(folder, name), text);
  if (existsSync(page)) await writeFile(page, fillPage(await readFile(page, 'utf8'), results, experiments));
}
