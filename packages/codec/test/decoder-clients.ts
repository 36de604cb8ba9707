// Clients for the tests of the decoder, and what they knock.

import { type DecoderClient, SequenceDecoder } from '#src/decoder.js';
import { encodeSequence, type KnockRequest } from '#src/sequence.js';
import { parseSource } from '#src/source.js';

export const SERVER_ID = 'gw.example.net';
/** The begin of window {@link NOW_WINDOW}. */
export const NOW = 1_800_000_000;
export const NOW_WINDOW = 60_000_000;
export const SOURCE = '203.0.113.7';
/** {@link SOURCE} as the decoder takes it. */
export const FROM = parseSource(SOURCE);
export const OTHER = '198.51.100.1';
export const ALL_PORTS: ReadonlySet<number> = new Set(Array.from({ length: 65535 }, (_, i) => i + 1));

/** A secret for each number. */
export function secretOf(number: number): Uint8Array {
  const secret = new Uint8Array(32);
  new DataView(secret.buffer).setUint32(28, number);
  return secret;
}

/** A client with the default policy, who may open port 22. */
export function clientOf(overrides: Partial<DecoderClient> = {}): DecoderClient {
  return {
    name: 'alice',
    secret: secretOf(1),
    trustSource: true,
    openForOther: false,
    ports: new Set([22]),
    ...overrides,
  };
}

/** A decoder of clients that have the default policy but for what is said. */
export function decoderOf(...clients: Partial<DecoderClient>[]): SequenceDecoder {
  return new SequenceDecoder(SERVER_ID, clients.map(clientOf));
}

/** What a knock is made with. */
export interface KnockOptions extends Partial<KnockRequest> {
  readonly secret?: Uint8Array;
  readonly serverId?: string;
  readonly unixSeconds?: number;
  readonly nonce?: number;
}

/** The eight ports of a request: by default of the default client, for {@link SOURCE}, port 22, 5 minutes, now. */
export function knockPorts(options: KnockOptions = {}): readonly number[] {
  const { secret = secretOf(1), serverId = SERVER_ID, unixSeconds = NOW, nonce = 3, ...request } = options;
  return encodeSequence({ secret, serverId }, { address: SOURCE, port: 22, time: 5, ...request }, unixSeconds, nonce)
    .ports;
}

/** Eight knocks that no key fits. */
export const NOISE: readonly number[] = [745, 746, 747, 748, 749, 750, 751, 752];

/** A client that counts how often a key of its own is derived: once for each time that its secret is asked for. */
export interface CountedClient extends DecoderClient {
  readonly derivations: () => number;
}

/** Counts from the moment a decoder has looked at it. */
export function countedClient(name: string, number: number): CountedClient {
  const secret = secretOf(number);
  let reads = 0;
  return {
    ...clientOf({ name }),
    get secret() {
      reads++;
      return secret;
    },
    // the constructor's own check is one
    derivations: () => reads - 1,
  };
}

/** What the decoder says of one knock of the default client. */
export function answer(decoder: SequenceDecoder, options: KnockOptions = {}, from = SOURCE, at = NOW) {
  return decoder.decode(knockPorts(options), parseSource(from), at);
}
