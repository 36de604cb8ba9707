// Grants that the configuration no longer allows: their client was removed, disabled, has expired, or may no longer open
// the port. Pure.

import type { ClientConfig } from './config/config.ts';
import type { GrantFilter, LiveGrant } from './store/store.ts';

/**
 * Finds what is to be revoked.
 * @param grants all that live
 * @param nowMs milliseconds since 1970
 * @returns filters for `Store.revoke`, each once
 */
export function withdrawals(
  grants: readonly LiveGrant[],
  clients: ReadonlyMap<string, ClientConfig>,
  nowMs: number,
): GrantFilter[] {
  const found = new Map<string, GrantFilter>();
  for (const { client: name, protocol, port } of grants) {
    const client = clients.get(name);
    if (!client?.enabled || (client.expiresMs !== undefined && nowMs >= client.expiresMs)) {
      found.set(name, { client: name });
    } else if (!client.ports.some((allowed) => allowed.protocol === protocol && allowed.port === port)) {
      found.set(`${name} ${port}`, { client: name, port });
    }
  }
  return [...found.values()];
}
