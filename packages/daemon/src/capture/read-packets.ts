// The capture process on a device or a log group of the kernel: opens it through libpcap and turns packets into what the
// outlet takes. Never looks beyond the headers.

import { parseFrame } from '../packet/frame.ts';
import { type LinkType, linkTypeOfCap } from '../packet/link.ts';
import { fail } from './child-voice.ts';
import { knockFilter } from './filter.ts';
import type { KnockOutlet } from './knock-outlet.ts';
import { openPcap } from './open-pcap.ts';
import type { OpenFailure } from './status.ts';
import type { Wanted } from './wanted.ts';

/** libpcap's prefix for log groups; it cannot filter them. */
const NFLOG = 'nflog:';

/**
 * Starts to capture.
 * @returns the link type; where the device cannot be opened, it does not return
 */
export function readPackets(device: string, wanted: Wanted, outlet: KnockOutlet): LinkType {
  let linkType: LinkType | undefined;
  let opened = '';
  const filter = device.startsWith(NFLOG) ? '' : knockFilter(wanted);
  try {
    opened = openPcap(device, filter, (frame) => {
      if (linkType) outlet.take(parseFrame(frame, linkType, outlet.table), Date.now());
    });
  } catch (error) {
    fail(failureOf(error), error);
  }
  linkType = linkTypeOfCap(opened);
  if (!linkType) {
    return fail('link-type', `packets of link type "${opened}" cannot be read: name another interface, or "any"`);
  }
  return linkType;
}

function failureOf(error: unknown): OpenFailure {
  const message = String(error);
  if (/No such device|that device is not up|does not exist/i.test(message)) return 'no-device';
  if (/permission|not permitted|CAP_NET_RAW/i.test(message)) return 'denied';
  return 'other';
}
