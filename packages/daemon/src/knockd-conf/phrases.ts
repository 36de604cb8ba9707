// What knockd writes to its log, word for word, so that what reads that log goes on to work. Pure.

import type { KnockdCommands } from './knockd-conf.ts';

/** The first line. @param interfaces names, or `any` */
export function startPhrase(interfaces: readonly string[]): string {
  return `starting up, listening on ${interfaces.join(', ')}`;
}

/** The last line. */
export const STOP_PHRASE = 'shutting down';

/** Another knock of the sequence has come. @param label the name of the section @param stage how many have, from 1 */
export function stagePhrase(label: string, address: string, stage: number): string {
  return `${address}: ${label}: Stage ${stage}`;
}

/** The sequence is complete. */
export function openPhrase(label: string, address: string): string {
  return `${address}: ${label}: OPEN SESAME`;
}

/** A command is run. @param command with its macro */
export function commandPhrase(label: string, command: string, address: string): string {
  return `${label}: running command: ${command.replaceAll('%IP%', address)}`;
}

/** A command has failed. @param code with which it ended, 1–255 */
export function failurePhrase(label: string, code: number): string {
  return `${label}: command returned non-zero status code (${code})`;
}

/** The last one-time sequence of a door was used. */
export function usedUpPhrase(label: string): string {
  return `no more sequences left in the one time sequences file for door ${label} --> disabling the door`;
}

/** The time of the stop command has come. */
export function timeoutPhrase(label: string, address: string): string {
  return `${address}: ${label}: command timeout`;
}

/** A line of the log file: local time. */
export function logFileLine(date: Date, phrase: string): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `[${day} ${two(date.getHours())}:${two(date.getMinutes())}] ${phrase}\n`;
}

/** Which commands count for an address. */
export function commandsFor(
  { ipv4, ipv6 }: { readonly ipv4?: KnockdCommands; readonly ipv6?: KnockdCommands },
  address: string,
): KnockdCommands | undefined {
  return address.includes(':') ? ipv6 : ipv4;
}
