// What the codec is compared by: the shared vectors, and requests at random.

import { readFileSync } from 'node:fs';
import { encodeSequence, type KnockRequest, parseAddress } from '@eightknock/codec';
import fc from 'fast-check';

/** All that one sequence is made of. */
export interface Knock {
  readonly secret: Uint8Array;
  readonly serverId: string;
  readonly unixSeconds: number;
  readonly request: KnockRequest;
  readonly nonce: number;
  readonly basePort: number;
}

/** One answer of a block cipher, in hexadecimal. */
export interface BlockAnswer {
  readonly key: string;
  readonly clear: string;
  readonly cipher: string;
}

interface VectorsFile {
  readonly secret: string;
  readonly serverId: string;
  readonly basePort: number;
  readonly vectors: readonly (Pick<Knock, 'unixSeconds' | 'request' | 'nonce'> & VectorColumns)[];
}

/** The columns of docs/protocol.md that are computed, in hexadecimal. */
export interface VectorColumns {
  readonly window: number;
  readonly windowKey: string;
  readonly block: string;
  readonly cipher: string;
  readonly ports: readonly number[];
}

/** The vectors of docs/protocol.md: what each is made of, and what becomes of it. */
export const protocolVectors: readonly (Knock & VectorColumns)[] = readVectors();

/** Eric Young's known answers for Blowfish: keys of 8 bytes, and keys of 1 to 24 bytes. */
export const blowfishAnswers: {
  readonly knownAnswers: readonly BlockAnswer[];
  readonly keyLengths: readonly BlockAnswer[];
} = read('blowfish-eric-young.json');

// An IPv4-mapped address is an IPv4 address to the codec; other programs take it for an IPv6 one.
const ipv6 = fc.ipV6().filter((text) => parseAddress(text).length === 16);
const ipv4 = fc.ipV4().filter((text) => text !== '0.0.0.0');

const knock: fc.Arbitrary<Knock> = fc.record({
  secret: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  serverId: fc.string({ unit: 'binary', minLength: 1, maxLength: 16 }),
  unixSeconds: fc.oneof(fc.nat(2 ** 31 - 1), fc.integer({ min: 0, max: 2 ** 45 })),
  request: fc.record({
    address: fc.oneof(ipv4, ipv6, fc.constant('source')),
    port: fc.integer({ min: 1, max: 65535 }),
    time: fc.integer({ min: 0, max: 255 }),
  }),
  nonce: fc.integer({ min: 0, max: 15 }),
  basePort: fc.integer({ min: 1, max: 65280 }),
});

/** That many knocks, others each time. */
export function randomKnocks(count: number): Knock[] {
  return fc.sample(knock, count);
}

/** What the codec makes of a knock. */
export function encodeKnock({ secret, serverId, unixSeconds, request, nonce, basePort }: Knock) {
  return encodeSequence({ secret, serverId }, request, unixSeconds, nonce, basePort);
}

/** The bytes of a hexadecimal text. */
export function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, 'hex'));
}

/** The hexadecimal text of bytes. */
export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

function readVectors() {
  const { secret, serverId, basePort, vectors } = read<VectorsFile>('eight-knock-v1.json');
  return vectors.map((vector) => ({ ...vector, secret: fromHex(secret), serverId, basePort }));
}

function read<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../../vectors/${name}`, import.meta.url), 'utf8')) as T;
}
