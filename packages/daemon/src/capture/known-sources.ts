// The sources whose sequences were good, newest first: the daemon tells the capture process of them, on its standard input in
// records of 17 bytes, so that they are heard when load is shed. Bounded. Pure.

import { MAX_KNOWN } from './shed-filter.ts';
import { type PrefixKey, prefixKey, prefixOf, type SourcePrefix } from './source-prefix.ts';

/** How many bytes the address has, 4 or 16, and the address, filled up with zeros. */
export const KNOWN_RECORD_BYTES = 17;

/** Remembers sources, at most {@link MAX_KNOWN} prefixes. */
export class KnownSources {
  readonly #sources = new Map<PrefixKey, { readonly prefix: SourcePrefix; readonly source: Uint8Array }>();

  /** @returns whether it is another one than the newest */
  add(source: Uint8Array): boolean {
    const prefix = prefixOf(source);
    const key = prefixKey(prefix);
    if ([...this.#sources.keys()].at(-1) === key) return false;
    this.#sources.delete(key);
    this.#sources.set(key, { prefix, source: Uint8Array.from(source) });
    if (this.#sources.size > MAX_KNOWN) this.#sources.delete(this.#sources.keys().next().value as PrefixKey);
    return true;
  }

  /** Is it one of them, or of the same /64? */
  has(source: Uint8Array): boolean {
    return this.#sources.size > 0 && this.#sources.has(prefixKey(prefixOf(source)));
  }

  /** The newest first. */
  prefixes(): SourcePrefix[] {
    return [...this.#sources.values()].map(({ prefix }) => prefix).reverse();
  }

  /** All as records, the newest last: a reader that takes them in this order remembers the same. */
  records(): Buffer {
    return Buffer.concat([...this.#sources.values()].map(({ source }) => knownRecord(source)));
  }
}

/** @param source 4 or 16 bytes */
export function knownRecord(source: Uint8Array): Buffer {
  const record = Buffer.alloc(KNOWN_RECORD_BYTES);
  record[0] = source.length;
  record.set(source, 1);
  return record;
}

/** Cuts what comes in into records. Holds at most 16 bytes between chunks. */
export class KnownReader {
  #rest = Buffer.alloc(0);

  /** Gives the sources that are complete with this chunk; what is no record is left out. */
  read(chunk: Buffer, onSource: (source: Uint8Array) => void): void {
    const bytes = Buffer.concat([this.#rest, chunk]);
    let at = 0;
    for (; at + KNOWN_RECORD_BYTES <= bytes.length; at += KNOWN_RECORD_BYTES) {
      const length = bytes[at];
      const filling = bytes.subarray(at + 5, at + KNOWN_RECORD_BYTES);
      if (length === 16) onSource(bytes.subarray(at + 1, at + 17));
      else if (length === 4 && filling.every((byte) => byte === 0)) onSource(bytes.subarray(at + 1, at + 5));
    }
    this.#rest = Buffer.from(bytes.subarray(at));
  }
}
