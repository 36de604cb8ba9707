// To which processes a terminal sends what ^C means.

import { readFileSync } from 'node:fs';
import { isatty } from 'node:tty';

/**
 * Is this process in the foreground of its terminal? Then a ^C there sends SIGINT to it and to all that it has started; wherever its
 * standard input comes from.
 */
export function isInForeground(): boolean {
  try {
    // proc(5): behind the name, which may have anything in it, are state, parent, group, session, terminal, and the group in front.
    const about = readFileSync('/proc/self/stat', 'utf8');
    const [, , group, , terminal, front] = about.slice(about.lastIndexOf(')') + 2).split(' ');
    return terminal !== '0' && group === front;
  } catch {
    // No Linux.
    return [0, 1, 2].some((fd) => isatty(fd));
  }
}
