// The configuration as the rest of the daemon sees it: complete, checked, in the units it is used in.

import type { TransportPort } from '@eightknock/codec';
import type { DoorConfig, HooksConfig } from './door-config.ts';

/** Everything that knockdaemon.toml and clients.d say. See docs/configuration.md. */
export interface Config {
  /** The same text as on the clients, 1–64 bytes as UTF-8. */
  readonly serverId: string;
  /** The first of the 256 knock ports, 1–65280. */
  readonly basePort: number;
  /**
   * Interfaces to listen on, where the source is `pcap`: `any` alone, or names of interfaces (they need not exist yet).
   * Never empty.
   */
  readonly interfaces: readonly string[];
  /** Where knocks are read from. */
  readonly source: KnockSource;
  /** How lines of a log are read: see packet/pattern-line.ts. Absent: in the kernel's own format. */
  readonly logPattern?: string;
  /** Eight knocks must come within this time, in milliseconds. */
  readonly sequenceTimeoutMs: number;
  /** Where the store is kept; absolute. */
  readonly stateDir: string;
  /** The Unix socket of `knockdaemon status` and its kin; absolute. */
  readonly controlSocket: string;
  /** Where metrics are served; absent: nowhere. */
  readonly metrics?: ListenAddress;
  readonly firewall: FirewallConfig;
  /** Doors of other kinds than the clients' eight knocks. Unique names; may be empty. */
  readonly doors: readonly DoorConfig[];
  /** Who is told of what happens; absent: nobody. */
  readonly hooks?: HooksConfig;
  /** Unique names; may be empty. */
  readonly clients: readonly ClientConfig[];
}

/** Where knocks are read from: packets through libpcap, packets of a log group, lines of a file, or of the journal. */
export type KnockSource =
  | { readonly kind: 'pcap' }
  /** 0–65535. */
  | { readonly kind: 'nflog'; readonly group: number }
  /** Absolute path; it need not exist yet. */
  | { readonly kind: 'log'; readonly file: string }
  | { readonly kind: 'journal' };

/** An address to listen on. */
export interface ListenAddress {
  /** Canonical text, IPv4 or IPv6. */
  readonly address: string;
  /** 1–65535. */
  readonly port: number;
}

/** `[firewall]`. */
export interface FirewallConfig {
  /** `guard`: closed ports are held shut by us. `mark`: nothing is dropped, packets of open sources are marked. */
  readonly mode: 'guard' | 'mark';
  /** How a guarded port looks to strangers: silent, or like a port where nothing listens. */
  readonly closed: 'drop' | 'reset';
  /** The packet mark of open sources, 1–0xffffffff. */
  readonly mark: number;
  /** Guarded besides every port that a client may open. */
  readonly guard: readonly TransportPort[];
}

/** One client: a `[[client]]` table, or a file in clients_dir. */
export interface ClientConfig {
  /** See `isClientName` of the codec. */
  readonly name: string;
  /** 32 bytes. Never logged. */
  readonly secret: Uint8Array;
  readonly enabled: boolean;
  /** What it may open; never empty. */
  readonly ports: readonly TransportPort[];
  /** Minutes; longer wishes and "no limit" are shortened to it. Absent: any time, no limit included. 1–254. */
  readonly maxTime?: number;
  /** May its knock open for an address it does not come from? */
  readonly openForOther: boolean;
  /** May its knock say "the address I come from"? */
  readonly trustSource: boolean;
  /** From this moment on it is refused; milliseconds since 1970. */
  readonly expiresMs?: number;
}
