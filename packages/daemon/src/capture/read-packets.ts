// The capture process on a device or a log group of the kernel: opens it through libpcap and turns packets into what the
// outlet takes. Never looks beyond the headers.

import { messageOf } from '../message-of.ts';
import { FrameReader } from '../packet/frame.ts';
import { type LinkType, linkTypeOfCap } from '../packet/link.ts';
import type { Wanted } from '../packet/wanted.ts';
import { CannotOpen } from './cannot-open.ts';
import { knockFilter } from './filter.ts';
import type { KnockOutlet } from './knock-outlet.ts';
import { type OpenCapture, openPcap } from './open-pcap.ts';
import { isLogGroup } from './source-name.ts';
import type { OpenFailure } from './status.ts';

/** How it is read. */
export interface ReadOptions {
  /** Of the kernel's ring of packets that wait to be read. */
  readonly ringBytes: number;
  /** Whether packets that come now count; absent: always. */
  readonly isHeard?: () => boolean;
}

/** A device or a log group that is read. */
export interface PacketReading {
  readonly linkType: LinkType;
  readonly close: () => void;
}

/**
 * Starts to capture.
 * @throws CannotOpen
 */
export function readPackets(device: string, wanted: Wanted, outlet: KnockOutlet, options: ReadOptions): PacketReading {
  const { ringBytes, isHeard = () => true } = options;
  let reader: FrameReader | undefined;
  // libpcap cannot filter log groups.
  const filter = isLogGroup(device) ? '' : knockFilter(wanted);
  const onFrame = (bytes: Buffer, length: number) => {
    if (reader && isHeard()) outlet.take(reader.read(bytes, length));
  };
  const { linkName, close } = open(device, filter, ringBytes, onFrame);
  const linkType = linkTypeOfCap(linkName);
  if (!linkType) {
    close();
    throw new CannotOpen(
      'link-type',
      `packets of link type "${linkName}" cannot be read: name another interface, or "any"`,
    );
  }
  reader = new FrameReader(linkType, outlet.table);
  return { linkType, close };
}

function open(...options: Parameters<typeof openPcap>): OpenCapture {
  try {
    return openPcap(...options);
  } catch (error) {
    const message = messageOf(error);
    throw new CannotOpen(failureOf(message), message);
  }
}

function failureOf(message: string): OpenFailure {
  if (/No such device|that device is not up|does not exist/i.test(message)) return 'no-device';
  if (/permission|not permitted|CAP_NET_RAW/i.test(message)) return 'denied';
  return 'other';
}
