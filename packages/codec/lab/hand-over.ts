// What the sender's side made → what the receiver's side has to read.

import type { Made, MakeForm } from './make.ts';
import type { ReadForm } from './read.ts';

/**
 * Hands a sequence over, as it is heard: with the same key, at the same moment, and from the address that it names.
 * @param before what the receiver's side has: where the knocks come from and what the client may stay, unless the knock names an address
 */
export function handOver(form: MakeForm, made: Made, before: ReadForm): ReadForm {
  const { secret, serverId, basePort, moment } = form;
  const { address } = made.request;
  const source = address === 'source' ? before.source : address;
  return { ...before, secret, serverId, basePort, moment, source, ports: made.ports.join(' ') };
}
