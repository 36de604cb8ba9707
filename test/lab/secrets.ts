// No secret may stand in anything that a program of ours writes: every secret of the labs is known here, and every lab looks
// for them, when it is closed, in all that was printed and in all files but the configuration.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeSecret } from '@eightknock/codec';

/** The forms in which a secret could show, with what to call it. */
const forms = new Map<Buffer, string>();

/** From now on this secret is looked for. */
export function watchSecret(secret: Uint8Array, name: string): void {
  const bytes = Buffer.from(secret);
  const texts = [encodeSecret(secret), bytes.toString('hex'), bytes.toString('base64'), bytes.join(',')];
  for (const form of [bytes, ...texts.map((text) => Buffer.from(text))]) forms.set(form, name);
}

/** @returns the name of a secret that stands in these bytes, if there is one */
export function findSecret(bytes: Buffer): string | undefined {
  for (const [form, name] of forms) if (bytes.includes(form)) return name;
  return undefined;
}

/** What `--key-file` is given. */
const KEY_FILE = /^key(?:-\w+)?$/;

/** Looks in all files below a folder, but for configuration and keys. @returns the paths of those that hold a secret */
export function filesWithSecrets(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter(({ name }) => !name.endsWith('.toml') && !KEY_FILE.test(name))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => findSecret(readFileSync(path)) !== undefined);
}
