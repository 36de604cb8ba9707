// Debian's fwknop client: makes a single packet of what it is told, sends it or not, and says what is in it.

import { encodeSpaKey, type SpaHash, type SpaKey } from '@eightknock/codec/spa';
import { run } from '../lab/run.ts';

/** No file of the user's is read or written. */
const NO_FILES = ['--no-home-dir', '--no-rc-file', '--no-save-args', '-E', '/dev/null'];
const NEEDED = 'this test needs fwknop: apt-get install fwknop-client fwknop-server';

/** Keys as a person gives them to fwknop: both as text, or both in base64. */
export type KeyKind = 'text' | 'base64';

/** What fwknop says of a packet that it has made. */
export interface ClientPacket {
  /** What it sends. */
  readonly packet: string;
  /** Before encryption, its digest included. */
  readonly plaintext: string;
  readonly hmac: string;
}

/** fwknop's names are ours with an underscore. */
export function fwknopHash(hash: SpaHash): string {
  return hash.replace('-', '_');
}

/** The arguments of fwknop that give it these keys. */
export function keyArguments({ encryptionKey, hmacKey, hmacHash }: SpaKey, kind: KeyKind): string[] {
  const keys =
    kind === 'text'
      ? ['--key-rijndael', textOf(encryptionKey), '--key-hmac', textOf(hmacKey)]
      : ['--key-base64-rijndael', encodeSpaKey(encryptionKey), '--key-base64-hmac', encodeSpaKey(hmacKey)];
  return [...keys, '--use-hmac', '--hmac-digest-type', fwknopHash(hmacHash)];
}

/** All arguments but those that say what is asked for. */
export function clientArguments(key: SpaKey, kind: KeyKind): string[] {
  return [...NO_FILES, '-D', '127.0.0.1', ...keyArguments(key, kind)];
}

/**
 * Has a packet made, and not sent.
 * @param wanted what is asked for: -A, -a, -N …
 */
export async function makePacket(key: SpaKey, kind: KeyKind, wanted: readonly string[]): Promise<ClientPacket> {
  const said = await fwknop([...clientArguments(key, kind), '--test', '--verbose', ...wanted]);
  const [data, digest] = [field(said, 'Encoded Data'), field(said, 'SPA Data Digest')];
  return { packet: field(said, 'Final SPA Data'), plaintext: `${data}:${digest}`, hmac: field(said, 'HMAC') };
}

/** Has a packet made that nothing authenticates. */
export async function makeWithoutHmac({ encryptionKey }: SpaKey, wanted: readonly string[]): Promise<string> {
  const args = [...NO_FILES, '-D', '127.0.0.1', '--key-rijndael', textOf(encryptionKey), '--test', '--verbose'];
  return field(await fwknop([...args, ...wanted]), 'Final SPA Data');
}

/** Has a packet made and sent to a UDP port of this machine. */
export async function sendPacket(key: SpaKey, kind: KeyKind, port: number, wanted: readonly string[]): Promise<void> {
  await fwknop([...clientArguments(key, kind), '-p', String(port), ...wanted]);
}

async function fwknop(args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await run('/usr/bin/fwknop', args).catch((error) => {
    throw new Error(`${NEEDED}\n${error.message}`);
  });
  if (code !== 0) throw new Error(`fwknop ${args.join(' ')} ended with ${code}\n${stdout}${stderr}`);
  return stdout;
}

/** The first of its lines with this name: the packet as it is made; further down it decodes it again. */
function field(said: string, name: string): string {
  const value = new RegExp(`^ *${name}: (\\S+)$`, 'm').exec(said)?.[1];
  if (value === undefined) throw new Error(`fwknop says nothing of "${name}":\n${said}`);
  return value;
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}
