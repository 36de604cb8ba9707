// What the tests share: the key of the vectors of docs/protocol.md, and folders that go away.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeSecret, type SharedKey } from '@eightknock/codec';
import type { ExecutionContext } from 'ava';

/** The secret of the vectors: bytes 0 to 31. */
export const SECRET = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8';
export const SERVER_ID = 'gw.example.net';
export const KEY: SharedKey = { secret: decodeSecret(SECRET), serverId: SERVER_ID };
/** The moment of the first two vectors. */
export const VECTOR_SECONDS = 1_800_000_000;
/** 203.0.113.7, port 22, time 0, nonce 5 at {@link VECTOR_SECONDS}. */
export const VECTOR_PORTS = [945, 821, 985, 863, 840, 934, 913, 880];

/** An enrolment link for a host. */
export function linkFor(host: string, rest = '&ports=tcp/22,udp/51820'): string {
  return `eightknock://${host}?server=${SERVER_ID}&client=alice&secret=${SECRET}${rest}`;
}

/** A folder that is removed when the test ends. */
export async function makeFolder(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'knockclient-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Fails when a text holds the secret, whole or half. */
export function assertNoSecret(t: ExecutionContext, shown: unknown): void {
  const text = typeof shown === 'string' ? shown : JSON.stringify(shown);
  t.false(text.includes(SECRET.slice(0, 20)) || text.includes(SECRET.slice(20)), `a secret was shown: ${text}`);
}
