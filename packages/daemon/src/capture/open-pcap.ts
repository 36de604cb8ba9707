// Opens a device through libpcap. The only importer of cap, whose traps end here: it keeps a bare pointer to its buffer,
// and it aborts the process when the link goes away. Only the capture process may import this.

import cap from 'cap';

/**
 * Takes a packet.
 * @param bytes the packet as far as it was kept, and behind it anything; the same buffer each time
 * @param length of the packet
 */
export type FrameListener = (bytes: Buffer, length: number) => void;

/** Ethernet, two VLAN tags, IPv6, extension headers of a sensible length, and the longest datagram that is wanted whole. */
const FRAME_BYTES = 2048;
/** Holds what libpcap writes into, for as long as the process lives. */
const open: { readonly capture: InstanceType<typeof cap.Cap>; readonly buffer: Buffer }[] = [];

/** A capture that goes on. */
export interface OpenCapture {
  /** The link type as cap names it. */
  readonly linkName: string;
  readonly close: () => void;
}

/**
 * Starts to capture.
 * @param device name of an interface, or `any`
 * @param filter see pcap-filter(7)
 * @param ringBytes of the kernel's ring of packets that wait to be read; each takes a place of the same length
 * @throws Error with libpcap's words when the device is missing or down, or the privilege is
 */
export function openPcap(device: string, filter: string, ringBytes: number, onFrame: FrameListener): OpenCapture {
  const capture = new cap.Cap();
  const buffer = Buffer.alloc(FRAME_BYTES);
  open.push({ capture, buffer });
  capture.on('packet', (length: number) => onFrame(buffer, length));
  return { linkName: capture.open(device, filter, ringBytes, buffer), close: () => capture.close() };
}
