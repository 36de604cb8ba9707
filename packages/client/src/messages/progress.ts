// What is said of a knock, from its beginning to its end.

import { makeSafe, TIME_CLOSE, TIME_UNLIMITED } from '@eightknock/codec';
import { KNOCKS, type Transport } from '../plan.ts';
import type { PortLook } from '../try-connect.ts';
import { count, formatSeconds } from './words.ts';

/** What is asked of which server. */
export interface Wish {
  /** As it was given or saved: a name or an address. */
  readonly host: string;
  /** Where it is knocked at, and for whom: one or two, of different families. */
  readonly routes: readonly { readonly serverAddress: string; readonly claimedAddress: string }[];
  readonly transport: Transport;
  /** Where the knocks say they come from, when that is not this machine. */
  readonly spoofSource?: string;
  /** The port to open or close. */
  readonly port: number;
  /** 0–255. */
  readonly time: number;
}

/** The first line. */
export function formatBeginning({ host, routes, transport, spoofSource, port, time }: Wish): string {
  const addresses = routes.map(({ serverAddress }) => serverAddress).join(', ');
  const where = host === addresses ? host : `${makeSafe(host)} (${addresses})`;
  const from = spoofSource === undefined ? '' : ` from ${spoofSource}`;
  const what = `${time === TIME_CLOSE ? 'close' : 'open'} port ${port} for ${formatClaimed(routes)}${formatTime(time)}`;
  return `knocking at ${where} over ${transport.toUpperCase()}${from}: ${what}`;
}

/** For whom it is to open: the addresses, or whichever the knocks come from. */
export function formatClaimed(routes: Wish['routes']): string {
  const names = routes.map(({ claimedAddress }) =>
    claimedAddress === 'source' ? 'the address the knocks come from' : claimedAddress,
  );
  return [...new Set(names)].join(' and ');
}

/** A sign for each knock of a sequence, filled where it was sent. @param knocks how many were */
export function formatDots(knocks: number): string {
  return '●'.repeat(knocks) + '○'.repeat(KNOCKS - knocks);
}

/** Between two sequences, or beside the dots. */
export function formatNotYet(look: PortLook): string {
  return `not open yet (${LOOKS[look]})`;
}

/** How a port looks to a TCP connection. */
export const LOOKS: Readonly<Record<PortLook, string>> = {
  open: 'open',
  refused: 'refused',
  silent: 'no answer',
  unreachable: 'unreachable',
};

/** A knock that `knockclient knock -v` is about to send, as knock(1) says it. */
export function formatHit(protocol: Transport, address: string, port: number): string {
  return `hitting ${protocol} ${address}:${port}\n`;
}

/** The last line, without `--wait`. */
export function formatSent(knocks: number, seconds: number): string {
  return `${knocks} knocks sent in ${formatSeconds(seconds)}`;
}

/** The last line, with `--wait`. */
export function formatOpen(port: number, done: { seconds: number; sequences: number; knocks: number }): string {
  const { seconds, sequences, knocks } = done;
  const tries = sequences === 1 ? '' : `, ${sequences} tries`;
  return `port ${port} is open after ${formatSeconds(seconds)} (${knocks} knocks${tries})`;
}

function formatTime(time: number): string {
  if (time === TIME_CLOSE) return '';
  return time === TIME_UNLIMITED ? ', no time limit' : `, ${time} ${count(time, 'minute', 'minutes')}`;
}
