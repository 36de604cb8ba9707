// SERVER and the options beside it → where to knock and with which key, or everything that is missing for it.

import { DEFAULT_BASE_PORT, isClientName, isHost, type SharedKey, type TransportPort } from '@eightknock/codec';
import type { Problem } from '../exit.ts';
import { readKeyFile } from '../key-file.ts';
import {
  hostWithoutServerHint,
  lostDefaultProblem,
  noServerProblem,
  notSavedHint,
  notSavedProblem,
} from '../messages/which-server.ts';
import { expectedProblem, missingProblem } from '../messages/wrong-use.ts';
import { EXPECTED_HOST, hostZoneHint, type KnockOptions } from '../options.ts';
import { defaultServerFile, readDefaultServer } from './default-server.ts';
import type { KnockDefaults } from './knock-defaults.ts';
import type { SavedServer } from './saved-server.ts';
import { listServerNames, readServer } from './store.ts';

/** Where to knock, and with what. */
export interface Target {
  /** The name it was saved under; absent when it was not. */
  readonly name?: string;
  /** A name or an address. */
  readonly host: string;
  readonly key: SharedKey;
  readonly basePort: number;
  /** What the client may open, as far as that was saved; may be empty. */
  readonly ports: readonly TransportPort[];
  /** What was saved for the options that are not given. */
  readonly defaults?: KnockDefaults;
}

/** What was chosen. */
export interface Choice {
  /** Absent when there is any problem. */
  readonly target?: Target;
  readonly problems: readonly Problem[];
}

type Overrides = Pick<KnockOptions, 'host' | 'keyFile' | 'serverId' | 'basePort'>;

/**
 * Chooses. A saved name wins over a host of the same name; options win over what was saved.
 * @param server as it was typed; absent: the only one that is saved, or the default one, unless a host is given
 * @param folder of the saved servers
 */
export async function chooseServer(server: string | undefined, overrides: Overrides, folder: string): Promise<Choice> {
  const names = await listServerNames(folder);
  if (server === undefined && overrides.host === undefined) {
    const [only] = names;
    const chosen = names.length === 1 ? only : await readDefaultServer(folder);
    if (chosen === undefined) return { problems: [noServerProblem(names)] };
    if (!names.includes(chosen)) return { problems: [lostDefaultProblem(defaultServerFile(folder), chosen, names)] };
    return useSaved(chosen, overrides, folder);
  }
  if (server !== undefined && isClientName(server) && names.includes(server)) {
    return useSaved(server, overrides, folder);
  }
  if (server !== undefined && overrides.host !== undefined) return { problems: [notSavedProblem(server, names)] };
  return useHost(server, overrides, names);
}

async function useSaved(name: string, overrides: Overrides, folder: string): Promise<Choice> {
  const [{ server, problems }, key] = await Promise.all([readServer(folder, name), readKey(overrides)]);
  const all = [...problems, ...key.problems];
  if (!server || all.length > 0) return { problems: all };
  return { target: { name, ...combine(server, overrides, key.secret ?? server.secret) }, problems: [] };
}

function combine(server: SavedServer, overrides: Overrides, secret: Uint8Array): Omit<Target, 'name'> {
  return {
    host: overrides.host ?? server.host,
    key: { secret, serverId: overrides.serverId ?? server.serverId },
    basePort: overrides.basePort ?? server.basePort,
    ports: server.ports,
    ...(server.defaults && { defaults: server.defaults }),
  };
}

async function useHost(server: string | undefined, overrides: Overrides, names: readonly string[]): Promise<Choice> {
  const { keyFile, serverId, basePort = DEFAULT_BASE_PORT } = overrides;
  const host = (server ?? overrides.host) as string;
  if (server !== undefined && !isHost(server)) {
    const hint = server.startsWith('eightknock:') ? 'to save what a link brings: knockclient add NAME LINK' : undefined;
    const expected = `a saved name, or ${EXPECTED_HOST}`;
    return { problems: [expectedProblem('SERVER', server, expected, hint ?? hostZoneHint(server))] };
  }
  const problems: Problem[] = [];
  const missing = [
    ...(keyFile === undefined ? ['--key-file'] : []),
    ...(serverId === undefined ? ['--server-id'] : []),
  ];
  if (missing.length > 0) {
    problems.push(
      missingProblem(missing, server === undefined ? hostWithoutServerHint(names) : notSavedHint(server, names)),
    );
  }
  const { secret, problems: keyProblems } = await readKey(overrides);
  problems.push(...keyProblems);
  if (problems.length > 0 || secret === undefined || serverId === undefined) return { problems };
  return { target: { host, key: { secret, serverId }, basePort, ports: [] }, problems };
}

async function readKey({ keyFile }: Overrides): ReturnType<typeof readKeyFile> {
  // An empty name is a wrong option and told as that.
  return keyFile ? readKeyFile(keyFile) : { problems: [] };
}
