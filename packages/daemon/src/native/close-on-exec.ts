// What is started inherits no descriptor of this process but those it is given. Node opens its own that way; libnftables
// does not, and whoever had its socket could take the kernel's answers away from the daemon.

import { readdirSync } from 'node:fs';
import { type Library, loadLibrary } from './library.ts';

/** fcntl(2). */
const F_SETFD = 2;
const FD_CLOEXEC = 1;
/** Standard input, output and error. */
const FIRST_OTHER = 3;

let fcntl: ReturnType<Library['func']> | undefined;

/** To be called right before something is started: descriptors come and go. One that cannot be marked is gone. */
export function closeOthersOnExec(): void {
  fcntl ??= loadLibrary(null).func('int fcntl(int fd, int op, ...)');
  for (const fd of readdirSync('/proc/self/fd').map(Number)) {
    if (fd >= FIRST_OTHER) fcntl(fd, F_SETFD, 'int', FD_CLOEXEC);
  }
}
