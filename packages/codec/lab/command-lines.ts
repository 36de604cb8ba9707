// What to type so that knockclient does the same as the page shows: docs/knockclient.md. For a POSIX shell.

import { DEFAULT_BASE_PORT } from '@eightknock/codec';
import type { Made } from './make.ts';

/** The file that the secret is taken to be in: no option takes it, as the list of processes would show it. */
export const KEY_FILE = 'secret-file';

/**
 * Asks for the same. knockclient has its own clock and draws its own nonce, so its ports are others.
 * @returns a line that prints the ports and sends nothing; without its last word it knocks
 */
export function printCommand({ request, serverId, host, basePort }: Made): string {
  const { address, port, time } = request;
  const words = ['knockclient', '--host', host, '--key-file', KEY_FILE, '--server-id', serverId];
  if (basePort !== DEFAULT_BASE_PORT) words.push('--base-port', `${basePort}`);
  words.push('--port', `${port}`, '--time', `${time}`, '--ip', address, '--print');
  return words.map(quote).join(' ');
}

/** Knocks on exactly these ports. @returns a line that sends eight packets */
export function knockCommand({ host, ports }: Made): string {
  return ['knockclient', 'knock', host, ...ports].map((word) => quote(`${word}`)).join(' ');
}

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
