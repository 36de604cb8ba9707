// Texts and folders that the tests of the configuration share.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';

/** Bytes 0 … 31, as in docs/protocol.md. */
export const SECRET = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8';
/** Bytes 1 … 32. */
export const OTHER_SECRET = 'AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA';

/** The least that knockdaemon.toml must say. */
export const SERVER = 'server_id = "gw.example.net"\n';

/** The keys of a client; a key in `changes` replaces one of them, or leaves it out where it is undefined. */
export function clientKeys(changes: Readonly<Record<string, string | undefined>> = {}): string {
  const keys = { name: '"alice"', secret: `"${SECRET}"`, ports: '["tcp/22"]', ...changes };
  return Object.entries(keys)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key} = ${value}\n`)
    .join('');
}

/** A `[[client]]` table, see {@link clientKeys}. */
export function clientTable(changes?: Readonly<Record<string, string | undefined>>): string {
  return `[[client]]\n${clientKeys(changes)}`;
}

/** Fails when a secret, or half of one, is in what is shown. */
export function assertNoSecret(t: ExecutionContext, shown: unknown): void {
  const text = typeof shown === 'string' ? shown : JSON.stringify(shown);
  for (const secret of [SECRET, OTHER_SECRET]) {
    for (const half of [secret.slice(0, 20), secret.slice(-20)])
      t.false(text.includes(half), `a secret is in: ${text}`);
  }
}

/** A new folder, mode 0700, removed when the test is over. */
export async function temporaryFolder(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'knockdaemon-test-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
