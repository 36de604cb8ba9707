// Where the daemon's control socket is. What is wanted of the configuration is one path: whatever else is wrong with it,
// the daemon that runs is still to be reached.

import { resolve } from 'node:path';
import { showValue } from '@eightknock/codec';
import type { Problem } from '../config/problem.ts';
import { readConfigFile } from '../config/read-file.ts';
import { readToml } from '../config/read-toml.ts';
import { mainSchema } from '../config/schema.ts';

const { control_socket: socketSchema } = mainSchema.shape;

const LINE = /^[ \t]*control_socket[ \t]*=[ \t]*"([^"\\\n]*)"/m;

/** Where it is when nobody says otherwise. */
export const DEFAULT_CONTROL_SOCKET = socketSchema.parse(undefined);

/** A path to try. */
export interface FoundSocket {
  /** Absolute. */
  readonly path: string;
  /** Why it is a guess; absent when it is none. */
  readonly doubt?: string;
}

/**
 * Looks for the path: `--socket` first, then the configuration, then the usual place.
 * @param file the name of knockdaemon.toml
 * @param socket as it was typed, at most `MAX_SOCKET_PATH_BYTES` bytes once it is absolute
 */
export async function findControlSocket(file: string, socket?: string): Promise<FoundSocket> {
  if (socket !== undefined) return { path: resolve(socket) };
  const { text, problems } = await readConfigFile(file, true);
  if (text === undefined) return guess(file, problems[0]);
  const toml = readToml(text, file);
  // A file that is no TOML at the moment, half written perhaps, still has the line.
  const value = toml.table ? toml.table.control_socket : LINE.exec(text)?.[1];
  if (toml.table === undefined && value === undefined) return guess(file, toml.problems[0]);
  const path = socketSchema.safeParse(value);
  if (path.success) return { path: path.data };
  return guess(file, {
    path: 'control_socket',
    value: showValue(value),
    expected: path.error.issues[0]?.message ?? 'a path',
  });
}

function guess(file: string, problem: Problem | undefined): FoundSocket {
  const { path, value, expected } = problem ?? { expected: 'a configuration file' };
  const why = [path, value, `expected ${expected}`].filter((part) => part !== undefined).join(': ');
  const doubt = `${showValue(file)} does not tell where the socket is (${why}); trying ${showValue(DEFAULT_CONTROL_SOCKET)}, --socket PATH names another`;
  return { path: DEFAULT_CONTROL_SOCKET, doubt };
}
