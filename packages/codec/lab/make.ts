// The sender's side: a form → the eight ports, with all that lies between them. Pure: the clock and the nonce are arguments.

import {
  createBlockCipher,
  deriveWindowKey,
  encodeSequence,
  type KnockRequest,
  TIME_CLOSE,
  TIME_UNLIMITED,
  WINDOW_SECONDS,
} from '@eightknock/codec';
import { type KeyForm, readAddress, readHost, readInteger, readKey, readMoment } from './fields.ts';
import { Problems, type Unusable } from './problems.ts';

/** What is typed, as it is typed. */
export interface MakeForm extends KeyForm {
  /** An IPv4 or IPv6 address, or `source`. */
  readonly address: string;
  /** 1–65535. */
  readonly port: string;
  readonly duration: Duration;
  /** 1–254; looked at only where `duration` says so. */
  readonly minutes: string;
  /** 0–15. */
  readonly nonce: string;
  /** See moment.ts. */
  readonly moment: string;
  /** Where the server is; only the command line needs it. */
  readonly host: string;
}

/** What the time of a request is. */
export type Duration = 'minutes' | 'unlimited' | 'close';

/** Where a mistake can be. */
export type MakeField = Exclude<keyof MakeForm, 'duration'>;

/** In the order of the form. */
export const MAKE_FIELDS: readonly MakeField[] = [
  'secret',
  'serverId',
  'basePort',
  'address',
  'port',
  'minutes',
  'nonce',
  'moment',
  'host',
];

/** A sequence, and every step to it. */
export interface Made {
  readonly ok: true;
  readonly request: KnockRequest;
  /** 0–15. */
  readonly nonce: number;
  readonly serverId: string;
  readonly host: string;
  readonly basePort: number;
  readonly window: number;
  /** 32 bytes. */
  readonly windowKey: Uint8Array;
  /** 8 bytes, before encryption. */
  readonly block: Uint8Array;
  /** 8 bytes, after it. */
  readonly cipher: Uint8Array;
  /** Eight, in their order. */
  readonly ports: readonly number[];
  /** Unix seconds of a receiver's clock: from the first to before the second it takes the sequence. */
  readonly taken: { readonly from: number; readonly until: number };
}

/**
 * Makes a sequence.
 * @param nowSeconds unix seconds
 */
export function makeSequence(form: MakeForm, nowSeconds: number): Made | Unusable<MakeField> {
  const problems = new Problems<MakeField>();
  const { key, basePort } = readKey(form, problems);
  const address = readAddress('address', form.address, true, problems);
  const port = readInteger('port', form.port, 1, 65535, problems);
  const time = readTime(form, problems);
  const nonce = readInteger('nonce', form.nonce, 0, 15, problems);
  const moment = readMoment('moment', form.moment, nowSeconds, problems);
  const host = readHost('host', form.host, problems);
  if (!key || basePort === undefined || address === undefined || port === undefined) return unusable(problems);
  if (time === undefined || nonce === undefined || moment === undefined || host === undefined)
    return unusable(problems);

  const request = { address, port, time };
  const { ports, cipher, window } = encodeSequence(key, request, moment, nonce, basePort);
  const windowKey = deriveWindowKey(key.secret, key.serverId, window);
  const block = createBlockCipher(windowKey).decrypt(cipher);
  const taken = takenDuring(window);
  const { serverId } = key;
  return { ok: true, request, nonce, serverId, host, basePort, window, windowKey, block, cipher, ports, taken };
}

function unusable(problems: Problems<MakeField>): Unusable<MakeField> {
  return { ok: false, problems: problems.all };
}

function readTime({ duration, minutes }: MakeForm, problems: Problems<MakeField>): number | undefined {
  if (duration === 'unlimited') return TIME_UNLIMITED;
  if (duration === 'close') return TIME_CLOSE;
  return readInteger('minutes', minutes, 1, TIME_CLOSE - 1, problems);
}

/** The receiver tries the window before its own and the one after it, too: docs/protocol.md, "Key". */
function takenDuring(window: number): Made['taken'] {
  return { from: Math.max(0, window - 1) * WINDOW_SECONDS, until: (window + 2) * WINDOW_SECONDS };
}
