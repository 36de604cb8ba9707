// The guard as it stood last, in a file of the state folder. When the daemon cannot start, for instance because the
// configuration has become wrong, the ports are shut with it all the same: what was invisible does not become visible by a
// reboot.

import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import type { Firewall, FirewallPlan } from './act/firewall.ts';
import { liveSessions } from './act/live-sessions.ts';
import { messageOf } from './message-of.ts';
import { replaceFile } from './store/replace-file.ts';

/** The file in the state folder. */
export const GUARD_FILE = 'guard.json';
/** All ports of both protocols, written out. */
const MAX_BYTES = 8 * 1024 * 1024;
const MAX_PORTS = 2 * 65_535;

const schema = z.strictObject({
  closed: z.enum(['drop', 'reset']),
  mark: z.number().int().min(1).max(0xffffffff),
  guarded: z
    .array(z.strictObject({ protocol: z.enum(['tcp', 'udp']), port: z.number().int().min(1).max(65_535) }))
    .min(1)
    .max(MAX_PORTS),
});

/** Keeps the file. */
export class LastGuard {
  readonly #folder: string;
  #written: string | undefined;

  /** @param folder the state folder, which is there and is the daemon's alone */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The guard stands so from now on. @returns why that could not be written; what was there stays then */
  remember({ mode, closed, mark, guarded }: FirewallPlan): string | undefined {
    const text = JSON.stringify(mode === 'guard' && guarded.length > 0 ? { closed, mark, guarded } : {});
    if (text === this.#written) return undefined;
    try {
      replaceFile(join(this.#folder, GUARD_FILE), text, { mode: 0o600 });
      this.#written = text;
      return undefined;
    } catch (error) {
      return messageOf(error);
    }
  }
}

/**
 * Puts the guard in place as it stood last, unless there is a table of ours, which then stays as it is.
 * @param folder the state folder
 * @param makeFirewall called when it is needed: native code is loaded for it, which may be what the daemon cannot start without
 * @returns what is guarded by that; undefined when nothing was done, as there is no such file, no way to do it, or no need
 */
export async function holdLastGuard(
  folder: string,
  makeFirewall: () => Promise<Firewall & { isInstalled(): boolean }> = loadNftables,
): Promise<FirewallPlan['guarded'] | undefined> {
  const last = readGuard(join(folder, GUARD_FILE));
  if (!last) return undefined;
  try {
    const firewall = await makeFirewall();
    if (firewall.isInstalled()) return undefined;
    firewall.install({ mode: 'guard', forwards: false, sessions: liveSessions(last.guarded), ...last }, []);
    return last.guarded;
  } catch {
    // Why the daemon cannot start is told already, and this mostly has the same reason.
    return undefined;
  }
}

async function loadNftables() {
  const { Nftables } = await import('./act/nftables.ts');
  return new Nftables();
}

/** What others could have written counts for nothing. */
function readGuard(file: string): z.infer<typeof schema> | undefined {
  let fd: number | undefined;
  try {
    fd = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const { uid, mode, size } = fstatSync(fd);
    const isOurs = uid === 0 || uid === process.geteuid?.() || process.geteuid?.() === 0;
    if (!isOurs || (mode & 0o022) !== 0 || size > MAX_BYTES) return undefined;
    return schema.safeParse(JSON.parse(readFileSync(fd, 'utf8'))).data;
  } catch {
    return undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
