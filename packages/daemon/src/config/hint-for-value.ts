// Hints for values that are wrong in a usual way: quotes too many or too few, minutes for "no limit", milliseconds. Pure.

import { tryParseTransportPort } from '@eightknock/codec';
import { closestWord } from './closest-word.ts';
import { parseMoment } from './moment.ts';

const WORDS: Readonly<Record<string, readonly string[]>> = {
  mode: ['guard', 'mark'],
  closed: ['drop', 'reset'],
  kind: ['sequence', 'one-time', 'digits', 'tumbler', 'encrypted', 'spa'],
  order: ['strict', 'tolerant'],
  source: ['same', 'any'],
};
const PORT_KEYS: readonly unknown[] = ['ports', 'guard', 'knocks', 'start', 'end', 'first_port'];
/** Keys of texts that look like nothing else. */
const PLAIN_KEYS: readonly unknown[] = [
  'firewall',
  'metrics',
  'hooks',
  'listen',
  'argv',
  'stop_argv',
  'target',
  'text',
];

/**
 * Finds a hint for a wrong value. Never repeats the value of a secret.
 * @param path the keys that lead to it, from the table that was checked
 * @param value what stands there; undefined when nothing does
 */
export function hintForValue(path: readonly PropertyKey[], value: unknown): string | undefined {
  const list = [...path].reverse().find((part) => typeof part === 'string');
  if (list === 'secret' && path.length === 1)
    return 'is it copied whole? "knockdaemon enroll" makes a client with a new one';
  if (value === undefined) return undefined;
  // What is a port already is too high for ten.
  if (list === 'first_port' && typeof value === 'string' && tryParseTransportPort(value)) return undefined;
  if (PORT_KEYS.includes(list)) return hintForPort(value);
  if (list === 'door') return 'a door begins with a line [[door]], in two pairs of brackets';
  if (list === 'source' && path.length === 1) return hintForSource(value);
  if (list === 'client') return 'a client begins with a line [[client]], in two pairs of brackets';
  if (PLAIN_KEYS.includes(list)) return undefined;
  if (list === 'expires') {
    return typeof value === 'string' && parseMoment(value) !== undefined
      ? `write it without quotes: expires = ${value}`
      : undefined;
  }
  if (list === 'max_time' && (value === 0 || value === 255)) return 'leave max_time out to allow any time';
  if ((list === 'sequence_timeout' || list === 'timeout') && typeof value === 'number' && value >= 1000)
    return 'it counts seconds';
  if (typeof value === 'string') {
    if (/^(?:true|false|0x[0-9a-f]{1,8}|\d{1,10})$/i.test(value) && !WORDS[list as string])
      return 'write it without quotes';
    const meant = closestWord(value, WORDS[list as string] ?? []);
    if (meant !== undefined) return `did you mean "${meant}"?`;
  }
  return undefined;
}

/** A path without "log:", a name of what it reads. */
function hintForSource(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const file = /^(?:(?:log|file):)?\/*([^:\s]*[^:\s/])$/.exec(value)?.[1];
  if (value.includes('/') && file !== undefined && file.length < 80) return `write "log:/${file}"`;
  const group = /^nflog[^0-9]*0*(\d{1,5})$/i.exec(value)?.[1];
  if (group !== undefined && Number(group) <= 0xffff) return `write "nflog:${group}"`;
  const meant = closestWord(value, ['pcap', 'journal', 'nflog', 'log:/var/log/kern.log']);
  return meant === undefined ? undefined : `did you mean "${meant === 'nflog' ? 'nflog:745' : meant}"?`;
}

/** 22, "22", "22/tcp", "TCP/22", "tcp:22" are all meant well. */
function hintForPort(value: unknown): string | undefined {
  if (typeof value === 'string' && value.length < 20 && value.includes(','))
    return 'write one text for each port: ["tcp/22", "udp/53"]';
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const text = String(value).toLowerCase();
  const protocol = /tcp|udp/.exec(text)?.[0];
  const meant = `${protocol ?? 'tcp'}/${/\d+/.exec(text)?.[0] ?? ''}`;
  if (!/^(?:(?:tcp|udp)[^0-9a-z]*)?\d{1,5}(?:[^0-9a-z]*(?:tcp|udp))?$/.test(text)) return undefined;
  return tryParseTransportPort(meant) ? `write "${meant}"` : undefined;
}
