// Both programs as a user finds them, in the PATH; and what their commands and options are, read from the text of --help.

import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { ROOT } from './page-commands.ts';
import { mustRun, SYSTEM_PATH } from './run.ts';

/** A folder of a test, with the programs in its `bin`, and the environment in which they are found. */
export interface ProgramFolder {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Makes the folder; it goes when the test ends. */
export async function programFolder(t: ExecutionContext): Promise<ProgramFolder> {
  const folder = await mkdtemp(join(tmpdir(), 'programs-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const bin = join(folder, 'bin');
  await mkdir(bin);
  for (const name of ['client', 'daemon']) {
    await symlink(join(ROOT, `packages/${name}/bin/knock${name}.js`), join(bin, `knock${name}`));
  }
  return { folder, env: { PATH: `${bin}:${SYSTEM_PATH}`, HOME: folder, XDG_CONFIG_HOME: join(folder, 'config') } };
}

/** A command, as a person reads it in the help. */
export interface ShownCommand {
  /** `knockclient`, or `knockclient add`. */
  readonly words: readonly string[];
  /** The whole text. */
  readonly help: string;
  /** `--force`, in the order of the help. */
  readonly options: readonly string[];
}

/** All commands of both programs, the programs themselves first. Asks the programs. */
export async function shownCommands(): Promise<readonly ShownCommand[]> {
  const both = ['client', 'daemon'].map(async (name) => {
    const file = join(ROOT, `packages/${name}/bin/knock${name}.js`);
    const program = await show(file, [`knock${name}`]);
    const [, list = ''] = program.help.split('\nCommands:\n');
    const names = [...list.matchAll(/^ {2}([a-z]\S*)/gm)].map(([, command = '']) => command);
    // "help" shows no help of its own.
    const commands = names.filter((command) => command !== 'help');
    return [program, ...(await Promise.all(commands.map((command) => show(file, [`knock${name}`, command]))))];
  });
  return (await Promise.all(both)).flat();
}

async function show(file: string, words: readonly string[]): Promise<ShownCommand> {
  const help = await mustRun(file, [...words.slice(1), '--help']);
  const options = [...help.matchAll(/^ {2}(?:-\w, )?(--[\w-]+)/gm)].map(([, option = '']) => option);
  return { words, help, options };
}
