// No secret may stand in anything that a program of ours writes: every secret of the labs is known here, those of clients and
// those of doors, and every lab looks for them, when it is closed, in all that was printed and in all files but the configuration.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SpaKey } from '@eightknock/codec/spa';

/** Shorter ones could stand anywhere by chance. */
const MIN_BYTES = 8;
/** The forms in which a secret could show, with what to call it; by their bytes, so that each is there once. */
const forms = new Map<string, { readonly form: Buffer; readonly name: string }>();

/** From now on this secret is looked for. @param secret bytes, or what somebody has made up and typed; 8 bytes or more */
export function watchSecret(secret: Uint8Array | string, name: string): void {
  const bytes = Buffer.from(secret);
  if (bytes.length < MIN_BYTES) throw new RangeError(`a secret of ${MIN_BYTES} bytes or more is needed, not "${name}"`);
  const hex = bytes.toString('hex');
  const escaped = JSON.stringify(bytes.toString()).slice(1, -1);
  const texts = [
    hex,
    hex.toUpperCase(),
    unpadded(bytes.toString('base64')),
    bytes.toString('base64url'),
    bytes.join(','),
  ];
  for (const form of [bytes, ...[...texts, escaped].map((text) => Buffer.from(text))]) {
    const key = form.toString('latin1');
    if (!forms.has(key)) forms.set(key, { form, name });
  }
}

/** From now on both keys of a single packet are looked for. */
export function watchSpaKey({ encryptionKey, hmacKey }: SpaKey, name: string): void {
  watchSecret(encryptionKey, `the encryption key of ${name}`);
  watchSecret(hmacKey, `the HMAC key of ${name}`);
}

/** From now on all secrets of a configuration are looked for, those of clients and of doors. @param toml its text */
export function watchSecretsIn(toml: string): void {
  for (const [, key = '', value = ''] of toml.matchAll(/^(secret|(?:hmac_)?key(?:_base64)?) = "([^"\\]*)"$/gm)) {
    const isBase64 = key.endsWith('base64') || (key === 'secret' && CLIENT_SECRET.test(value));
    const bytes = Buffer.from(value, isBase64 ? 'base64' : 'utf8');
    if (bytes.length >= MIN_BYTES) watchSecret(bytes, `"${key}" of a configuration`);
  }
}
/** Bytes, in the alphabet of URLs; a door's secret is its text. */
const CLIENT_SECRET = /^[\w-]{43}$/;

/** @returns the name of a secret that stands in these bytes, if there is one */
export function findSecret(bytes: Buffer): string | undefined {
  for (const { form, name } of forms.values()) if (bytes.includes(form)) return name;
  return undefined;
}

/** What an option such as `--key-file` is given. */
const KEY_FILE = /^key(?:-[\w-]+)?$/;
/** Our configuration, and fwknop's. */
const CONFIGURATION = /\.toml$|^fwknoprc$|^(?:fwknopd-access|access\.conf)$/;

/** Looks in all files below a folder, but for configuration and keys. @returns the paths of those that hold a secret */
export function filesWithSecrets(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter(({ name }) => !CONFIGURATION.test(name) && !KEY_FILE.test(name))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => findSecret(readFileSync(path)) !== undefined);
}

/** Padding is no part of what is secret. */
function unpadded(base64: string): string {
  return base64.replace(/=+$/, '');
}
