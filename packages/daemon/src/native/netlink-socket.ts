// A socket that hears what the kernel says of its packet filter: netlink(7), socket(2), recv(2), through the C library.
// Node has no netlink. Nothing here blocks, and nothing here reads what it receives.

import { constants } from 'node:os';
import { lastErrno, loadLibrary } from './library.ts';

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const NETLINK_NETFILTER = 12;
const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
const SO_RCVBUFFORCE = 33;
const MSG_TRUNC = 0x20;
const MSG_DONTWAIT = 0x40;
const { EAGAIN, EINTR } = constants.errno;

/** Longest message that is read whole; the kernel's own are at most a page or two. */
export const RECEIVE_BYTES = 128 * 1024;

/** What one read gives: bytes, which the next read overwrites; nothing now; or that messages were lost. */
export type Received = Uint8Array | 'nothing' | 'lost';

/** A netlink socket of the netfilter subsystem, a member of one multicast group. */
export class NetlinkSocket {
  readonly #fd: number;
  readonly #buffer = new Uint8Array(RECEIVE_BYTES);
  readonly #c: CFunctions;

  /**
   * @param group number of the multicast group: linux/netfilter/nfnetlink.h
   * @param bufferBytes what the kernel may keep for us; it gives less where it does not allow that
   * @throws Error when the kernel refuses: CAP_NET_ADMIN is needed
   */
  constructor(group: number, bufferBytes: number) {
    this.#c = cFunctions();
    this.#fd = this.#c.socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_NETFILTER);
    if (this.#fd < 0) throw new Error(`no netlink socket (errno ${lastErrno()})`);
    this.#receiveBuffer(bufferBytes);
    // struct sockaddr_nl, netlink(7): family, padding, port id (0: the kernel chooses), groups.
    const name = new Uint8Array(12);
    new Uint16Array(name.buffer)[0] = AF_NETLINK;
    new Uint32Array(name.buffer)[2] = 1 << (group - 1);
    if (this.#c.bind(this.#fd, name, name.length) !== 0) {
      const errno = lastErrno();
      this.close();
      throw new Error(`no netlink events (errno ${errno})`);
    }
  }

  /** Reads one datagram of messages. */
  receive(): Received {
    for (;;) {
      const count = this.#c.recv(this.#fd, this.#buffer, this.#buffer.length, MSG_DONTWAIT | MSG_TRUNC);
      if (count > this.#buffer.length) return 'lost';
      if (count >= 0) return this.#buffer.subarray(0, count);
      const errno = lastErrno();
      if (errno === EAGAIN) return 'nothing';
      // ENOBUFS: the buffer was full. Anything else is no better.
      if (errno !== EINTR) return 'lost';
    }
  }

  /** Sends a request to the kernel; what it answers is received like everything else. Nothing, if it cannot be sent. */
  send(message: Uint8Array): void {
    this.#c.send(this.#fd, message, message.length, MSG_DONTWAIT);
  }

  close(): void {
    this.#c.close(this.#fd);
  }

  #receiveBuffer(bytes: number): void {
    const value = new Uint8Array(Int32Array.of(bytes).buffer);
    if (this.#c.setsockopt(this.#fd, SOL_SOCKET, SO_RCVBUFFORCE, value, value.length) === 0) return;
    // In a user namespace: as much as net.core.rmem_max allows.
    this.#c.setsockopt(this.#fd, SOL_SOCKET, SO_RCVBUF, value, value.length);
  }
}

interface CFunctions {
  readonly socket: (domain: number, type: number, protocol: number) => number;
  readonly bind: (fd: number, address: Uint8Array, length: number) => number;
  readonly setsockopt: (fd: number, level: number, name: number, value: Uint8Array, length: number) => number;
  readonly recv: (fd: number, buffer: Uint8Array, length: number, flags: number) => number;
  readonly send: (fd: number, buffer: Uint8Array, length: number, flags: number) => number;
  readonly close: (fd: number) => number;
}

/** Signatures: the manual page of each. ssize_t is as wide as long on every Linux that Node runs on. */
function cFunctions(): CFunctions {
  const c = loadLibrary(null);
  return {
    socket: c.func('int socket(int domain, int type, int protocol)'),
    bind: c.func('int bind(int fd, const uint8_t *address, uint32_t length)'),
    setsockopt: c.func('int setsockopt(int fd, int level, int name, const uint8_t *value, uint32_t length)'),
    recv: c.func('long recv(int fd, _Out_ uint8_t *buffer, size_t length, int flags)'),
    send: c.func('long send(int fd, const uint8_t *buffer, size_t length, int flags)'),
    close: c.func('int close(int fd)'),
  };
}
