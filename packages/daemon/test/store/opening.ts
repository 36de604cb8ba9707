// What the tests of the store share: folders that go with the test, sequences by number, and a store or an error.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import type { Grant } from '#src/authorise/authorise.js';
import { type OpenedStore, openStore } from '#src/store/open-store.js';
import type { SqliteStore, StoreLimits } from '#src/store/sqlite-store.js';
import type { Claim } from '#src/store/store.js';

export const NOW = 1_800_000_000_000;
export const WINDOW = NOW / 30_000;
export const ports = [{ protocol: 'tcp', port: 22 }] as const;
export const OPEN = { client: 'alice', address: '198.51.100.7', ports, action: 'open', shortened: false } as const;

export function folder(t: ExecutionContext, parent = tmpdir()): string {
  const path = mkdtempSync(join(parent, 'eightknock-store-'));
  t.teardown(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

export function storeOf(opened: OpenedStore): SqliteStore {
  if ('problems' in opened) throw new Error(JSON.stringify(opened.problems));
  return opened.store;
}

export function problemsOf(opened: OpenedStore) {
  if (!('problems' in opened)) throw new Error('it was opened');
  return opened.problems;
}

export function openAt(stateDir: string, nowMs = NOW, limits: Partial<StoreLimits> = {}): SqliteStore {
  return storeOf(openStore({ stateDir, nowMs, limits }));
}

export function inMemory(limits: Partial<StoreLimits> = {}): SqliteStore {
  return storeOf(openStore({ nowMs: NOW, limits }));
}

export function claimOf(number: number, window = WINDOW): Claim {
  const cipher = Uint8Array.of(number >> 24, number >> 16, number >> 8, number, 0, 0, 0, 0);
  return { client: 'alice', window, cipher, sourceAddress: '198.51.100.7' };
}

/** `10.0.H.L` */
export function grantFor(number: number, overrides: Partial<Grant> = {}): Grant {
  return { ...OPEN, address: `10.0.${number >> 8}.${number & 255}`, ...overrides };
}
