// A request of either kind, as the log and the audit trail have it: who, from where, for whom, what. Pure.

import { doorClient } from './authorise/door-client.ts';
import type { Request } from './recognise/recogniser.ts';

/** What is said of a request. */
export interface RequestFields {
  /** A client's name, or `door:NAME`. */
  readonly client: string;
  readonly sourceAddress: string;
  /** Canonical text, or `source`. */
  readonly claimedAddress: string;
  /** The number that was asked for; absent: the door says what it does. */
  readonly port?: number;
  /** As in the knock of a client; absent: the door says for how long. */
  readonly time?: number;
}

/** A knock on a door is for the address that it comes from, unless it is a packet that names another. */
export function asClient(request: Request): RequestFields {
  if (!('door' in request)) return request;
  const { door, sourceAddress, port: number, wish } = request;
  const asked = wish && 'ports' in wish.request ? wish.request.ports[0]?.port : undefined;
  const port = number ?? asked;
  const claimedAddress = wish?.request.address ?? 'source';
  return { client: doorClient(door), sourceAddress, claimedAddress, ...(port !== undefined && { port }) };
}
