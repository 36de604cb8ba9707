// knockdaemon.toml and the files in clients_dir → one Config, or every problem of them all. Pure. Here are the checks
// that need more than one client or file.

import { basename } from 'node:path';
import { escapeControls, showValue } from '@eightknock/codec';
import type { ClientConfig, Config } from './config.ts';
import { joinPaths } from './key-path.ts';
import { MAX_CLIENTS, type ParsedClient, type ParsedClientFile, type ParsedMain } from './parse.ts';
import type { Problem } from './problem.ts';

/** The extension of the files in clients_dir. */
export const CLIENT_FILE_EXTENSION = '.toml';

/** The whole configuration, or why there is none. */
export type CombinedFiles =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * Puts the files together.
 * @param main what knockdaemon.toml says
 * @param clientFiles what the files in clients_dir say, in the order in which their problems are to be shown
 */
export function combineFiles(main: ParsedMain, clientFiles: readonly ParsedClientFile[]): CombinedFiles {
  const fromFiles = clientFiles.flatMap(({ client }) => client ?? []);
  const all = [...main.clients, ...fromFiles];
  const problems = [
    ...main.problems,
    ...clientFiles.flatMap((clientFile) => clientFile.problems),
    ...tooManyProblems(main.file, all.length),
    ...fromFiles.flatMap(fileNameProblems),
    ...repeatedNameProblems(all),
    ...repeatedSecretProblems(all),
  ];
  const { settings } = main;
  if (problems.length > 0 || !settings) return { ok: false, problems };
  return { ok: true, config: { ...settings, clients: all.map(({ client }) => client as ClientConfig) } };
}

function tooManyProblems(file: string, count: number): Problem[] {
  if (count <= MAX_CLIENTS) return [];
  return [
    {
      file,
      path: 'client',
      value: `${count} clients`,
      expected: `at most ${MAX_CLIENTS} clients, those in clients_dir included`,
    },
  ];
}

function fileNameProblems({ file, name }: ParsedClient): Problem[] {
  const expected = basename(file, CLIENT_FILE_EXTENSION);
  if (name === undefined || name === expected) return [];
  const hint = 'rename the file, or change the name in it';
  return [
    { file, path: 'name', value: showValue(name), expected: `${showValue(expected)}, as the file is named`, hint },
  ];
}

function repeatedNameProblems(clients: readonly ParsedClient[]): Problem[] {
  return repeated(clients, ({ name }) => name).map(([later, first]) => {
    const expected = `a name of its own: ${placeOf(first)} has the same`;
    return { file: later.file, path: joinPaths(later.path, 'name'), value: showValue(later.name), expected };
  });
}

/** With one secret for two clients, the second is never recognised, and the first is taken to be both. */
function repeatedSecretProblems(clients: readonly ParsedClient[]): Problem[] {
  return repeated(clients, ({ client }) => client && Buffer.from(client.secret).toString('hex')).map(
    ([later, first]) => {
      const expected = `a secret of its own: ${placeOf(first)} has the same`;
      return { file: later.file, path: joinPaths(later.path, 'secret'), expected };
    },
  );
}

/** The clients whose key an earlier one has, each with that one. */
function repeated(
  clients: readonly ParsedClient[],
  keyOf: (client: ParsedClient) => string | undefined,
): (readonly [later: ParsedClient, first: ParsedClient])[] {
  const seen = new Map<string, ParsedClient>();
  const found: (readonly [ParsedClient, ParsedClient])[] = [];
  for (const client of clients) {
    const key = keyOf(client);
    if (key === undefined) continue;
    const first = seen.get(key);
    if (first) found.push([client, first]);
    else seen.set(key, client);
  }
  return found;
}

function placeOf({ file, path }: ParsedClient): string {
  return path === '' ? escapeControls(file) : `${path} in ${escapeControls(file)}`;
}
