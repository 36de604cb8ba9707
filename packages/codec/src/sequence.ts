// A request ↔ its eight ports, for one key and one window. For a server with many clients see decoder.ts.

import { parseAddress } from './address.ts';
import { type BlockFields, decodeBlock, encodeBlock } from './block.ts';
import { BLOCK_BYTES, createBlockCipher, writeHalves } from './cipher.ts';
import type { BlockRejection } from './rejection.ts';
import { requireBytes, requireInteger } from './require.ts';
import { deriveWindowKey, ipv6AddressField, windowAt } from './window-key.ts';

/** The first of the 256 knock ports where nothing else is said. */
export const DEFAULT_BASE_PORT = 745;
/** The largest base port whose 256 ports all exist. */
export const MAX_BASE_PORT = 65535 - 255;

/** What a client asks for. */
export interface KnockRequest {
  /** The address to open for: an IPv4 or IPv6 address, or `source`: the one the knocks come from. */
  readonly address: string;
  /** 1–65535. */
  readonly port: number;
  /** 0 = open with no limit, 1–254 = open for that many minutes, 255 = close. */
  readonly time: number;
}

/** What client and server share. */
export interface SharedKey {
  /** 32 random bytes, see {@link decodeSecret}. */
  readonly secret: Uint8Array;
  /** 1–64 bytes as UTF-8, the same on both sides. */
  readonly serverId: string;
}

/** Eight knocks, ready to be sent in this order. */
export interface KnockSequence {
  /** Eight ports from base_port to base_port + 255; a port may come twice. */
  readonly ports: readonly number[];
  /** The 8 cipher bytes that the ports stand for. */
  readonly cipher: Uint8Array;
  /** The window the sequence belongs to. */
  readonly window: number;
}

const SOURCE_FIELD = new Uint8Array(4);

/**
 * Turns a request into eight ports.
 * @param key what client and server share
 * @param request what is asked for
 * @param unixSeconds the sender's clock, see {@link windowAt}
 * @param nonce 0–15, random for each request; the same request again in the same window needs another one
 * @param basePort 1–65280
 * @throws TypeError or RangeError that names the argument
 */
export function encodeSequence(
  key: SharedKey,
  request: KnockRequest,
  unixSeconds: number,
  nonce: number,
  basePort = DEFAULT_BASE_PORT,
): KnockSequence {
  const window = windowAt(unixSeconds);
  const windowKey = deriveWindowKey(key.secret, key.serverId, window);
  const { port, time } = request;
  const block = encodeBlock({ address: addressField(request.address, windowKey), port, time, nonce });
  const cipher = createBlockCipher(windowKey).encrypt(block);
  return { ports: portsOfBytes(cipher, basePort), cipher, window };
}

/** The four bytes of the block's address field. */
function addressField(address: string, windowKey: Uint8Array): Uint8Array {
  if (address === 'source') return SOURCE_FIELD;
  const bytes = parseAddress(address);
  if (bytes.length === 16) return ipv6AddressField(windowKey, bytes);
  if (bytes.every((byte) => byte === 0)) throw new RangeError('address must not be 0.0.0.0: say "source"');
  return bytes;
}

/**
 * Reads eight ports with one key in one window. The inverse of {@link encodeSequence}.
 * @returns the fields of the block, or why there are none; a wrong key is found by the check nibble in 15 of 16 cases
 *   only: whether the address fits is the caller's to decide
 * @throws TypeError or RangeError that names the argument; a port out of range is an error here
 */
export function decodeSequence(
  key: SharedKey,
  ports: readonly number[],
  window: number,
  basePort = DEFAULT_BASE_PORT,
): ({ readonly ok: true } & BlockFields) | BlockRejection {
  const cipher = bytesOfPorts(ports, basePort);
  if (!cipher) throw new RangeError(`ports must be integers from ${basePort} to ${basePort + 255}`);
  return decodeBlock(createBlockCipher(deriveWindowKey(key.secret, key.serverId, window)).decrypt(cipher));
}

/**
 * The eight ports of eight bytes.
 * @throws TypeError or RangeError when `bytes` are not eight, or `basePort` is not an integer from 1 to 65280
 */
export function portsOfBytes(bytes: Uint8Array, basePort: number): number[] {
  requireBytes('bytes', bytes, BLOCK_BYTES);
  requireInteger('basePort', basePort, 1, MAX_BASE_PORT);
  return Array.from(bytes, (byte) => basePort + byte);
}

/**
 * The eight bytes of eight ports. The inverse of {@link portsOfBytes}.
 * @returns undefined when one of the ports is not an integer from basePort to basePort + 255
 * @throws TypeError or RangeError when there are not eight numbers, or `basePort` is not an integer from 1 to 65280
 */
export function bytesOfPorts(ports: readonly number[], basePort: number): Uint8Array | undefined {
  requireInteger('basePort', basePort, 1, MAX_BASE_PORT);
  const isWhole = readPorts(ports, basePort, halves);
  // A hole is none either.
  if (!isWhole && [...ports].some((port) => typeof port !== 'number')) throw new TypeError('ports must be numbers');
  return isWhole ? writeHalves(halves[0] as number, halves[1] as number) : undefined;
}

/** Holds eight bytes for as long as a call takes. */
const halves = new Int32Array(2);

/**
 * The same without making anything.
 * @param basePort an integer from 1 to 65280
 * @param into two numbers, which become the first four bytes and the others, big-endian
 * @returns whether all ports are integers from basePort to basePort + 255
 * @throws TypeError or RangeError when there are not eight
 */
export function readPorts(ports: readonly number[], basePort: number, into: Int32Array): boolean {
  if (!Array.isArray(ports)) throw new TypeError('ports must be an array');
  if (ports.length !== BLOCK_BYTES) throw new RangeError(`ports must be ${BLOCK_BYTES} numbers, not ${ports.length}`);
  into.fill(0);
  for (let i = 0; i < BLOCK_BYTES; i++) {
    const port = ports[i] as number;
    if (typeof port !== 'number') return false;
    const byte = port - basePort;
    // Not an integer, negative or more than a byte: then the lowest eight bits are not all of it.
    if ((byte & 255) !== byte) return false;
    into[i >> 2] = ((into[i >> 2] as number) << 8) | byte;
  }
  return true;
}
