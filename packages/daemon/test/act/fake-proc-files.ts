// Files of /proc as a test wants them, for everything in this process that reads them by their names.

import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import type { ExecutionContext } from 'ava';

const { readFileSync } = fs;

/** Until the test ends these paths have these contents; to be used in serial tests only. */
export function fakeProcFiles(t: ExecutionContext, contents: Readonly<Record<string, string>>): void {
  const read = (path: string, ...rest: unknown[]) => contents[path] ?? Reflect.apply(readFileSync, fs, [path, ...rest]);
  replace(read);
  t.teardown(() => replace(readFileSync));
}

/** What /proc/net/tcp says of so many connections to a port; they come from 10.0.0.0, 10.0.0.1 and so on. */
export function connectionsTo(port: number, count: number): string {
  const rows = Array.from({ length: count }, (_, i) => {
    const low = [i & 255, i >> 8].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    return ` ${i}: 0100007F:${port.toString(16).padStart(4, '0')} ${low}000A:9C40 01`.toUpperCase();
  });
  return ['  sl  local_address rem_address   st', ...rows].join('\n');
}

function replace(read: unknown): void {
  Object.assign(fs, { readFileSync: read });
  syncBuiltinESMExports();
}
