// Why a datagram is not a single packet of a client. A closed union: whoever handles it can be checked for completeness.

/** A part of a packet's plaintext, see docs/spa.md. */
export type SpaFieldName = 'random' | 'user' | 'timestamp' | 'version' | 'type' | 'message' | 'nat-access' | 'timeout';

/** In the order of the checks. Up to `hmac-mismatch` a stranger may have sent it, from there on somebody with the HMAC key. */
export type SpaRejection =
  /** No packet with this HMAC is that long. */
  | { readonly ok: false; readonly reason: 'wrong-length' }
  /** It looks like a packet encrypted with GnuPG, which is not supported. */
  | { readonly ok: false; readonly reason: 'gpg' }
  /** It begins with "Salted__" in base64, which is never sent. */
  | { readonly ok: false; readonly reason: 'prefix-sent' }
  /** A character that is not base64, or base64 that can be written in another way, or not the beginning of a packet. */
  | { readonly ok: false; readonly reason: 'not-base64' }
  /** Another key, another hash function, or a packet that was changed. */
  | { readonly ok: false; readonly reason: 'hmac-mismatch' }
  /** The HMAC key is right, the encryption key is not. */
  | { readonly ok: false; readonly reason: 'decryption-failed' }
  /** More or fewer fields than its type has. */
  | { readonly ok: false; readonly reason: 'wrong-field-count' }
  /** The digest at the end is not that of the fields. */
  | { readonly ok: false; readonly reason: 'digest-mismatch' }
  /** One of the fields is not what it should be. */
  | { readonly ok: false; readonly reason: 'bad-field'; readonly field: SpaFieldName }
  /** Made too long ago, or in the future: how many seconds the sender's clock is behind, or (negative) ahead. */
  | { readonly ok: false; readonly reason: 'wrong-time'; readonly ageSeconds: number };

/** All reasons why a packet is refused by the codec. */
export type SpaRejectionReason = SpaRejection['reason'];
