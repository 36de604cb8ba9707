// What would keep the programs of doors and hooks from being run: looked at by `knockdaemon check`, before anybody knocks.

import { accessSync, constants, statSync } from 'node:fs';
import type { Config } from '../config/config.ts';
import type { Argv } from '../config/door-config.ts';
import type { Problem } from '../config/problem.ts';
import { showValue } from '../config/show-value.ts';
import { hasCapability } from '../has-capability.ts';
import { findUser } from '../service/system-user.ts';
import { SETPRIV } from './start-program.ts';

/** capabilities(7). */
const CAP_SETGID = 6;
const CAP_SETUID = 7;

/** A program of the configuration. */
interface Configured {
  readonly path: string;
  readonly argv: Argv;
}

/** Every problem, each with the key of the configuration. */
export function programProblems({ doors, hooks }: Pick<Config, 'doors' | 'hooks'>): Problem[] {
  const users = new Map<string, string>();
  const programs: Configured[] = [];
  doors.forEach(({ action }, i) => {
    if (action.kind !== 'run') return;
    const path = `door[${i}].run`;
    users.set(`${path}.user`, action.user);
    programs.push({ path: `${path}.argv[0]`, argv: action.argv });
    if (action.stop) programs.push({ path: `${path}.stop_argv[0]`, argv: action.stop.argv });
  });
  if (hooks) {
    users.set('hooks.user', hooks.user);
    const named = { on_open: hooks.onOpen, on_close: hooks.onClose, on_denied: hooks.onDenied };
    for (const [key, argv] of Object.entries(named)) if (argv) programs.push({ path: `hooks.${key}[0]`, argv });
  }
  if (programs.length === 0) return [];
  return [
    ...setprivProblems(),
    ...[...users].flatMap(([path, user]) => userProblems(path, user)),
    ...programs.flatMap(({ path, argv: [program] }) => fileProblems(path, program)),
  ];
}

function setprivProblems(): Problem[] {
  if (isExecutable(SETPRIV)) return [];
  const hint = 'install util-linux (Debian: apt-get install util-linux)';
  return [{ path: 'setpriv', value: SETPRIV, expected: 'the program that gives others their user', hint }];
}

function userProblems(path: string, user: string): Problem[] {
  const found = findUser(user, '/');
  const value = showValue(user);
  if (!found) return [{ path, value, expected: 'the name of a user of this machine', hint: 'see /etc/passwd' }];
  if (found.uid === process.geteuid?.() || (hasCapability(CAP_SETUID) && hasCapability(CAP_SETGID))) return [];
  const hint = 'docs/systemd.md says how the unit is given them';
  return [{ path, value, expected: 'the user who runs this, or CAP_SETUID and CAP_SETGID', hint }];
}

function fileProblems(path: string, program: string): Problem[] {
  if (isExecutable(program)) return [];
  return [{ path, value: showValue(program), expected: 'a program that can be executed' }];
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
