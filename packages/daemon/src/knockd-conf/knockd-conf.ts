// A knockd.conf as the rest of the daemon sees it: complete, checked, in the units it is used in. See docs/from-knockd.md.

import type { TransportPort } from '@eightknock/codec';
import type { TcpFlags } from '../config/door-config.ts';
import type { DoorDirective } from './directives.ts';

/** Everything that the file says. */
export interface KnockdConf {
  /** `UseSyslog`. */
  readonly useSyslog: boolean;
  /** `LogFile`; absolute. */
  readonly logFile?: string;
  /** `PidFile`; absolute. */
  readonly pidFile?: string;
  /** `Interface`. */
  readonly interfaceName?: string;
  /** In their order; never empty. Two may have the same name. */
  readonly doors: readonly KnockdDoor[];
}

/** One section. */
export interface KnockdDoor {
  /** What stands between the brackets, as it is logged: any text. */
  readonly name: string;
  /** The line of the brackets, from 1. */
  readonly line: number;
  /** Where each of its directives stands, as problems name it: `line 3, [openSSH] command`. */
  readonly places: Readonly<Partial<Record<DoorDirective, string>>>;
  readonly sequence: KnockdSequence;
  /** 1–3600. */
  readonly timeoutSeconds: number;
  /** Mask 0: any TCP packet. */
  readonly tcpFlags: TcpFlags;
  /** Canonical text. */
  readonly target?: string;
  /** What is run for somebody who knocks over IPv4; absent: nothing. */
  readonly ipv4?: KnockdCommands;
  /** The same for IPv6. */
  readonly ipv6?: KnockdCommands;
}

/** `Sequence`: 1–32 ports. Or `One_Time_Sequences`: an absolute path. */
export type KnockdSequence = { readonly knocks: readonly TransportPort[] } | { readonly file: string };

/** Commands as they are written: `%IP%` stands for the address. */
export interface KnockdCommands {
  /** Never empty. */
  readonly start: string;
  readonly stop?: {
    /** Never empty. */
    readonly command: string;
    /** `Cmd_Timeout`, 0–31536000. */
    readonly afterSeconds: number;
  };
}
