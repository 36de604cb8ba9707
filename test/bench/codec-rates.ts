// How fast the codec is: requests encoded, sequences tried on keys, window keys derived, beside the bare cipher.

import {
  createBlockCipher,
  type DecoderClient,
  deriveWindowKey,
  encodeSequence,
  SequenceDecoder,
} from '@eightknock/codec';

/** Operations a second. */
export interface CodecRates {
  /** Whole requests: key derivation, schedule, one block. */
  readonly encode: number;
  /** Sequences tried on all keys of `clients` clients, as for noise: three blocks for each client. */
  readonly decode: { readonly clients: number; readonly perSecond: number }[];
  /** Keys of one client and window, schedule not included. */
  readonly deriveKey: number;
  /** Key schedules of the cipher. */
  readonly schedule: number;
  /** Single blocks decrypted by the cipher alone: the floor. */
  readonly block: number;
}

/** Measures for about `milliseconds` each. */
export function measureCodec(milliseconds: number): CodecRates {
  const secret = new Uint8Array(32).fill(7);
  const key = { secret, serverId: 'gw.example.net' };
  const block = new Uint8Array(8).fill(9);
  const cipher = createBlockCipher(secret);
  const request = { address: '203.0.113.7', port: 22, time: 0 };
  const rate = (work: (i: number) => unknown) => perSecond(milliseconds, work);
  return {
    encode: rate((i) => encodeSequence(key, request, 1_800_000_000 + i, i & 15)),
    decode: [1, 10, 100, 1000].map((clients) => ({ clients, perSecond: decodeRate(clients, rate) })),
    deriveKey: rate((i) => deriveWindowKey(secret, 'gw.example.net', i)),
    schedule: rate(() => createBlockCipher(secret)),
    block: rate(() => cipher.decrypt(block)),
  };
}

function decodeRate(count: number, rate: (work: (i: number) => unknown) => number): number {
  const clients = Array.from({ length: count }, (_, i): DecoderClient => {
    const secret = new Uint8Array(32).fill(i & 255);
    secret[0] = i >> 8;
    return { name: `client-${i}`, secret, trustSource: true, openForOther: false, ports: new Set([22]) };
  });
  const decoder = new SequenceDecoder('gw.example.net', clients);
  const now = 1_800_000_000;
  while (decoder.deriveAhead(now, 1000) > 0);
  const ports = [745, 746, 747, 748, 749, 750, 751, 752];
  return rate((i) => {
    ports[0] = 745 + (i & 255);
    return decoder.decode(ports, '198.51.100.7', now);
  });
}

function perSecond(milliseconds: number, work: (i: number) => unknown): number {
  for (let i = 0; i < 20; i++) work(i);
  const start = performance.now();
  let done = 0;
  let elapsed = 0;
  while (elapsed < milliseconds) {
    for (let i = 0; i < 20; i++) work(done++);
    elapsed = performance.now() - start;
  }
  return (done * 1000) / elapsed;
}
