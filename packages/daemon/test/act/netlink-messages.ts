// Messages as the kernel sends them: netlink(7), linux/netfilter/nf_tables.h. Written apart from the code that reads them,
// for machines with the byte order of this one (little endian on all that we test on).

import { Buffer } from 'node:buffer';

/** An attribute: length, type, value, padding. */
export function attribute(type: number, value: string | Uint8Array): Buffer {
  const bytes = Buffer.from(value);
  const header = Buffer.alloc(4);
  header.writeUInt16LE(4 + bytes.length, 0);
  header.writeUInt16LE(type, 2);
  return Buffer.concat([header, bytes, Buffer.alloc(-bytes.length & 3)]);
}

/** A message with its header. */
export function message(type: number, body: Uint8Array): Buffer {
  const header = Buffer.alloc(16);
  header.writeUInt32LE(16 + body.length, 0);
  header.writeUInt16LE(type, 4);
  return Buffer.concat([header, body, Buffer.alloc(-body.length & 3)]);
}

/** Something of a table was changed. @param type NFT_MSG_… @param family 1: inet, 2: ip */
export function tableMessage(type: number, table = 'knockdaemon', family = 1): Buffer {
  const body = [Buffer.of(family, 0, 0, 0), attribute(1, `${table}\0`), attribute(2, 'open4\0')];
  return message(0xa00 | type, Buffer.concat(body));
}

/** NFT_MSG_NEWGEN. */
export function endOfTransaction(generation: number): Buffer {
  const id = Buffer.alloc(4);
  id.writeUInt32BE(generation);
  return message(0xa0f, Buffer.concat([Buffer.of(0, 0, 0, 0), attribute(1, id), attribute(2, Buffer.alloc(4))]));
}
