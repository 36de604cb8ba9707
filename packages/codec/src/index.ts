/**
 * The eight-knock codec: a request ↔ eight ports. Pure: bytes in, plain values out; no clock, no I/O, no Node.
 * Wrong use throws TypeError or RangeError that names the argument; a wrong sequence is a value that says why.
 *
 * @example
 * const key = { secret: decodeSecret(text), serverId: 'gw.example.net' };
 * const { ports } = encodeSequence(key, { address: '203.0.113.7', port: 22, time: 0 }, Date.now() / 1000, nonce);
 *
 * @packageDocumentation
 */

export { formatAddress, parseAddress, tryParseAddress } from './address.ts';
export { type BlockFields, decodeBlock, encodeBlock, TIME_CLOSE, TIME_UNLIMITED } from './block.ts';
export { BLOCK_BYTES, type BlockCipher, createBlockCipher } from './cipher.ts';
export { type DecodedSequence, type DecoderClient, type DecoderLimits, SequenceDecoder } from './decoder.ts';
export { type DigitKnocks, digitKnocks, digitOf, endsEarly, isSamePort, MAX_DIGITS } from './digit-knocks.ts';
export {
  decodeEnrolmentLink,
  type Enrolment,
  encodeEnrolmentLink,
  isClientName,
  isHost,
  MAX_LINK_LENGTH,
} from './enrolment-link.ts';
export { hideSecrets, looksLikeSecret } from './like-a-secret.ts';
export {
  lastUsedLine,
  MAX_ONE_TIME_KNOCKS,
  markOneTimeLine,
  type OneTimeLine,
  parseOneTimeLines,
} from './one-time-lines.ts';
export type { BlockRejection, SequenceRejection, SequenceRejectionReason } from './rejection.ts';
export { escapeControls, escapeUnsafe, makeSafe, showName, showValue } from './safe-text.ts';
export { decodeSecret, encodeSecret, generateSecret } from './secret.ts';
export {
  bytesOfPorts,
  DEFAULT_BASE_PORT,
  decodeSequence,
  encodeSequence,
  type KnockRequest,
  type KnockSequence,
  MAX_BASE_PORT,
  portsOfBytes,
  type SharedKey,
} from './sequence.ts';
export { parseSource, type Source } from './source.ts';
export {
  formatTransportPort,
  parseTransportPort,
  type TransportPort,
  type TransportProtocol,
  tryParseTransportPort,
} from './transport-port.ts';
export {
  decodeTumbler,
  encodeTumbler,
  MAX_TUMBLER_BYTES,
  TUMBLER_TEXT,
  type TumblerFields,
  tumblerHash,
  tumblerMacroProblem,
} from './tumbler.ts';
export {
  deriveWindowKey,
  ipv6AddressField,
  SECRET_BYTES,
  serverIdBytes,
  WINDOW_SECONDS,
  windowAt,
} from './window-key.ts';
export { type FoundElsewhere, SEARCH_WINDOWS, type SearchQuestion, WindowSearch } from './window-search.ts';
