// Grants that the configuration no longer allows: their client was removed, disabled, has expired, or may no longer open
// the port; their door was removed, or opens it no longer. Pure.

import type { TransportPort } from '@eightknock/codec';
import type { Access } from './authorise/decide.ts';
import { doorOfClient } from './authorise/door-client.ts';
import type { DoorConfig } from './config/door-config.ts';
import type { GrantFilter, LiveGrant } from './store/store.ts';

/**
 * Finds what is to be revoked.
 * @param grants all that live
 * @param nowMs milliseconds since 1970
 * @returns filters for `Store.revoke`, each once
 */
export function withdrawals(grants: readonly LiveGrant[], access: Access, nowMs: number): GrantFilter[] {
  const found = new Map<string, GrantFilter>();
  for (const { client: name, protocol, port } of grants) {
    const allowed = allowedPorts(name, access, nowMs);
    if (!allowed) found.set(name, { client: name });
    else if (!allowed.some((one) => one.protocol === protocol && one.port === port)) {
      found.set(`${name} ${port}`, { client: name, port });
    }
  }
  return [...found.values()];
}

/** @returns undefined when nothing is allowed any more */
function allowedPorts(name: string, { clients, doors, numbers }: Access, nowMs: number): TransportPort[] | undefined {
  const door = doorOfClient(name);
  if (door !== undefined) return doors.has(door) ? openedBy(doors.get(door)) : undefined;
  const client = clients.get(name);
  if (!client?.enabled || (client.expiresMs !== undefined && nowMs >= client.expiresMs)) return undefined;
  return client.ports.flatMap((own) => (numbers.has(own.port) ? openedBy(numbers.get(own.port)) : [own]));
}

function openedBy(door: DoorConfig | undefined): TransportPort[] {
  return door?.action.kind === 'open' ? [...door.action.ports] : [];
}
