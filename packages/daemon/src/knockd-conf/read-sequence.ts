// `7000,8000:udp,9000:tcp` → knocks, or what is wrong with them. The value of Sequence, and a line of a file of one-time
// sequences. Where knockd takes a port of 0, a word for a port of 0, and -5 for 65531, this says so.

import type { TransportPort } from '@eightknock/codec';
import { showValue } from '@eightknock/codec';

/** Knocks in one sequence. */
export const MAX_KNOCKS = 32;

/** What is wrong with one of them. */
export interface SequenceFault {
  readonly value: string;
  readonly expected: string;
  readonly hint?: string;
}

/** What a text is. */
export interface ReadSequence {
  /** Makes sense only where there are no faults. */
  readonly knocks: readonly TransportPort[];
  readonly faults: readonly SequenceFault[];
}

const EXPECTED_PORT = 'a port from 1 to 65535, alone or followed by ":tcp" or ":udp"';

/** Reads a sequence; every fault at once. */
export function readSequence(text: string): ReadSequence {
  const parts = text.split(',');
  if (parts.length > MAX_KNOCKS) {
    const fault = { value: `${parts.length} ports`, expected: `at most ${MAX_KNOCKS} ports` };
    return { knocks: [], faults: [fault] };
  }
  if (text.trim() === '') {
    return { knocks: [], faults: [{ value: 'nothing', expected: 'ports such as 7000,8000:udp,9000' }] };
  }
  const knocks: TransportPort[] = [];
  const faults: SequenceFault[] = [];
  for (const part of parts) {
    const [, port = '', , protocol = 'tcp'] = /^\s*(\d{1,6})\s*(:\s*(tcp|udp)\s*)?$/i.exec(part) ?? [];
    const number = port === '' ? 0 : Number(port);
    if (number >= 1 && number <= 65_535) {
      knocks.push({ protocol: protocol.toLowerCase() as TransportPort['protocol'], port: number });
    } else {
      faults.push({ value: showValue(part.trim()), expected: EXPECTED_PORT, ...hintFor(part.trim()) });
    }
  }
  return { knocks, faults };
}

function hintFor(part: string): { readonly hint?: string } {
  if (part === '') return { hint: 'there is a comma too many' };
  if (/^\d+\s*[-–]\s*\d+$/.test(part)) return { hint: 'every knock of the sequence is written by itself' };
  if (/^\d+\s+\d+/.test(part)) return { hint: 'ports are separated by commas' };
  if (/^(?:tcp|udp)[/:]\d+$/i.test(part) || /^\d+\/(?:tcp|udp)$/i.test(part)) {
    const [protocol, port] = [/[a-z]+/i.exec(part)?.[0], /\d+/.exec(part)?.[0]];
    return { hint: `write ${port}:${protocol?.toLowerCase()}` };
  }
  return {};
}
