// The place in the kernel where load is shed. The captured socket is put into a group with a second one, which throws away
// whatever it gets (PACKET_FANOUT in packet(7)); a program says for each packet which of the two it goes to, before it
// takes room in the ring. More captured ones may join, each with a ring of its own. The program can be changed through the
// second socket alone; the filters of the captured ones are locked (SO_LOCK_FILTER in socket(7)): so a capture process that
// was taken over cannot make them show more.

import { closeSync } from 'node:fs';
import { INSTRUCTION_BYTES, MAX_INSTRUCTIONS } from './bpf.ts';
import type { Libc } from './libc.ts';
import { AF_PACKET, PACKET_FANOUT, PACKET_FANOUT_DATA, SOL_PACKET, SOL_SOCKET } from './packet-sockets.ts';
import { openFilter, SHED } from './shed-filter.ts';

/** bits/socket_type.h, asm-generic/socket.h, linux/if_packet.h */
const SOCK_RAW_CLOEXEC = 3 | 0o2000000;
const SO_ATTACH_FILTER = 26;
const SO_LOCK_FILTER = 44;
const PACKET_FANOUT_CBPF = 6;
const PACKET_FANOUT_FLAG_UNIQUEID = 0x2000;
/** struct sockaddr_ll: all of it, and what bind(2) needs of it. */
const ADDRESS_BYTES = 20;
const ADDRESS_BOUND_BYTES = 8;

/** The second socket. */
export interface ShedSocket {
  readonly fd: number;
  /** One more captured socket, to which the program can send packets. @returns its place @throws Error when the kernel refuses */
  join(captured: number): number;
  /** Puts another program in place of the one there is. @throws Error when the kernel refuses */
  attach(program: Buffer): void;
  /** Leaves the group. */
  close(): void;
}

/**
 * Makes the group; everything passes. Needs CAP_NET_RAW.
 * @param captured the socket that libpcap reads
 * @throws Error when the kernel cannot do it (Linux 4.12 or later can)
 */
export function openShedSocket(libc: Libc, captured: number): ShedSocket {
  // Memory for the longest program: what is placed is never freed.
  const instructions = libc.place(Buffer.alloc(MAX_INSTRUCTIONS * INSTRUCTION_BYTES), false);
  const pointerTo = (program: Buffer): Buffer => {
    libc.replace(instructions, program);
    // struct sock_fprog: how many instructions, where they are
    const pointer = Buffer.alloc(16);
    pointer.writeUInt16LE(program.length / INSTRUCTION_BYTES, 0);
    pointer.writeBigUInt64LE(instructions, 8);
    return pointer;
  };
  const bound = libc.getsockname(captured, ADDRESS_BYTES).fill(0, ADDRESS_BOUND_BYTES);
  // Of no protocol until it throws everything away: the filter returns 0 bytes of each packet.
  const fd = libc.socket(AF_PACKET, SOCK_RAW_CLOEXEC, 0);
  libc.setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, pointerTo(openFilter()));
  libc.bind(fd, bound);
  libc.setsockopt(captured, SOL_PACKET, PACKET_FANOUT, groupOf(0, PACKET_FANOUT_FLAG_UNIQUEID));
  const group = libc.getsockopt(captured, SOL_PACKET, PACKET_FANOUT, 4)?.readUInt16LE() ?? 0;
  libc.setsockopt(fd, SOL_PACKET, PACKET_FANOUT, groupOf(group, 0));
  const lock = (socket: number) => libc.setsockopt(socket, SOL_SOCKET, SO_LOCK_FILTER, Buffer.from([1, 0, 0, 0]));
  lock(captured);
  let places = SHED + 1;
  return {
    fd,
    join: (socket) => {
      lock(socket);
      libc.setsockopt(socket, SOL_PACKET, PACKET_FANOUT, groupOf(group, 0));
      return places++;
    },
    close: () => closeSync(fd),
    attach: (program) => libc.setsockopt(fd, SOL_PACKET, PACKET_FANOUT_DATA, pointerTo(program)),
  };
}

function groupOf(id: number, flags: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt16LE(id, 0);
  bytes.writeUInt16LE(PACKET_FANOUT_CBPF | flags, 2);
  return bytes;
}
