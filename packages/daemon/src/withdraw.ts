// Grants that the configuration no longer allows, or only for less time. Each is judged as its request would be: what
// could have led to it is asked of `decide` again, at the time when it was given. Pure.

import { formatTransportPort, TIME_UNLIMITED } from '@eightknock/codec';
import type { SpaRequest } from '@eightknock/codec/spa';
import { ACTION_TERMS } from './act/action-terms.ts';
import type { Grant } from './authorise/authorise.ts';
import { type Access, decide } from './authorise/decide.ts';
import { doorOfClient } from './authorise/door-client.ts';
import { isInRanges } from './config/address-range.ts';
import type { DoorConfig, ForwardTarget } from './config/door-config.ts';
import type { Request } from './recognise/recogniser.ts';
import type { GrantFilter, LiveGrant } from './store/store.ts';

/** Changes of single grants at once, each a transaction; where it would be more, all grants of a port and client end. */
export const MAX_APART = 1000;
/** Ends that differ by less are the same: times are rounded, clocks are slewed. */
const SLACK_MS = 1000;
/** A request that asks for no limit has no bytes of its own. */
const NO_BYTES = new Uint8Array(8);

/** A grant that lasts too long. */
export interface Shortening {
  readonly was: LiveGrant;
  /** What would be given instead: its one port, and an earlier end. */
  readonly grant: Grant & { readonly endMs: number };
}

/** What is to become of grants. */
export interface Withdrawals {
  /** For `Store.revoke`: they match nothing else. */
  readonly revoked: readonly GrantFilter[];
  readonly shortened: readonly Shortening[];
}

type Verdict = 'stays' | 'ends' | Shortening;

/**
 * Finds them.
 * @param grants all that live; `sinceMs` by the clock as it is now
 * @param nowMs milliseconds since 1970
 */
export function withdrawals(grants: readonly LiveGrant[], access: Access, nowMs: number): Withdrawals {
  const verdicts = new Map(grants.map((grant) => [grant, judge(grant, access, nowMs)]));
  const revoked: GrantFilter[] = [];
  const shortened: Shortening[] = [];
  for (const [client, all] of groupBy(grants, (grant) => grant.client)) {
    if (all.every((grant) => verdicts.get(grant) === 'ends')) {
      revoked.push({ client });
      continue;
    }
    for (const some of groupBy(all, formatTransportPort).values()) {
      const { protocol, port } = some[0] as LiveGrant;
      const changed = some.filter((grant) => verdicts.get(grant) !== 'stays');
      const isAll = some.every((grant) => verdicts.get(grant) === 'ends');
      const isTooMuch = revoked.length + shortened.length + changed.length > MAX_APART;
      if (changed.length > 0 && (isAll || isTooMuch)) revoked.push({ client, protocol, port });
      else {
        for (const grant of changed) {
          const verdict = verdicts.get(grant);
          if (typeof verdict === 'object') shortened.push(verdict);
          else revoked.push({ client, protocol, port, address: grant.address });
        }
      }
    }
  }
  return { revoked, shortened };
}

function judge(was: LiveGrant, access: Access, nowMs: number): Verdict {
  let longest: Grant | undefined;
  for (const request of requestsFor(was, access)) {
    const given = decide(request, access, was.sinceMs);
    if ('reason' in given || !isOf(given, was)) continue;
    if (!longest || endOf(given) > endOf(longest)) longest = given;
  }
  if (!longest || endOf(longest) <= nowMs) return 'ends';
  const { endMs } = longest;
  if (endMs === undefined || endOf(was) <= endMs + SLACK_MS) return 'stays';
  const { protocol, port } = was;
  return { was, grant: { ...longest, endMs, ports: [{ protocol, port }] } };
}

/** Whatever could have led to a grant, each for as long as can be asked for. */
function requestsFor(was: LiveGrant, access: Access): Request[] {
  const { client: name, sourceAddress, address, port } = was;
  const doorName = doorOfClient(name);
  if (doorName !== undefined) return requestsOfDoor(was, access.doors.get(doorName));
  const client = access.clients.get(name);
  // As the recogniser has it. Whether it said "the address I come from" is not known: it may have named that one as well.
  if (!client || (address !== sourceAddress && !client.openForOther)) return [];
  const numbers = new Set(client.ports.map((own) => own.port).filter((own) => opens(own, port, access)));
  return [...numbers].map((number) => ({
    client: name,
    sourceAddress,
    claimedAddress: address,
    port: number,
    time: TIME_UNLIMITED,
    window: 0,
    cipher: NO_BYTES,
  }));
}

/** May a number that a client asks for open this port? */
function opens(number: number, port: number, { numbers }: Access): boolean {
  const door = numbers.get(number);
  if (!door) return number === port;
  return 'ports' in door.action && door.action.ports.some((one) => one.port === port);
}

function requestsOfDoor(was: LiveGrant, door: DoorConfig | undefined): Request[] {
  if (!door) return [];
  const { sourceAddress, port, target } = was;
  if (door.kind !== 'spa') return [{ door: door.name, sourceAddress, port }];
  if (door.sources && !isInRanges(sourceAddress, door.sources)) return [];
  // The name that was in the packet is not known; one that fits is taken for it.
  const common = { user: door.user ?? '', ...(target && { destinationAddress: target.address }) };
  return spaRequestsFor(was).map((request) => ({ door: door.name, sourceAddress, wish: { ...common, request } }));
}

function spaRequestsFor({ address, protocol, port, target }: LiveGrant): SpaRequest[] {
  const access = { address, ports: [{ protocol, port }], timeoutSeconds: Number.MAX_SAFE_INTEGER };
  if (!target) return [{ ...access, kind: 'access' }];
  const inner = { host: target.address, port: target.port };
  return [
    { ...access, kind: 'nat-access', target: inner },
    { ...access, kind: 'local-nat', target: inner },
  ];
}

/** Would it be this grant, but for its end? */
function isOf(given: Grant, { address, protocol, port, target }: LiveGrant): boolean {
  return (
    ACTION_TERMS[given.action].isHeld &&
    given.address === address &&
    given.ports.some((one) => one.protocol === protocol && one.port === port) &&
    isSameTarget(given.target, target)
  );
}

function isSameTarget(a: ForwardTarget | undefined, b: ForwardTarget | undefined): boolean {
  return a?.address === b?.address && a?.port === b?.port && a?.masquerade === b?.masquerade;
}

function endOf({ endMs = Number.POSITIVE_INFINITY }: { readonly endMs?: number }): number {
  return endMs;
}

function groupBy<Key, Value>(values: readonly Value[], keyOf: (value: Value) => Key): Map<Key, Value[]> {
  const groups = new Map<Key, Value[]>();
  for (const value of values) {
    const group = groups.get(keyOf(value));
    if (group) group.push(value);
    else groups.set(keyOf(value), [value]);
  }
  return groups;
}
