// The system's log, through the C library: syslog(3). Facility daemon, level notice.

import { loadLibrary } from './library.ts';

const LOG_DAEMON = 3 << 3;
const LOG_NOTICE = 5;

/**
 * Opens the system's log.
 * @param name that stands before each line
 * @returns what writes a line; where nobody listens it is lost
 */
export function openSyslog(name: string): (text: string) => void {
  const c = loadLibrary(null);
  const duplicate = c.func('void *strdup(const char *text)');
  const open = c.func('void openlog(void *name, int options, int facility)');
  const write = c.func('void syslog(int priority, const char *format, ...)');
  // openlog keeps the pointer for good.
  open(duplicate(name), 0, LOG_DAEMON);
  return (text) => void write(LOG_DAEMON | LOG_NOTICE, '%s', 'str', text);
}
