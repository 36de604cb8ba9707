// Knocks for the tests, as the capture would give them.

import type { KnockEvent } from '#src/packet/knock-event.js';

let next = 1;

/** A SYN that is no duplicate of an earlier one. */
export function knockOn(destinationPort: number, overrides: Partial<KnockEvent> = {}): KnockEvent {
  next++;
  return {
    sourceAddress: '198.51.100.7',
    sourcePort: 30000 + (next % 30000),
    destinationPort,
    protocol: 'tcp',
    sequenceNumber: next,
    timeMs: 0,
    ...overrides,
  };
}
