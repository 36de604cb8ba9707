// What would keep the programs of doors and hooks from being run: looked at by `knockdaemon check`, before anybody knocks.

import { accessSync, constants, statSync } from 'node:fs';
import { showValue } from '@eightknock/codec';
import type { Config } from '../config/config.ts';
import type { Argv, DoorAction, RunAction } from '../config/door-config.ts';
import type { Problem } from '../config/problem.ts';
import { hasCapability } from '../has-capability.ts';
import { findUser } from '../system-user.ts';
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
    for (const [key, { user, argv, stop }] of runsOf(action)) {
      const path = `door[${i}].${key}`;
      users.set(`${path}.user`, user);
      programs.push({ path: `${path}.argv[0]`, argv });
      if (stop) programs.push({ path: `${path}.stop_argv[0]`, argv: stop.argv });
    }
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

/** What would keep any program from being run as this user. @param path the key of the user, as problems are to name it */
export function runnerProblems(path: string, user: string): Problem[] {
  return [...setprivProblems(), ...userProblems(path, user)];
}

/** What a door may run, by the key of its table. */
function runsOf(action: DoorAction): [key: string, run: RunAction][] {
  if (action.kind === 'run') return [['run', action]];
  if (action.kind !== 'ask') return [];
  return Object.entries(action.commands).map(([text, run]) => [`ask.commands.${showValue(text)}`, run]);
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

/** @param path the key of the program, as the problem is to name it */
export function fileProblems(path: string, program: string): Problem[] {
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
