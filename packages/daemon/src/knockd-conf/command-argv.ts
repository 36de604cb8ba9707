// A command of a knockd.conf → a program and its arguments. knockd gives every command to a shell; this does so only where
// the command needs one, and then with the very text of the file. `%IP%` stays where it is: it is put in when an address
// has knocked, and an address is digits, letters a to f, ":" and "." only, harmless in any quotes.

import type { Argv } from '../config/door-config.ts';

/** The shell that system(3) takes. */
export const SHELL = '/bin/sh';

/** What a shell reads in another way than as it stands (POSIX.1-2017, Shell Command Language, 2.2), and what is not ASCII. */
const NOT_PLAIN = /[^A-Za-z0-9 \t%+,./:=@^_!-]/;

/** Does the command need a shell? A program without a path is one that a shell must find, or one of its own words. */
export function needsShell(command: string): boolean {
  const [program = ''] = splitWords(command);
  return NOT_PLAIN.test(command) || !program.startsWith('/') || /[=%]/.test(program);
}

/** @param command never empty */
export function commandArgv(command: string): Argv {
  return needsShell(command) ? [SHELL, '-c', command] : (splitWords(command) as unknown as Argv);
}

/** The words of a command without quotes. */
export function splitWords(command: string): string[] {
  return command.split(/[ \t]+/).filter((word) => word !== '');
}
