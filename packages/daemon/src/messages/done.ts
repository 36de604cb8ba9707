// What a command says when it is done.

import { escapeControls } from '@eightknock/codec';
import type { Note } from '../fwknop-conf/note.ts';
import { formatError, formatHint } from './problems.ts';
import { PROGRAM } from './words.ts';

/** `knockdaemon import`: what does not come over. One line each. */
export function formatImportNotes(notes: readonly Note[]): string {
  return notes
    .map(({ file, line, key, text }) => `${PROGRAM}: note: ${escapeControls(file)}: line ${line}, ${key}: ${text}\n`)
    .join('');
}

/** `knockdaemon import`, when it is done. @param file what was written; absent: it was printed */
export function formatImported(file: string | undefined, holdsKeys: boolean): string {
  if (file !== undefined) {
    const check = `knockdaemon check --config ${escapeControls(file)}`;
    return `${PROGRAM}: wrote ${escapeControls(file)}\n${formatHint(`"${check}" looks at it`)}`;
  }
  return holdsKeys
    ? formatHint('what is printed holds keys: --output FILE writes a file that nobody else can read')
    : '';
}

/** `knockdaemon enroll`, when it is done. The link is printed apart from this. */
export function formatEnrolled(name: string, file: string): string {
  return [
    `${PROGRAM}: enrolled "${name}" in ${escapeControls(file)}`,
    `${PROGRAM}: hint: the link holds the secret and is not shown again: give it to "${name}" over a safe way`,
    `${PROGRAM}: hint: "knockdaemon reload" makes a running daemon learn of "${name}"`,
    '',
  ].join('\n');
}

/** `knockdaemon flush`, when it is done. @param table such as `inet knockdaemon` */
export function formatFlushed(table: string, wasThere: boolean): string {
  if (!wasThere) return `${PROGRAM}: nothing to remove: there is no table "${table}"\n`;
  return `${PROGRAM}: removed the table "${table}": no port is guarded, marked or opened by knocks now\n`;
}

/** `knockdaemon flush`, when the firewall refused. */
export function formatFlushRefused(message: string): string {
  return formatError(
    `cannot remove the guard: ${escapeControls(message)}`,
    'run it as root; libnftables is needed (Debian: apt-get install nftables)',
  );
}

/** `knockdaemon flush`, when somebody has put the table back at once. */
export function formatFlushUndone(table: string): string {
  return formatError(
    `the table "${table}" was removed, and is back`,
    'a daemon that is running puts it back: stop it first (systemctl stop knockdaemon)',
  );
}

/** `knockdaemon reload`, when the configuration was taken. @param inForce what holds now */
export function formatReloaded(inForce: string): string {
  return `${PROGRAM}: reloaded: ${inForce}\n`;
}

/** `knockdaemon confirm`, when it is done. */
export function formatConfirmed(): string {
  return `${PROGRAM}: confirmed: the guard stays\n`;
}
