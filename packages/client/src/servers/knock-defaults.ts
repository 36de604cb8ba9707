// What a saved server says of its knocks where the command line says nothing. Pure.

import { familyOf } from '../claimed-address.ts';
import type { Problem } from '../exit.ts';
import { expectedProblem } from '../messages/wrong-use.ts';
import { type RawOptions, readOptions } from '../options.ts';
import type { Transport } from '../plan.ts';

/** What may be saved; what is absent is as without a saved server. */
export interface KnockDefaults {
  /** The port to open, 1–65535. */
  readonly port?: number;
  /** 0 = no limit, 1–254 = minutes. */
  readonly time?: number;
  /** `auto`, `source`, or an address in its canonical text. */
  readonly ip?: string;
  readonly transport?: Transport;
  /** Milliseconds from one knock to the next, 0–10000. */
  readonly delayMs?: number;
}

/** The options that can be saved, unread. */
export type RawDefaults = Pick<RawOptions, 'port' | 'time' | 'ip' | 'transport' | 'delay'>;

/** Reads what is to be saved, or every mistake in it. */
export function readDefaults(raw: RawDefaults): {
  readonly defaults: KnockDefaults;
  readonly problems: readonly Problem[];
} {
  const { port, time, ip, transport, delay } = raw;
  // A port is needed for a knock, and not for this.
  const { options, problems } = readOptions({ ...raw, port: port ?? '1' });
  const closes = time === '255' ? [expectedProblem('--time', time, 'an integer from 0 to 254')] : [];
  const defaults = {
    ...(port !== undefined && { port: options.port }),
    ...(time !== undefined && { time: options.time }),
    ...(ip !== undefined && { ip: options.ip }),
    ...(transport !== undefined && { transport: options.transport }),
    ...(delay !== undefined && { delayMs: options.delayMs }),
  };
  return { defaults, problems: [...problems, ...closes] };
}

/**
 * Puts what was saved in the place of options that were not given.
 * @returns options as if they had been typed
 */
export function withDefaults(raw: RawOptions, { port, time, ip, transport, delayMs }: KnockDefaults): RawOptions {
  return {
    ...(port !== undefined && { port: `${port}` }),
    ...(time !== undefined && { time: `${time}` }),
    ...(ip !== undefined && !isOfOtherFamily(ip, raw) && { ip }),
    ...(transport !== undefined && { transport }),
    ...(delayMs !== undefined && { delay: `${delayMs}` }),
    ...raw,
  };
}

/** Whoever says -6 does not mean the IPv4 address that was saved. */
function isOfOtherFamily(ip: string, { ipv4, ipv6 }: RawOptions): boolean {
  if (ip === 'auto' || ip === 'source') return false;
  return familyOf(ip) === 4 ? ipv6 === true : ipv4 === true;
}
