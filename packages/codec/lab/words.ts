// All that the page says of a sequence, as sentences.

import {
  type DecodedSequence,
  type SequenceRejection,
  TIME_CLOSE,
  TIME_UNLIMITED,
  WINDOW_SECONDS,
} from '@eightknock/codec';
import type { Made, MakeForm } from './make.ts';
import { formatClock, formatMoment, formatSpan } from './moment.ts';
import type { Read, TriedWindow, Verdict } from './read.ts';

/** What a time of 0–255 means. */
export function describeTime(time: number): string {
  if (time === TIME_UNLIMITED) return 'with no time limit';
  return `for ${time} minute${time === 1 ? '' : 's'}`;
}

/** What is asked for. @param address canonical text, or `source` */
export function describeRequest(address: string, port: number, time: number): string {
  const whom = address === 'source' ? 'the address that the knocks come from' : address;
  if (time === TIME_CLOSE) return `Close port ${port} for ${whom}.`;
  return `Open port ${port} for ${whom}, ${describeTime(time)}.`;
}

/** Which window it is, and when a server takes it. */
export function describeWindow({ window, taken }: Made): string {
  const start = window * WINDOW_SECONDS;
  const own = `Window ${window}: ${formatMoment(start).replace(' UTC', '')} to ${formatClock(start + WINDOW_SECONDS)} UTC.`;
  return `${own} A server takes it while its clock is between ${formatClock(taken.from)} and ${formatClock(taken.until)}, once.`;
}

/** How much of that time is left. */
export function describeValidity({ taken: { from, until } }: Made, nowSeconds: number): string {
  if (nowSeconds < from) return `That begins in ${formatSpan(Math.ceil(from - nowSeconds))}.`;
  if (nowSeconds >= until) return `That has been over for ${formatSpan(Math.floor(nowSeconds - until))}.`;
  return `Still valid for ${formatSpan(Math.ceil(until - nowSeconds))}.`;
}

/** A verdict: in one line, and then why. */
export interface Words {
  readonly isGood: boolean;
  readonly title: string;
  readonly text: string;
}

/** What the eight ports come to. */
export function describeVerdict({ verdict, source, window }: Read): Words {
  switch (verdict.kind) {
    case 'accepted':
      return {
        isGood: true,
        title: `Accepted. ${requested(verdict.request)}`,
        text: proofOf(verdict.request, source, window),
      };
    case 'port-not-allowed':
      return {
        isGood: false,
        title: 'Denied: the port is not on its list.',
        text: `The key fits, and this is asked for: “${requested(verdict.request)}” But the client may not open port ${verdict.request.port}.`,
      };
    case 'clock-off':
      return { isGood: false, title: 'Rejected: its clock is off.', text: describeClock(verdict) };
    case 'rejected':
      return { isGood: false, ...describeRejection(verdict.rejection, source) };
  }
}

function requested({ claimedAddress, port, time }: DecodedSequence): string {
  return describeRequest(claimedAddress, port, time);
}

function proofOf({ claimedAddress, window }: DecodedSequence, source: string, own: number): string {
  const which = WINDOW_NAMES[window - own] ?? '';
  const key = `The key of ${which} window fits`;
  const once = 'It is accepted once: the same eight knocks again would be a replay.';
  if (claimedAddress === 'source') return `${key}; “the address they come from” is ${source}. ${once}`;
  if (claimedAddress === source) return `${key}, and so does the address: the knocks come from it. ${once}`;
  return `${key}, and this client may open for others: the knocks come from ${source}. ${once}`;
}

const WINDOW_NAMES: Readonly<Record<number, string>> = { [-1]: 'the previous', 0: 'this', 1: 'the next' };

function describeClock({ seconds, port }: Extract<Verdict, { kind: 'clock-off' }>): string {
  const where = seconds < 0 ? 'behind' : 'ahead';
  const off = `The clock of the sender is about ${formatSpan(Math.abs(seconds))} ${where}, or the knocks are old.`;
  return `The key fits, for port ${port}, but not in the three windows that a server tries. ${off}`;
}

const REJECTIONS: Readonly<Record<SequenceRejection['reason'], string>> = {
  'knock-out-of-range': 'Rejected: a knock is outside the port range.',
  'no-key-fits': 'Rejected: no key fits.',
  'keys-missing': 'Rejected: keys are still being derived.',
  'address-mismatch': 'Rejected: it names another address than it comes from.',
  'source-not-trusted': 'Rejected: it says “the address I come from”.',
};

function describeRejection(rejection: SequenceRejection, source: string): Omit<Words, 'isGood'> {
  return { title: REJECTIONS[rejection.reason], text: explainRejection(rejection, source) };
}

function explainRejection(rejection: SequenceRejection, source: string): string {
  switch (rejection.reason) {
    case 'address-mismatch': {
      const named = rejection.claimedAddress ?? 'an address that cannot be read back, as of IPv6 only a hash is sent';
      return `The check and port ${rejection.port} fit, but the block names ${named}, and the knocks come from ${source}. This client may open for its own address alone. It may also be noise: a wrong key gets so far now and then.`;
    }
    case 'source-not-trusted':
      return `Check and port ${rejection.port} fit, but this client has to name its address.`;
    default:
      return 'Neither in the three windows that a server tries nor in those of ten minutes on either side. Another secret, another server id, another base port, another address, knocks out of order, or no sequence at all.';
  }
}

/** One line on what a window's key makes of the cipher. */
export function describeTried({ check, block }: TriedWindow): string {
  if (check === 'wrong') return 'noise: the check is wrong';
  if (check === 'port-zero') return 'noise: port 0';
  const port = ((block[4] as number) << 8) | (block[5] as number);
  return `the check is right, port ${port}`;
}

/** The name of a window, seen from the receiver's own. */
export function nameWindow({ window, offset }: TriedWindow): string {
  const name = offset < 0 ? 'previous' : offset > 0 ? 'next' : 'own';
  return `${window}, ${name}`;
}

/** The label of an example. */
export function describeExample({ address, port, duration, minutes }: MakeForm): string {
  const time = duration === 'minutes' ? `${minutes} minutes` : duration === 'close' ? 'close' : 'no limit';
  return `${address}, port ${port}, ${time}`;
}
