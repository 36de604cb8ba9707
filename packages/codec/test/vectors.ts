// The vectors that every implementation of the protocol shares (test/vectors), and bytes as hexadecimal text.

import { readFileSync } from 'node:fs';

/** One request of docs/protocol.md, "Vectors". */
export interface KnockVector {
  readonly unixSeconds: number;
  readonly window: number;
  readonly windowKey: string;
  readonly request: { readonly address: string; readonly port: number; readonly time: number };
  readonly nonce: number;
  readonly block: string;
  readonly cipher: string;
  readonly ports: readonly number[];
}

/** What all requests have in common, and the requests. */
export interface KnockVectors {
  readonly secret: string;
  readonly secretText: string;
  readonly serverId: string;
  readonly basePort: number;
  readonly vectors: readonly KnockVector[];
}

/** One published answer of Blowfish, in hexadecimal. */
export interface BlowfishAnswer {
  readonly key: string;
  readonly clear: string;
  readonly cipher: string;
}

/** Eric Young's set: 34 keys of 8 bytes, and one block under keys of 1 to 24 bytes. */
export interface BlowfishAnswers {
  readonly knownAnswers: readonly BlowfishAnswer[];
  readonly keyLengths: readonly BlowfishAnswer[];
}

export const knock: KnockVectors = read('eight-knock-v1.json');
export const blowfish: BlowfishAnswers = read('blowfish-eric-young.json');

/** The bytes of a hexadecimal text. */
export function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, 'hex'));
}

/** The hexadecimal text of bytes. */
export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

function read<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../../../../test/vectors/${name}`, import.meta.url), 'utf8')) as T;
}
