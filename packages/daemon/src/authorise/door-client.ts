// Whose grant is it that a door has given to somebody without a name? The door's: `door:NAME`. No client has such a name.

import { isClientName } from '@eightknock/codec';

const PREFIX = 'door:';

/** The name that stands where that of a client does: in grants, the audit trail, the log. */
export function doorClient(door: string): string {
  return PREFIX + door;
}

/** @returns the name of the door; undefined when it is a client's */
export function doorOfClient(client: string): string | undefined {
  return client.startsWith(PREFIX) ? client.slice(PREFIX.length) : undefined;
}

/** Can it stand where the name of a client does? */
export function isGrantee(name: string): boolean {
  return isClientName(doorOfClient(name) ?? name);
}
