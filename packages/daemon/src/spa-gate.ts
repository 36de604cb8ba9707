// Is a single packet authentic? The first thing that the codec asks, asked before it with OpenSSL's hash functions: several
// times as fast, so that junk of the right size costs little. It may let through what the codec then refuses, never the reverse.

import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';
import { SPA_UNSENT_PREFIX, type SpaKey } from '@eightknock/codec/spa';
import type { SpaGate } from './recognise/spa.ts';

/** Makes the gate of one key. Where OpenSSL does not have the hash function (MD5 in FIPS mode) everything passes. */
export function spaGate({ hmacKey, hmacHash }: SpaKey): SpaGate {
  const key = createSecretKey(hmacKey);
  const hmacOf = (text: Uint8Array) => {
    const digest = createHmac(hmacHash, key).update(SPA_UNSENT_PREFIX).update(text).digest('base64');
    return Buffer.from(digest.replace(/=+$/, ''), 'latin1');
  };
  let characters: number;
  try {
    characters = hmacOf(new Uint8Array()).length;
  } catch {
    return () => true;
  }
  return (payload) => {
    const end = payload.length - characters;
    return end > 0 && timingSafeEqual(hmacOf(payload.subarray(0, end)), payload.subarray(end));
  };
}
