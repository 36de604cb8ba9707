// SERVER of `spa` and the options beside it → where to send to, with which keys, and what to ask for: a saved server, or a
// host and files with keys; or everything that is missing for it.

import { isClientName, isHost } from '@eightknock/codec';
import { isSameKey } from '@eightknock/codec/spa';
import type { Problem } from '../exit.ts';
import { noSpaServerProblem, sameKeyProblem, spaMissingProblem } from '../messages/doors.ts';
import { expectedProblem } from '../messages/wrong-use.ts';
import { EXPECTED_HOST, hostZoneHint } from '../options.ts';
import { readPrivateFile } from '../private-file.ts';
import { configFolder, serverFile } from '../servers/saved-server.ts';
import { listServerNames } from '../servers/store.ts';
import type { ParsedSpaServer } from './saved-spa-server.ts';
import { readSpaKeys } from './spa-keys.ts';
import { type RawSpaOptions, withSaved } from './spa-options.ts';

const MAX_BYTES = 64 * 1024;

/** Where to send to. */
export interface SpaTarget {
  /** The name it was saved under; absent when it was not. */
  readonly name?: string;
  readonly host: string;
  readonly encryptionKey: Uint8Array;
  readonly hmacKey: Uint8Array;
}

/** What was chosen. */
export interface SpaChoice {
  /** Absent when there is any problem. */
  readonly target?: SpaTarget;
  /** The options, and what was saved where they say nothing. */
  readonly raw: RawSpaOptions;
  readonly problems: readonly Problem[];
}

/** The folder of the saved servers of single packets, beside that of the others. */
export function spaFolder(environment: Readonly<Record<string, string | undefined>>): string {
  return configFolder(environment, 'spa');
}

/** Chooses. A saved name wins over a host of the same name; options win over what was saved. */
export async function chooseSpaServer(
  server: string | undefined,
  raw: RawSpaOptions,
  folder: string,
): Promise<SpaChoice> {
  const [names, keys] = await Promise.all([listServerNames(folder), readSpaKeys(raw)]);
  const [only] = names;
  const name = server ?? (names.length === 1 ? only : undefined);
  if (name === undefined) return { raw, problems: [...keys.problems, noSpaServerProblem(names)] };
  if (isClientName(name) && names.includes(name)) {
    const saved = await readSpaServer(folder, name);
    const problems = [...keys.problems, ...saved.problems];
    if (!saved.server || problems.length > 0) return { raw, problems };
    const { host, request, encryptionKey, hmacKey } = saved.server;
    return chosen({ name, host, encryptionKey, hmacKey, ...withoutProblems(keys) }, withSaved(raw, request));
  }
  if (!isHost(name)) {
    const wrong = expectedProblem('SERVER', name, `a saved name, or ${EXPECTED_HOST}`, hostZoneHint(name));
    return { raw, problems: [...keys.problems, wrong] };
  }
  const missing = [
    ...(raw.keyFile === undefined && raw.keyBase64File === undefined ? ['--key-file'] : []),
    ...(raw.hmacKeyFile === undefined && raw.hmacKeyBase64File === undefined ? ['--hmac-key-file'] : []),
  ];
  const problems = [...keys.problems, ...(missing.length > 0 ? [spaMissingProblem(missing, name, names)] : [])];
  const { encryptionKey, hmacKey } = keys;
  if (!encryptionKey || !hmacKey || problems.length > 0) return { raw, problems };
  return chosen({ host: name, encryptionKey, hmacKey }, raw);
}

function chosen(target: SpaTarget, raw: RawSpaOptions): SpaChoice {
  if (isSameKey(target.encryptionKey, target.hmacKey)) return { raw, problems: [sameKeyProblem()] };
  return { target, raw, problems: [] };
}

function withoutProblems({ problems: _, ...keys }: Awaited<ReturnType<typeof readSpaKeys>>) {
  return keys;
}

async function readSpaServer(folder: string, name: string): Promise<ParsedSpaServer> {
  const file = serverFile(folder, name);
  const { text, problems } = await readPrivateFile(file, MAX_BYTES);
  if (text === undefined) return { problems };
  const { parseSpaServer } = await import('./saved-spa-server.ts');
  const parsed = parseSpaServer(text, file);
  return problems.length === 0 ? parsed : { problems: [...problems, ...parsed.problems] };
}
