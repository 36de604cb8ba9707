// What the capture process says of itself, one JSON line each on its standard output. The daemon reads them as it reads
// packets: anything else is ignored.

import { z } from 'zod';

/** Why a device could not be opened, as far as the daemon acts on it. */
export type OpenFailure = 'no-device' | 'denied' | 'library' | 'link-type' | 'other';

const status = z.discriminatedUnion('state', [
  /** Packets of this link type are being captured, and the privileges are gone. */
  z.strictObject({ state: z.literal('capturing'), linkType: z.string().max(64) }),
  z.strictObject({
    state: z.literal('failed'),
    failure: z.enum(['no-device', 'denied', 'library', 'link-type', 'other']),
    message: z.string().max(1024),
  }),
  /** Packets that were no knocks since the last such line, by reason. */
  z.strictObject({ state: z.literal('dropped'), counts: z.record(z.string().max(32), z.number().int().nonnegative()) }),
]);

/** One line of the capture process. */
export type CaptureStatus = z.infer<typeof status>;

/** Reads one line; undefined when it is none of ours. */
export function parseStatus(line: string): CaptureStatus | undefined {
  try {
    return status.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
