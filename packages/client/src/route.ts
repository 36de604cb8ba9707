// The host and what the options say of addresses → the addresses to knock at, one of each
// family, and for each the one to name in the knock.

import { tryParseAddress } from '@eightknock/codec';
import { type AddressFamily, familyOf, isSeenAs } from './claimed-address.ts';
import { Failure, type Problem } from './exit.ts';
import { noWayProblem, unresolvedProblem } from './messages/failures.ts';
import { sourceHint } from './messages/hints.ts';
import { familyProblem, spoofNeedsIpProblem } from './messages/wrong-use.ts';
import type { KnockOptions } from './options.ts';
import type { OwnAddress } from './own-address.ts';
import type { Resolve } from './resolve.ts';

/** Both ends of the way, as they are to be written down. */
export interface Route {
  readonly family: AddressFamily;
  /** Where to knock. */
  readonly serverAddress: string;
  /** What the knock names: an address, or `source`. */
  readonly claimedAddress: string;
  /** All addresses of the host, for `--debug`. */
  readonly addresses: readonly string[];
  /** This machine's address on the way there, for `--debug`. */
  readonly ownAddress: string;
  /** What the user should know about the choice. */
  readonly hint?: string;
}

type Wish = Pick<KnockOptions, 'ip' | 'family' | 'spoofSource'>;

/** What is wrong with a host that is an address, seen with the other options; for a name nobody knows yet. */
export function hostFamilyProblems(host: string, { ip, family, spoofSource }: Wish): Problem[] {
  if (tryParseAddress(host) === undefined || family === undefined || familyOf(host) === family) return [];
  return [familyProblem(host, family, ip, spoofSource)];
}

/**
 * Finds the ways to a host: for each family its first address that this machine has a route to. A connection that follows
 * may take either, so both are opened.
 * @returns one or two, the family of the host's best address first
 * @throws Failure with exit code 1 when the host has no address that fits, or none can be reached; with 2 when the
 *   address to open for cannot be found out
 */
export async function findRoutes(
  host: string,
  wish: Wish,
  network: { readonly resolve: Resolve; readonly ownAddress: OwnAddress },
): Promise<readonly Route[]> {
  const addresses = await network.resolve(host).catch((error: NodeJS.ErrnoException) => {
    throw new Failure(1, [unresolvedProblem(host, error.code ?? error.message)]);
  });
  if (addresses.length === 0) throw new Failure(1, [unresolvedProblem(host, 'ENODATA')]);
  const usable = addresses.filter((address) => wish.family === undefined || familyOf(address) === wish.family);
  if (usable.length === 0)
    throw new Failure(1, [familyProblem(host, wish.family as AddressFamily, wish.ip, wish.spoofSource)]);

  const routes = new Map<AddressFamily, Route>();
  let code = 'ENETUNREACH';
  for (const serverAddress of usable) {
    const family = familyOf(serverAddress);
    if (routes.has(family)) continue;
    let ownAddress: string;
    try {
      ownAddress = await network.ownAddress(serverAddress);
    } catch (error) {
      code = (error as NodeJS.ErrnoException).code ?? code;
      continue;
    }
    routes.set(family, { family, serverAddress, addresses, ownAddress, ...claim(wish, ownAddress, serverAddress) });
  }
  if (routes.size === 0) throw new Failure(1, [noWayProblem(host, usable, code)]);
  return [...routes.values()];
}

function claim(
  { ip, spoofSource }: Wish,
  ownAddress: string,
  serverAddress: string,
): Pick<Route, 'claimedAddress' | 'hint'> {
  if (ip !== 'auto') return { claimedAddress: ip };
  if (isSeenAs(ownAddress, serverAddress)) return { claimedAddress: ownAddress };
  // Who asks for this machine's own address does not mean the one that the knocks seem to come from.
  if (spoofSource !== undefined) throw new Failure(2, [spoofNeedsIpProblem(ownAddress)]);
  return { claimedAddress: 'source', hint: sourceHint(ownAddress) };
}
