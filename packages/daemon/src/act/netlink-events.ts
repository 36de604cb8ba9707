// The kernel's notifications of the packet filter, read: netlink(7), linux/netfilter/nf_tables.h. Pure and bounds-checked:
// bytes in, counts out; whatever the bytes are, it never throws and never reads beyond them.

import { endianness } from 'node:os';

/** Multicast group of these notifications: linux/netfilter/nfnetlink.h. */
export const NFNLGRP_NFTABLES = 7;

const LITTLE_ENDIAN = endianness() === 'LE';
const NFNL_SUBSYS_NFTABLES = 10;
const NFT_MSG_NEWGEN = 15;
const NFT_MSG_GETGEN = 16;
const NLM_F_REQUEST = 1;
const NFPROTO_INET = 1;
/** struct nlmsghdr, then struct nfgenmsg. */
const HEADER_BYTES = 16;
const PREFIX_BYTES = 20;
const ATTRIBUTE_HEADER_BYTES = 4;
/** The two upper bits of an attribute's type are flags. */
const ATTRIBUTE_TYPE = 0x3fff;
/** The number of the table's name in messages of tables, chains, rules, sets, elements, objects: always the first. */
const TABLE_NAME = 1;
/** The number of the generation in NFT_MSG_NEWGEN. */
const GENERATION_ID = 1;

/**
 * Counts the transactions that changed one table. The kernel sends the messages of a transaction in one go, and ends each
 * with the number of the new generation of the whole ruleset.
 */
export class TransactionCounter {
  /** How many transactions changed the table. */
  transactions = 0;
  /** The generation after the last transaction of anybody; undefined: none was seen. */
  generation: number | undefined;
  readonly #table: Uint8Array;
  #changed = false;

  /** @param table its name; its family is inet */
  constructor(table: string) {
    this.#table = new TextEncoder().encode(`${table}\0`);
  }

  /**
   * Reads one datagram.
   * @param bytes any
   */
  read(bytes: Uint8Array): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let start = 0; start + HEADER_BYTES <= bytes.length; ) {
      const length = view.getUint32(start, LITTLE_ENDIAN);
      if (length < HEADER_BYTES || start + length > bytes.length) return;
      this.#message(bytes, view, start, start + length);
      start += align(length);
    }
  }

  /** Messages were lost: what was read of a transaction that has not ended counts, as its end may be lost. */
  lose(): void {
    this.generation = undefined;
    this.#end();
  }

  #message(bytes: Uint8Array, view: DataView, start: number, end: number): void {
    const type = view.getUint16(start + 4, LITTLE_ENDIAN);
    if (type >> 8 !== NFNL_SUBSYS_NFTABLES || end - start < PREFIX_BYTES) return;
    if ((type & 255) === NFT_MSG_NEWGEN) {
      const at = findAttribute(view, GENERATION_ID, start + PREFIX_BYTES, end);
      if (at !== undefined && at.end - at.start === 4) this.generation = view.getUint32(at.start, false);
      this.#end();
    } else if (!this.#changed && bytes[start + HEADER_BYTES] === NFPROTO_INET) {
      const at = findAttribute(view, TABLE_NAME, start + PREFIX_BYTES, end);
      this.#changed = at !== undefined && equal(bytes.subarray(at.start, at.end), this.#table);
    }
  }

  #end(): void {
    if (this.#changed) this.transactions++;
    this.#changed = false;
  }
}

/** The request for the present generation. The answer looks like the end of a transaction of nobody. */
export function encodeGenerationRequest(): Uint8Array {
  const bytes = new Uint8Array(PREFIX_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, PREFIX_BYTES, LITTLE_ENDIAN);
  view.setUint16(4, (NFNL_SUBSYS_NFTABLES << 8) | NFT_MSG_GETGEN, LITTLE_ENDIAN);
  view.setUint16(6, NLM_F_REQUEST, LITTLE_ENDIAN);
  return bytes;
}

/** Where the value of the first attribute of a type is. */
function findAttribute(
  view: DataView,
  wanted: number,
  from: number,
  to: number,
): { readonly start: number; readonly end: number } | undefined {
  for (let start = from; start + ATTRIBUTE_HEADER_BYTES <= to; ) {
    const length = view.getUint16(start, LITTLE_ENDIAN);
    if (length < ATTRIBUTE_HEADER_BYTES || start + length > to) return undefined;
    const type = view.getUint16(start + 2, LITTLE_ENDIAN) & ATTRIBUTE_TYPE;
    if (type === wanted) return { start: start + ATTRIBUTE_HEADER_BYTES, end: start + length };
    start += align(length);
  }
  return undefined;
}

/** Messages and attributes begin at multiples of 4. */
function align(length: number): number {
  return Math.ceil(length / 4) * 4;
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
