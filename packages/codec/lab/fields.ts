// The texts of a form → values. What cannot be read is told, never thrown.

import {
  decodeSecret,
  formatAddress,
  isHost,
  MAX_BASE_PORT,
  type SharedKey,
  serverIdBytes,
  tryParseAddress,
} from '@eightknock/codec';
import { parseMoment } from './moment.ts';
import type { Problems } from './problems.ts';

/** What both sides must have. */
export interface KeyForm {
  /** 43 characters of base64url. */
  readonly secret: string;
  /** 1–64 bytes as UTF-8. Spaces count. */
  readonly serverId: string;
  /** 1–65280. */
  readonly basePort: string;
}

/** The same, read; absent is what is wrong. */
export interface KeyValues {
  readonly key: SharedKey | undefined;
  readonly basePort: number | undefined;
}

const KNOCKS = 8;

/** Reads what both sides must have. */
export function readKey<Field extends string>(form: KeyForm, problems: Problems<Field | keyof KeyForm>): KeyValues {
  const secret = ask('secret', () => decodeSecret(form.secret.trim()), problems);
  const serverId = ask('serverId', () => serverIdBytes(form.serverId) && form.serverId, problems);
  const basePort = readInteger('basePort', form.basePort, 1, MAX_BASE_PORT, problems);
  return { key: secret && serverId !== undefined ? { secret, serverId } : undefined, basePort };
}

/** Asks the codec, which throws with a message that begins with the name of the argument and never shows the secret. */
function ask<Field extends string, T>(field: Field, read: () => T, problems: Problems<Field>): T | undefined {
  try {
    return read();
  } catch (error) {
    return problems.add(field, (error as Error).message.replace(/^\w+ /, ''));
  }
}

/** Reads a whole number, without a sign. */
export function readInteger<Field extends string>(
  field: Field,
  text: string,
  least: number,
  most: number,
  problems: Problems<Field>,
): number | undefined {
  const number = toInteger(text.trim());
  if (number !== undefined && number >= least && number <= most) return number;
  return problems.add(field, `must be a whole number from ${least} to ${most}`);
}

function toInteger(text: string): number | undefined {
  return /^\d{1,10}$/.test(text) ? Number(text) : undefined;
}

/**
 * Reads an address.
 * @param mayBeSource is the word `source` one, too?
 * @returns canonical text, or `source`
 */
export function readAddress<Field extends string>(
  field: Field,
  text: string,
  mayBeSource: boolean,
  problems: Problems<Field>,
): string | undefined {
  const trimmed = text.trim();
  if (mayBeSource && trimmed.toLowerCase() === 'source') return 'source';
  const bytes = tryParseAddress(trimmed);
  if (bytes?.length === 4 && bytes.every((byte) => byte === 0)) {
    return problems.add(field, `must not be 0.0.0.0${mayBeSource ? ': write “source”' : ''}`);
  }
  if (bytes) return formatAddress(bytes);
  if (trimmed.includes('%')) return problems.add(field, 'must not have a zone: leave out the part from % on');
  return problems.add(field, `must be an IPv4 or IPv6 address${mayBeSource ? ', or “source”' : ''}`);
}

/** Reads a moment, see {@link parseMoment}. */
export function readMoment<Field extends string>(
  field: Field,
  text: string,
  nowSeconds: number,
  problems: Problems<Field>,
): number | undefined {
  const expected = 'must be “now”, unix seconds, or a date and time in UTC such as 2027-01-15 08:00:00';
  return parseMoment(text.trim(), nowSeconds) ?? problems.add(field, expected);
}

/** Reads a host name or an address. */
export function readHost<Field extends string>(
  field: Field,
  text: string,
  problems: Problems<Field>,
): string | undefined {
  const host = text.trim();
  return isHost(host) ? host : problems.add(field, 'must be a host name or an address');
}

/** Reads the eight knocks, in their order. @param basePort absent: it could not be read, so only their number is looked at */
export function readKnocks<Field extends string>(
  field: Field,
  text: string,
  basePort: number | undefined,
  problems: Problems<Field>,
): readonly number[] | undefined {
  const texts = wordsOf(text);
  if (texts.length !== KNOCKS) return problems.add(field, `must be eight ports, not ${texts.length}`);
  if (basePort === undefined) return undefined;
  const ports = texts.map(toInteger);
  const outside = texts.filter((_, i) => !isWithin(ports[i], basePort, basePort + 255));
  if (outside.length === 0) return ports as number[];
  // Of a long text the beginning says enough.
  const shown = outside.map((word) => (word.length > 12 ? `${word.slice(0, 12)}…` : word)).join(', ');
  return problems.add(
    field,
    `must be from ${basePort} to ${basePort + 255}, unlike ${shown}: a knock outside counts for nothing`,
  );
}

/** Reads a list of ports. @returns none for an empty text */
export function readPortList<Field extends string>(
  field: Field,
  text: string,
  problems: Problems<Field>,
): ReadonlySet<number> | undefined {
  const ports = wordsOf(text).map(toInteger);
  if (ports.every((port) => isWithin(port, 1, 65535))) return new Set(ports as number[]);
  return problems.add(field, 'must be ports from 1 to 65535, with spaces or commas between them');
}

function wordsOf(text: string): string[] {
  return text.split(/[\s,;]+/).filter((word) => word !== '');
}

function isWithin(number: number | undefined, least: number, most: number): boolean {
  return number !== undefined && number >= least && number <= most;
}
