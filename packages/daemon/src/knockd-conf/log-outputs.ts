// Where knockd's log goes: its LogFile, and syslog. The file is opened for each line, as rotation may have taken it away. A
// line that cannot be written is lost; the daemon goes on.

import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { openSyslog } from '../native/syslog.ts';
import type { KnockdConf } from './knockd-conf.ts';
import type { WritePhrase } from './knockd-log.ts';
import { logFileLine } from './phrases.ts';

const APPEND = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK;

/** Everywhere that the file asks for. @param onError told of a line that could not be written */
export function openLogOutputs(
  { logFile, useSyslog }: Pick<KnockdConf, 'logFile' | 'useSyslog'>,
  onError: (message: string) => void,
): WritePhrase {
  const outputs: WritePhrase[] = [];
  if (logFile !== undefined) outputs.push((phrase) => append(logFile, logFileLine(new Date(), phrase)));
  if (useSyslog) outputs.push(openSyslog('knockd'));
  return (phrase) => {
    for (const write of outputs) {
      try {
        write(phrase);
      } catch (error) {
        onError((error as Error).message);
      }
    }
  };
}

/** @throws the error of the file system */
function append(file: string, line: string): void {
  const fd = openSync(file, APPEND, 0o644);
  try {
    writeSync(fd, line);
  } finally {
    closeSync(fd);
  }
}
