// `tcp/22,udp/53` → ports. Pure; without the rest of single packets, which the other doors need not load.

import { type TransportPort, tryParseTransportPort } from '@eightknock/codec';

/** Reads a list. @returns undefined when it is none */
export function readPorts(text: string): readonly TransportPort[] | undefined {
  const ports = text.split(',').map(tryParseTransportPort);
  return ports.every((port) => port !== undefined) ? ports : undefined;
}
