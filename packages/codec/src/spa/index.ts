/**
 * Single packets: fwknop's Single Packet Authorization 3.0.0, both ways. A request ↔ one encrypted and authenticated datagram.
 * Pure, as the rest of the codec; a way in of its own, so that a program that knocks with eight ports loads neither AES nor
 * four families of hash functions. See docs/spa.md.
 *
 * @example
 * const key = { encryptionKey: spaKeyOfText('…'), hmacKey: decodeSpaKey('…'), hmacHash: 'sha256' };
 * const read = decodeSpa(datagram, key, Date.now() / 1000);
 *
 * @packageDocumentation
 */

export { DEFAULT_MAX_AGE_SECONDS, type DecodedSpa, decodeSpa } from './decode.ts';
export { encodeSpa } from './encode.ts';
export { MAX_USER_BYTES, randomSpaDigits, SPA_VERSION, type SpaFields } from './fields.ts';
export { SPA_HASHES, type SpaHash } from './hash.ts';
export {
  decodeSpaKey,
  encodeSpaKey,
  isSameKey,
  MAX_ENCRYPTION_KEY_BYTES,
  MAX_HMAC_KEY_BYTES,
  type SpaKey,
  spaKeyOfText,
} from './key.ts';
export type { SpaFieldName, SpaRejection, SpaRejectionReason } from './rejection.ts';
export { MAX_TIMEOUT_SECONDS, type SpaNatTarget, type SpaRequest } from './request.ts';
export { SPA_UNSENT_PREFIX } from './sealed.ts';
