// A new client → its file in clients_dir. The file appears whole or not at all, is the owner's alone from its first
// moment on, and never takes the place of another. Written by root it belongs to the folder's owner: the daemon's user.

import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeSecret, formatTransportPort } from '@eightknock/codec';
import { CLIENT_FILE_EXTENSION } from './combine.ts';
import type { ClientConfig } from './config.ts';
import { formatMoment } from './moment.ts';
import { writeNewSecretFile } from './write-secret-file.ts';

/** The name of a client's file. */
export function clientFileName(clientsDir: string, name: string): string {
  return join(clientsDir, `${name}${CLIENT_FILE_EXTENSION}`);
}

/**
 * Writes a client as TOML. The inverse of `parseClientFile`; what is the default is left out.
 * @returns text that contains the secret
 */
export function formatClient(client: ClientConfig): string {
  const { name, secret, enabled, ports, maxTime, openForOther, trustSource, expiresMs } = client;
  const lines = [
    `name = "${name}"`,
    `secret = "${encodeSecret(secret)}"`,
    ...(enabled ? [] : ['enabled = false']),
    `ports = [${ports.map((port) => `"${formatTransportPort(port)}"`).join(', ')}]`,
    ...(maxTime === undefined ? [] : [`max_time = ${maxTime}`]),
    ...(openForOther ? ['open_for_other = true'] : []),
    ...(trustSource ? [] : ['trust_source = false']),
    ...(expiresMs === undefined ? [] : [`expires = ${formatMoment(expiresMs)}`]),
  ];
  return `${lines.join('\n')}\n`;
}

/**
 * Writes the file of a new client, mode 0600, and the folder, mode 0700, where it is missing (not the folders above it).
 * When root does it and the folder is somebody else's, the file is theirs too.
 * @returns its name; undefined when there is such a file already: it stays as it is
 * @throws the error of the file system for anything else; nothing is left behind then
 */
export async function writeNewClient(clientsDir: string, client: ClientConfig): Promise<string | undefined> {
  await makeFolder(clientsDir);
  const file = clientFileName(clientsDir, client.name);
  return (await writeNewSecretFile(file, formatClient(client))) ? file : undefined;
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o700 });
    await chmod(folder, 0o700);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
