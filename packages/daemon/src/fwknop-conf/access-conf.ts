// An access.conf as the importer sees it: complete, checked, in the units it is used in. See docs/from-fwknop.md.

import type { TransportPort } from '@eightknock/codec';
import type { SpaHash } from '@eightknock/codec/spa';
import type { AccessKey } from './known-keys.ts';
import type { Entry } from './read-entries.ts';

/** A key as it stands in the file. */
export interface WrittenKey {
  readonly form: 'text' | 'base64';
  /** Never shown but in the configuration that is made of it. */
  readonly text: string;
}

/** From one SOURCE to the next. */
export interface Stanza {
  /** The entries by their keys; of one that comes again the last. They say the line, and what has no field here. */
  readonly entries: ReadonlyMap<AccessKey, Entry>;
  /** Where packets may come from: addresses and networks; absent: anywhere. */
  readonly sources?: readonly string[];
  /** Where they may be sent to; absent: anywhere. */
  readonly destinations?: readonly string[];
  /** What may be opened; absent: any port. */
  readonly openPorts?: readonly TransportPort[];
  /** What may not. */
  readonly restrictPorts: readonly TransportPort[];
  /** Absent: GnuPG alone. */
  readonly key?: WrittenKey;
  /** Absent: nothing authenticates its packets. */
  readonly hmacKey?: WrittenKey;
  readonly hmac: SpaHash;
  /** `FW_ACCESS_TIMEOUT`, not more than the other, and at least 1. */
  readonly seconds: number;
  /** `MAX_FW_TIMEOUT`, at least 1. */
  readonly maxSeconds: number;
  readonly user?: string;
  readonly requireAddress: boolean;
  /** Milliseconds since 1970. */
  readonly expiresMs?: number;
  /** `ADDRESS:PORT`. */
  readonly forceNat?: string;
}
