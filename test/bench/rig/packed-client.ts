// knockclient as it is published.

import { mkdir, readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ROOT } from '../../lab/page-commands.ts';
import { mustRun, SYSTEM_PATH } from '../../lab/run.ts';

/** Takes the command out of its package; what it needs is in its bundle. @returns its path */
export async function unpackClient(folder: string): Promise<string> {
  await mkdir(join(folder, 'packages'));
  await mustRun(process.execPath, [join(ROOT, 'tools/pack.mjs'), join(folder, 'packages')], {
    env: { PATH: `${dirname(process.execPath)}:${SYSTEM_PATH}` },
  });
  const name = (await readdir(join(folder, 'packages'))).find((file) => file.startsWith('knockclient'));
  await mustRun('tar', ['-xzf', join(folder, 'packages', name as string), '-C', folder]);
  const { bin } = JSON.parse(await readFile(join(folder, 'package/package.json'), 'utf8'));
  return join(folder, 'package', bin.knockclient);
}
