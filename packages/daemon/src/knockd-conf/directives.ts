// The directives that knockd knows, and what each may hold: knockd(1). Keys in any case, as knockd has them; TIMEOUT,
// COMMAND and COMMAND_6 are other names of three of them.

import { formatAddress, showValue, tryParseAddress } from '@eightknock/codec';
import { closestWord } from '../config/closest-word.ts';
import { isInterfaceName } from '../config/interface-names.ts';
import type { SequenceFault } from './read-sequence.ts';

/** Directives of a door, in the words of the man page. */
export const DOOR_DIRECTIVES = [
  'Sequence',
  'One_Time_Sequences',
  'Seq_Timeout',
  'TCPFlags',
  'Target',
  'Start_Command',
  'Start_Command_6',
  'Cmd_Timeout',
  'Stop_Command',
  'Stop_Command_6',
] as const;
/** Directives of `[options]`. */
export const OPTION_DIRECTIVES = ['UseSyslog', 'LogFile', 'PidFile', 'Interface'] as const;

/** One of them. */
export type DoorDirective = (typeof DOOR_DIRECTIVES)[number];
/** One of them. */
export type OptionDirective = (typeof OPTION_DIRECTIVES)[number];

const ALIASES: Readonly<Record<string, DoorDirective>> = {
  Timeout: 'Seq_Timeout',
  Command: 'Start_Command',
  Command_6: 'Start_Command_6',
};

/** Finds a directive by its name in any case; aliases lead to what they stand for. */
export function findDirective(key: string): DoorDirective | OptionDirective | undefined {
  const same = (name: string) => name.toUpperCase() === key.toUpperCase();
  const alias = Object.keys(ALIASES).find(same);
  return alias === undefined ? [...DOOR_DIRECTIVES, ...OPTION_DIRECTIVES].find(same) : ALIASES[alias];
}

/** Does it belong under `[options]`? */
export function isOption(directive: DoorDirective | OptionDirective): directive is OptionDirective {
  return (OPTION_DIRECTIVES as readonly string[]).includes(directive);
}

/** The directive that somebody may have meant. */
export function hintForDirective(key: string): string | undefined {
  if (key.startsWith(';') || key.startsWith('//')) return 'a comment begins with "#"';
  const meant = closestWord(key, [...Object.keys(ALIASES), ...DOOR_DIRECTIVES, ...OPTION_DIRECTIVES]);
  return meant === undefined ? undefined : `did you mean "${meant}"?`;
}

/** A value as it is meant, or what is wrong with it. */
export type ReadValue<T> = { readonly value: T } | { readonly fault: SequenceFault };

/** A whole number in decimal digits. @param what it counts, such as `seconds` */
export function readNumber(text: string, least: number, most: number, what: string): ReadValue<number> {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return { value };
  const expected = `a whole number from ${least} to ${most} (${what})`;
  return { fault: { value: showValue(text), expected } };
}

/** An absolute path. */
export function readPath(text: string): ReadValue<string> {
  if (text.startsWith('/')) return { value: text };
  const hint = /^["'].*["']$/.test(text) ? 'write it without quotes' : undefined;
  return { fault: { value: showValue(text), expected: 'an absolute path', ...(hint && { hint }) } };
}

/** An address, in its canonical text. */
export function readAddress(text: string): ReadValue<string> {
  const bytes = tryParseAddress(text);
  if (bytes) return { value: formatAddress(bytes) };
  const hint = /^[a-z][a-z0-9.-]*$/i.test(text) ? 'the address that the name stands for' : undefined;
  return { fault: { value: showValue(text), expected: 'an IPv4 or IPv6 address', ...(hint && { hint }) } };
}

/** The name of an interface. */
export function readInterface(text: string): ReadValue<string> {
  if (isInterfaceName(text)) return { value: text };
  const hint = text.startsWith('/dev/') ? `write "${text.slice('/dev/'.length)}"` : undefined;
  return { fault: { value: showValue(text), expected: 'the name of one interface', ...(hint && { hint }) } };
}
