// Which saved server is meant: none, several, or one that is not there.

import { makeSafe, showName, showValue } from '@eightknock/codec';
import type { Problem } from '../exit.ts';
import { problem } from './problem.ts';
import { PROGRAM } from './words.ts';

/** For {@link missingProblem}, when SERVER was meant to be a name. */
export function notSavedHint(server: string, names: readonly string[]): string {
  return `${showValue(server)} is not a saved server; ${listNames(names)}`;
}

/** For {@link missingProblem}, when only a host was given. */
export function hostWithoutServerHint(names: readonly string[]): string {
  return `name the saved server too: ${PROGRAM} SERVER --host HOST; ${listNames(names)}`;
}

/** SERVER must be a saved name here. */
export function notSavedProblem(server: string, names: readonly string[]): Problem {
  return problem(`${showValue(server)} is not a saved server`, listNames(names));
}

/** No SERVER, and there is not just one that could be meant. */
export function noServerProblem(names: readonly string[]): Problem {
  if (names.length === 0) {
    const hint = `save one with "${PROGRAM} add NAME LINK", or give --host, --key-file and --server-id`;
    return problem('SERVER: missing: no server is saved', hint);
  }
  return problem(
    `SERVER: missing: ${names.length} servers are saved`,
    `${listNames(names)}; "${PROGRAM} default NAME" chooses one`,
  );
}

/** The default server is no longer saved. */
export function lostDefaultProblem(file: string, name: string, names: readonly string[]): Problem {
  return problem(
    `${makeSafe(file)}: ${showValue(name)} is not a saved server`,
    `${listNames(names)}; "${PROGRAM} default NAME" chooses another`,
  );
}

/** HOST of `proxy` is that of several saved servers. */
export function severalServersProblem(host: string, names: readonly string[]): Problem {
  return problem(
    `host ${showName(host)} is that of ${names.length} saved servers`,
    `--server NAME; ${listNames(names)}`,
  );
}

function listNames(names: readonly string[]): string {
  return names.length === 0 ? `none is saved: ${PROGRAM} add NAME LINK` : `saved: ${names.join(', ')}`;
}
