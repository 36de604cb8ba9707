// What the capture process is to let up: the 256 ports of the eight knocks, and what the doors of the configuration wait for.
// The daemon tells it in one line of JSON. Pure.

import { z } from 'zod';

const port = z.int().min(0).max(65_535);

const range = z.strictObject({
  protocol: z.enum(['tcp', 'udp']),
  /** Both are in it. */
  first: port,
  last: port,
  /** Which TCP packets: those of whose flags `mask` leaves `value`; 0 and 0 for UDP. */
  mask: z.int().min(0).max(0x3f),
  value: z.int().min(0).max(0x3f),
});

const wantedSchema = z.strictObject({
  /** Of the 256 ports: 1–65280. */
  basePort: z.int().min(1).max(65_280),
  doors: z.array(range),
  /** UDP ports whose datagrams are wanted whole. */
  datagrams: z.array(port),
  /** Knocks on ports of doors are held back until their source has sent so many, 1–8. */
  held: z.int().min(1).max(8),
  /** Destination addresses that doors ask for, bytes in hexadecimal. */
  targets: z.array(z.string().regex(/^(?:[0-9a-f]{8}|[0-9a-f]{32})$/)).max(255),
  /** A source that was silent for so long begins anew. */
  forgottenAfterMs: z.number().min(1).max(3_600_000),
});

/** Ports next to each other on which the same packets are knocks. */
export type WantedRange = z.infer<typeof range>;
/** All of it. */
export type Wanted = z.infer<typeof wantedSchema>;

/** A source that was silent for so long begins anew, unless a door gives more time. */
export const FORGOTTEN_AFTER_MS = 60_000;

/** The eight knocks and nothing else. */
export function onlyEightKnocks(basePort: number): Wanted {
  return { basePort, doors: [], datagrams: [], held: 8, targets: [], forgottenAfterMs: FORGOTTEN_AFTER_MS };
}

/** Writes it as one line, without a line break. */
export function formatWanted(wanted: Wanted): string {
  return JSON.stringify(wanted);
}

/** Reads it. @throws Error when it is none: the daemon made a mistake */
export function parseWanted(line: string): Wanted {
  return wantedSchema.parse(JSON.parse(line));
}

/** Do they ask for the same packets? */
export function isOneKind(a: WantedRange, b: WantedRange): boolean {
  return a.protocol === b.protocol && a.mask === b.mask && a.value === b.value;
}

/** An order in which those of one kind lie together. */
export function byKindAndPort(a: WantedRange, b: WantedRange): number {
  return a.protocol.localeCompare(b.protocol) || a.mask - b.mask || a.value - b.value || a.first - b.first;
}
