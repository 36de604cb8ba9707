// A request of either kind, as one who writes of it sees it: who, from where, for whom, what. Pure.

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

/** Whoever knocks on a door knocks for the address he comes from. */
export function asClient(request: Request): RequestFields {
  if (!('door' in request)) return request;
  const { door, sourceAddress, port } = request;
  return { client: doorClient(door), sourceAddress, claimedAddress: 'source', ...(port !== undefined && { port }) };
}
