// One datagram to the service manager's socket: sd_notify(3) without libsystemd, which would bring four libraries for
// compression and cryptography into a process that holds keys. Node has no datagram sockets of the Unix kind: libc's calls.

import { endianness } from 'node:os';
import { loadLibrary } from '../native/library.ts';

/** sys/socket.h of Linux on every machine that Node runs on, see socket(2) and sendto(2). */
const AF_UNIX = 1;
const SOCK_DGRAM_CLOEXEC = 2 | 0o2000000;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
/** Room for a name in struct sockaddr_un, unix(7); a path needs its last byte for the end. */
const NAME_BYTES = 108;

/** Sends a text. @returns whether it was taken */
export type SendNotification = (text: string, wait: boolean) => boolean;

/**
 * struct sockaddr_un of unix(7).
 * @param name an absolute path, or `@NAME` for an abstract one
 * @returns undefined when it is neither, or too long
 */
export function encodeSocketAddress(name: string): Uint8Array | undefined {
  const bytes = Buffer.from(name);
  if (!/^[/@]./.test(name) || bytes.length >= NAME_BYTES || bytes.includes(0)) return undefined;
  const isAbstract = name.startsWith('@');
  if (isAbstract) bytes[0] = 0;
  // The end of an abstract name is where the length says; that of a path is a zero.
  const address = Buffer.alloc(2 + bytes.length + (isAbstract ? 0 : 1));
  if (endianness() === 'LE') address.writeUInt16LE(AF_UNIX);
  else address.writeUInt16BE(AF_UNIX);
  bytes.copy(address, 2);
  return address;
}

/**
 * Prepares to send.
 * @param name content of NOTIFY_SOCKET
 * @returns undefined when that is no socket of this kind
 */
export function openNotifySocket(name: string): SendNotification | undefined {
  const address = encodeSocketAddress(name);
  if (!address) return undefined;
  const library = loadLibrary(null);
  // socket(2), sendto(2), close(2); ssize_t is as wide as intptr_t.
  const socket = library.func('int socket(int domain, int type, int protocol)');
  const sendto = library.func(
    'intptr_t sendto(int sockfd, const void *buf, size_t len, int flags, const void *dest_addr, uint32_t addrlen)',
  );
  const close = library.func('int close(int fd)');
  return (text, wait) => {
    const file: number = socket(AF_UNIX, SOCK_DGRAM_CLOEXEC, 0);
    if (file < 0) return false;
    const bytes = Buffer.from(text);
    const flags = MSG_NOSIGNAL | (wait ? 0 : MSG_DONTWAIT);
    const sent: number = sendto(file, bytes, bytes.length, flags, address, address.length);
    close(file);
    return sent === bytes.length;
  };
}
