// `knockdaemon flush`: removes all that the daemon has put into the kernel. Needs no configuration and no daemon; nothing
// but our own table is touched.

import { setTimeout as sleep } from 'node:timers/promises';
import { FirewallError } from '../act/firewall.ts';
import { TABLE } from '../act/ruleset.ts';
import { formatFlushed, formatFlushRefused, formatFlushUndone } from '../messages/done.ts';
import type { ExitCode, Output } from './output.ts';

/** A daemon that is running puts the table back within this time. */
export const FLUSH_WAIT_MS = 1000;

/** What the command needs of the firewall. */
export interface FlushableFirewall {
  isInstalled(): boolean;
  remove(): void;
}

/**
 * Runs the command.
 * @param open gives the firewall; throws FirewallError where there is none
 * @param wait waits for a number of milliseconds
 * @returns 0 when nothing of ours is left, 1 when something is
 */
export async function flush(
  output: Output,
  open: () => Promise<FlushableFirewall> = openNftables,
  wait: (milliseconds: number) => Promise<unknown> = sleep,
): Promise<ExitCode> {
  try {
    const firewall = await open();
    const wasThere = firewall.isInstalled();
    if (wasThere) {
      firewall.remove();
      await wait(FLUSH_WAIT_MS);
      if (firewall.isInstalled()) {
        output.stderr(formatFlushUndone(TABLE));
        return 1;
      }
    }
    output.stdout(formatFlushed(TABLE, wasThere));
    return 0;
  } catch (error) {
    if (!(error instanceof FirewallError)) throw error;
    output.stderr(formatFlushRefused(error.message));
    return 1;
  }
}

/** Loads native modules: only where they are needed. */
async function openNftables(): Promise<FlushableFirewall> {
  const [{ Nftables }, { CAP_NET_ADMIN, hasCapability }] = await Promise.all([
    import('../act/nftables.ts'),
    import('../has-capability.ts'),
  ]);
  // libnftables would write its own complaint straight to standard error.
  if (!hasCapability(CAP_NET_ADMIN)) throw new FirewallError('the capability CAP_NET_ADMIN is missing');
  return new Nftables();
}
