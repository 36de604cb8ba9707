// What counts as one source where load is shed: an IPv4 address, or the /64 of an IPv6 address, as whoever has one has all of
// its addresses. Pure.

/** One or two words of 32 bits. */
export type SourcePrefix = readonly [number] | readonly [number, number];

/** @param source 4 or 16 bytes */
export function prefixOf(source: Uint8Array): SourcePrefix {
  return source.length === 4 ? [word(source, 0)] : [word(source, 0), word(source, 4)];
}

/** What is the same for the same prefix, in a Map or a Set. */
export type PrefixKey = number | string;

/** A number where one is enough: it costs no text. */
export function prefixKey(prefix: SourcePrefix): PrefixKey {
  return prefix.length === 1 ? prefix[0] : `${prefix[0]}:${prefix[1]}`;
}

/** Four bytes of an address as a number of 32 bits. */
export function word(bytes: Uint8Array, at: number): number {
  return (
    (((bytes[at] as number) << 24) |
      ((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number)) >>>
    0
  );
}
