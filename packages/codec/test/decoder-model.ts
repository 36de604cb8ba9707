// The rules of docs/protocol.md, "Acceptance", once more, as slowly and plainly as they can be written: nothing is kept,
// all candidates are listed first, keys and hashes are Node's. Only the block cipher is the codec's own, which has
// known answers.

import { createHmac, hkdfSync } from 'node:crypto';
import { createBlockCipher } from '#src/cipher.js';
import type { DecodedSequence, DecoderClient } from '#src/decoder.js';
import type { SequenceRejection } from '#src/rejection.js';
import { fromHex, toHex } from './vectors.ts';

/** Where knocks come from. */
export interface ModelSource {
  readonly text: string;
  /** 8 or 32 hexadecimal digits. */
  readonly hex: string;
}

interface Candidate {
  readonly client: DecoderClient;
  readonly window: number;
  readonly address: 'source' | 'right' | 'foreign';
  readonly addressHex: string;
  readonly port: number;
  readonly time: number;
}

/** What a decoder must answer. */
export function modelDecode(
  serverId: string,
  basePort: number,
  clients: readonly DecoderClient[],
  ports: readonly number[],
  source: ModelSource,
  unixSeconds: number,
): DecodedSequence | SequenceRejection {
  if (!ports.every((port) => Number.isInteger(port) && port >= basePort && port <= basePort + 255)) {
    return { ok: false, reason: 'knock-out-of-range' };
  }
  const cipher = Uint8Array.from(ports, (port) => port - basePort);
  const all = candidates(serverId, clients, cipher, source, unixSeconds);
  const isIpv4 = source.hex.length === 8;
  const allowed = all.filter(({ client, port }) => client.ports.has(port));

  const proven = all.find(({ address, client }) => address === 'right' || (address === 'source' && client.trustSource));
  const forOther = allowed.find(({ address, client }) => address === 'foreign' && isIpv4 && client.openForOther);
  const accepted = proven ?? forOther;
  if (accepted) {
    const { client, window, port, time, address, addressHex } = accepted;
    const claimedAddress = { source: 'source', right: source.text, foreign: fromHex(addressHex).join('.') }[address];
    return { ok: true, client: client.name, window, cipher, claimedAddress, port, time };
  }
  const miss = allowed[0];
  if (!miss) return { ok: false, reason: 'no-key-fits' };
  const { client, port, address, addressHex } = miss;
  if (address === 'source') return { ok: false, reason: 'source-not-trusted', client: client.name, port };
  const refusal = { ok: false, reason: 'address-mismatch', client: client.name, port } as const;
  return isIpv4 ? { ...refusal, claimedAddress: fromHex(addressHex).join('.') } : refusal;
}

function candidates(
  serverId: string,
  clients: readonly DecoderClient[],
  cipher: Uint8Array,
  source: ModelSource,
  unixSeconds: number,
): Candidate[] {
  const now = Math.floor(unixSeconds / 30);
  const found: Candidate[] = [];
  for (const window of [now, now - 1, now + 1].filter((number) => number >= 0)) {
    for (const client of clients) {
      const info = `${toHex(Buffer.from('eightknock v1'))}${window.toString(16).padStart(16, '0')}`;
      const key = new Uint8Array(hkdfSync('sha256', client.secret, serverId, fromHex(info), 32));
      const block = toHex(createBlockCipher(key).decrypt(cipher));
      const nibbles = [...block].map((digit) => Number.parseInt(digit, 16));
      const check = nibbles.pop();
      if (nibbles.reduce((sum, nibble) => sum + nibble, 0) % 16 !== check) continue;
      const port = Number.parseInt(block.slice(8, 12), 16);
      if (port === 0) continue;
      const addressHex = block.slice(0, 8);
      const right = source.hex.length === 8 ? source.hex : ipv6Field(key, source.hex);
      const address = addressHex === '00000000' ? 'source' : addressHex === right ? 'right' : 'foreign';
      found.push({ client, window, address, addressHex, port, time: Number.parseInt(block.slice(12, 14), 16) });
    }
  }
  return found;
}

function ipv6Field(key: Uint8Array, hex: string): string {
  return createHmac('sha256', key).update('eightknock v1 address').update(hex, 'hex').digest('hex').slice(0, 8);
}
