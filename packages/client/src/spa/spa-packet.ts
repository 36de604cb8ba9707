// What is asked for, the way to the server and the keys → a single packet. Pure: clock and randomness are handed in.

import { encodeSpa, randomSpaDigits, type SpaKey, type SpaRequest } from '@eightknock/codec/spa';
import type { SpaOptions } from './spa-options.ts';

/** Of an AES packet, as docs/spa.md has it. */
const SALT_BYTES = 8;
/** Where the system knows no name. */
const NO_USER = 'nobody';

/** Where the packet goes, and whom it opens for. */
export interface SpaWay {
  readonly serverAddress: string;
  /** An IPv4 address, or `source`. */
  readonly claimedAddress: string;
}

/** The request of a packet. */
export function spaRequest({ wish, timeoutSeconds }: SpaOptions, way: SpaWay): SpaRequest {
  const address = way.claimedAddress;
  if (wish.kind === 'command') return { ...wish, address };
  const timeout = timeoutSeconds === undefined ? {} : { timeoutSeconds };
  const { kind, ports } = wish;
  if (kind === 'access') return { kind, address, ports, ...timeout };
  const target = kind === 'nat-access' ? wish.target : { host: way.serverAddress, port: wish.localPort };
  return { kind, address, ports, target, ...timeout };
}

/** What a packet is made with, besides. */
export interface PacketParts {
  readonly encryptionKey: Uint8Array;
  readonly hmacKey: Uint8Array;
  readonly unixSeconds: number;
  readonly randomBytes: (length: number) => Uint8Array;
  /** The user's name on this machine. */
  readonly userName: string | undefined;
}

/**
 * Writes a packet; another one each time.
 * @throws RangeError that says what cannot be sent: a name, a command or a key that fwknop's format has no room for
 */
export function writeSpaPacket(options: SpaOptions, request: SpaRequest, parts: PacketParts): string {
  const { encryptionKey, hmacKey, unixSeconds, randomBytes, userName = NO_USER } = parts;
  const key: SpaKey = { encryptionKey, hmacKey, hmacHash: options.hmac };
  const fields = {
    randomDigits: randomSpaDigits(randomBytes),
    user: options.user ?? userName,
    timestamp: Math.floor(unixSeconds),
    request,
    digestHash: options.digest,
  };
  return encodeSpa(key, fields, randomBytes(SALT_BYTES));
}
