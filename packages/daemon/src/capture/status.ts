// What the capture process says of itself, one JSON line each on its standard output. The daemon reads them as it reads
// packets: anything else is ignored. Nothing in them is free text but the messages, and those are made harmless. The
// capture process takes no more than types from here: zod would be a quarter of its memory.

import { escapeControls } from '@eightknock/codec';
import * as z from 'zod';
import { MESSAGE_CHARACTERS } from './child-message.ts';
import { MAX_BLOCKED } from './shed-filter.ts';

/** Why a device could not be opened, as far as the daemon acts on it. */
export type OpenFailure = 'no-device' | 'denied' | 'library' | 'link-type' | 'other';

/** More of one kind in one line is nobody's count. */
const MAX_COUNTED = 1_000_000_000;

const message = z.string().max(MESSAGE_CHARACTERS).transform(escapeControls);
const count = z.number().int().nonnegative().max(MAX_COUNTED).exactOptional();

const status = z.discriminatedUnion('state', [
  /** Packets of this link type, or lines, are being read; `message`: what of the confinement could not be done. */
  z.strictObject({
    state: z.literal('capturing'),
    linkType: z.enum(['ETHERNET', 'LINKTYPE_LINUX_SLL', 'RAW', 'LINUX_SLL2', 'NFLOG', 'LINES']),
    confined: z.boolean(),
    message: message.exactOptional(),
  }),
  z.strictObject({
    state: z.literal('failed'),
    failure: z.enum(['no-device', 'denied', 'library', 'link-type', 'other']),
    message,
  }),
  /**
   * It is alive: said every second, in the middle of a flood too. What was dropped since the last such line, by reason:
   * packets that were no knocks (`PacketDrop`), lines that were none (`LineDrop`), knocks that nobody waits for and packets
   * that were logged twice, packets that the kernel had no room for, knocks that the gates kept back,
   * whole sequences for which the daemon had no time (`overload`).
   */
  z.strictObject({
    state: z.literal('alive'),
    dropped: z.strictObject({
      short: count,
      'not-incoming': count,
      'not-ip': count,
      fragment: count,
      'extension-header': count,
      'not-transport': count,
      'not-syn': count,
      'too-long': count,
      'not-wanted': count,
      'bad-source': count,
      'no-packet': count,
      'long-line': count,
      'logged-twice': count,
      kernel: count,
      incomplete: count,
      'flooded-source': count,
      'flooded-datagram': count,
      overload: count,
    }),
    /** While load is shed: the part of all unknown sources that passes, and how many sources are blocked. */
    passing: z.number().positive().max(1).exactOptional(),
    blocked: z.number().int().nonnegative().max(MAX_BLOCKED).exactOptional(),
  }),
]);

/** One line of the capture process. */
export type ChildStatus = z.infer<typeof status>;

/** How load is shed, as an `alive` line says it. */
export type ShedStatus = Pick<Extract<ChildStatus, { state: 'alive' }>, 'passing' | 'blocked'>;

/** What is counted in an `alive` line. */
export type DropReason = keyof Extract<ChildStatus, { state: 'alive' }>['dropped'];

/** Reads one line; undefined when it is none of ours. */
export function parseStatus(line: string): ChildStatus | undefined {
  try {
    return status.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
