// The doors of the configuration as the rest of the daemon sees them: `[[door]]` tables, checked, in the units they are used
// in. How one is recognised and what it does are apart: every kind goes with every action. See docs/doors.md.

import type { TransportPort } from '@eightknock/codec';
import type { SpaKey } from '@eightknock/codec/spa';
import type { AddressRange } from './address-range.ts';

/** What its action does is one of these; the type of its fields says which. */
export type DoorAction = OpenAction | CloseAction | ForwardAction | RunAction | AskAction;

/** `open = { … }`: opens ports for the address that knocked. */
export interface OpenAction {
  readonly kind: 'open';
  /** Never empty. A door of digits opens the one of them that is asked for. */
  readonly ports: readonly TransportPort[];
  /** 0 = no limit, else 1–525600. */
  readonly minutes: number;
}

/** `close = { … }`: ends what a door or a client has opened of these ports for the address that knocked. */
export interface CloseAction {
  readonly kind: 'close';
  /** Never empty. */
  readonly ports: readonly TransportPort[];
}

/** `forward = { … }`: connections to a port of this host go on to an inner one, for the address that knocked. */
export interface ForwardAction {
  readonly kind: 'forward';
  /** One port of this host. */
  readonly ports: readonly [TransportPort];
  /** Where to: one for each family at most, at least one. */
  readonly targets: readonly ForwardTarget[];
  /** 0 = no limit, else 1–525600. */
  readonly minutes: number;
}

/** Where forwarded connections end. */
export interface ForwardTarget {
  /** Canonical text. */
  readonly address: string;
  /** 1–65535. */
  readonly port: number;
  /** The inner host sees this one's address instead of the client's: where it has no route back through here. */
  readonly masquerade: boolean;
}

/** `ask = { … }`: a single packet says itself what is to be done, and these are its limits. */
export interface AskAction {
  readonly kind: 'ask';
  /** What it may have opened; and of this host, what it may have forwarded to. May be empty. */
  readonly ports: readonly TransportPort[];
  /** For how long when the packet does not say. */
  readonly seconds: number;
  /** For how long at most. */
  readonly maxSeconds: number;
  /** Where it may have connections forwarded to. May be empty. */
  readonly targets: readonly ForwardTarget[];
  /** From which ports of this host. */
  readonly targetPorts: readonly TransportPort[];
  /** What is run for which text; a text that is not here runs nothing. */
  readonly commands: Readonly<Record<string, RunAction>>;
}

/** A program and its arguments; `%IP%` in an argument stands for the address that knocked. Never a shell. */
export type Argv = readonly [program: string, ...args: string[]];

/** A program, and the one that ends what it began. */
export interface Programs {
  readonly argv: Argv;
  /** What runs some time after it; its fields stand or fall together. */
  readonly stop?: {
    readonly argv: Argv;
    /** After the start of `argv`, 1–31536000. */
    readonly afterSeconds: number;
  };
}

/** `run = { … }`: runs a program. */
export interface RunAction extends Programs {
  readonly kind: 'run';
  /** Other programs for each family of addresses, where one is absent nothing is run; absent itself: the same for both. */
  readonly families?: { readonly ipv4?: Programs; readonly ipv6?: Programs };
  /** Whom it runs as: a name in passwd(5). */
  readonly user: string;
  /** It is ended after that time, 1–86400. */
  readonly timeoutSeconds: number;
  /** May it be started again while it runs? */
  readonly overlap: boolean;
}

/** Which TCP packets are a knock: those of whose flags `mask` leaves `value`. Bits as in byte 13 of the header (RFC 9293). */
export interface TcpFlags {
  readonly mask: number;
  readonly value: number;
}

/** What every door of port sequences has. */
interface Knocked {
  /** The whole sequence must come within this time, in milliseconds. */
  readonly timeoutMs: number;
  readonly tcpFlags: TcpFlags;
  /** The address they must have been sent to, canonical text; absent: any of ours. */
  readonly target?: string;
}

/** How a sequence is matched. */
interface Matched extends Knocked {
  /**
   * `strict`: no knock on another of its own ports may come in between. `tolerant`: any may. Other ports, and duplicates
   * of a packet, never count.
   */
  readonly order: 'strict' | 'tolerant';
  /** `same`: all knocks come from one address. `any`: from any; the last one is the one that counts. */
  readonly source: 'same' | 'any';
}

/** A sequence of ports that never changes. */
export interface SequenceKind extends Matched {
  readonly kind: 'sequence';
  /** 1–32. */
  readonly knocks: readonly TransportPort[];
}

/** Sequences that are used once each, in their order. */
export interface OneTimeKind extends Matched {
  readonly kind: 'one-time';
  /** One sequence a line; absolute. */
  readonly file: string;
}

/** The wanted port as decimal digits, between two sequences. */
export interface DigitsKind extends Knocked {
  readonly kind: 'digits';
  /** 1–32. */
  readonly start: readonly TransportPort[];
  /** The port of digit 0; those of 1 to 9 follow. 1–65526. */
  readonly zero: TransportPort;
  /** 1–32. */
  readonly end: readonly TransportPort[];
}

/** A Tumbler datagram. */
export interface TumblerKind {
  readonly kind: 'tumbler';
  /** UDP, 1–65535. */
  readonly port: number;
  /** Never logged. Empty until it was read, where it stands in a file. */
  readonly secret: string;
  /** Where it stands, absolute; absent: in the configuration itself. */
  readonly secretFile?: string;
  /** What is hashed, with its macros: see `tumblerText` of the codec. */
  readonly text: string;
}

/** A number that clients name in their eight encrypted knocks; it leads here instead of opening the port. */
export interface EncryptedKind {
  readonly kind: 'encrypted';
  /** 1–65535. It must be on the list of the client, for either protocol. */
  readonly port: number;
}

/** One client's single packets, as fwknop makes them: a stanza of access.conf. */
export interface SpaKind {
  readonly kind: 'spa';
  /** UDP, 1–65535. */
  readonly port: number;
  /** Never logged. */
  readonly key: SpaKey;
  /** Where packets may come from; absent: anywhere. */
  readonly sources?: readonly AddressRange[];
  /** Which addresses they may be sent to; absent: any. */
  readonly destinations?: readonly AddressRange[];
  /** The user name that a packet must have; absent: any. */
  readonly user?: string;
  /** Must it name an address, instead of "the one I come from"? */
  readonly requireAddress: boolean;
  /** From this moment on it is refused; milliseconds since 1970. */
  readonly expiresMs?: number;
}

/** How a door is knocked on. */
export type DoorKind = SequenceKind | OneTimeKind | DigitsKind | TumblerKind | EncryptedKind | SpaKind;

/** One `[[door]]`. */
export type DoorConfig = DoorKind & {
  /** Unique; as the name of a client, see `isClientName` of the codec. */
  readonly name: string;
  readonly action: DoorAction;
};

/** `[hooks]`: programs that are told; absent ones are not. */
export interface HooksConfig {
  /** Whom they run as. */
  readonly user: string;
  readonly timeoutSeconds: number;
  readonly onOpen?: Argv;
  readonly onClose?: Argv;
  readonly onDenied?: Argv;
}
