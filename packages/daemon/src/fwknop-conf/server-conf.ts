// The text of a fwknopd.conf → what of it matters here, what does not come over, and every problem. Pure, never throws.

import { showValue } from '@eightknock/codec';
import { isInterfaceName } from '../config/interface-names.ts';
import type { Problem } from '../config/problem.ts';
import { unknownKey } from './known-keys.ts';
import { type Note, noteOn } from './note.ts';
import { type Entry, readEntries } from './read-entries.ts';
import { isYes } from './read-values.ts';
import { LOST_SERVER_KEYS } from './server-keys.ts';

/** fwknop's own port. */
export const DEFAULT_PORT = 62_201;

/** What matters here. */
export interface ServerConf {
  readonly interfaceName?: string;
  /** UDP, 1–65535. */
  readonly port: number;
  /** `ENABLE_IPT_SNAT`: inner hosts see this host's address. */
  readonly masquerade: boolean;
  /** `ACCESS_FILE`, as it is written. */
  readonly accessFile?: string;
  /** What does not come over. */
  readonly notes: readonly Note[];
}

/** What fwknopd does without a file. */
export const NO_SERVER_CONF: ServerConf = { port: DEFAULT_PORT, masquerade: false, notes: [] };

/** Longest age of a packet, in seconds: fixed. */
const MAX_AGE = 120;
const USED = [
  'PCAP_INTF',
  'PCAP_FILTER',
  'ENABLE_UDP_SERVER',
  'UDPSERV_PORT',
  'ENABLE_IPT_SNAT',
  'ENABLE_FIREWD_SNAT',
  'MAX_SPA_PACKET_AGE',
  'ACCESS_FILE',
];
const EXPECTED_VARIABLE = 'a value, or a variable that an earlier line of the file sets';
const IGNORED = 'fwknopd ignores such a line and takes its default';

/** Reads the file. @param file the name for problems and notes */
export function parseServerConf(
  text: string,
  file: string,
): { readonly conf?: ServerConf; readonly problems: readonly Problem[] } {
  const { entries, problems: form } = readEntries(text, file);
  const problems: Problem[] = [...form];
  const notes: Note[] = [];
  const complain = (line: number, key: string, fault: Omit<Problem, 'file' | 'path'>) =>
    problems.push({ file, path: `line ${line}, ${key}`, ...fault });
  const byKey = new Map<string, Entry>();
  for (const entry of entries) {
    const written = entry.value.trim();
    const value = expandVariable(written, byKey);
    if (value === undefined && USED.includes(entry.key)) {
      complain(entry.line, entry.key, { value: showValue(written), expected: EXPECTED_VARIABLE, hint: IGNORED });
    }
    byKey.set(entry.key, { ...entry, value: value ?? written });
  }
  const yes = (key: string) => isYes(byKey.get(key)?.value ?? '');

  let port = DEFAULT_PORT;
  const filter = byKey.get('PCAP_FILTER');
  if (filter && !yes('ENABLE_UDP_SERVER')) {
    const found = /^udp (?:dst )?port (\d{1,5})$/.exec(filter.value)?.[1];
    if (found !== undefined && isPort(Number(found))) port = Number(found);
    else notes.push(noteOn(filter, `not "udp port NUMBER": packets are taken on UDP port ${port}, and no others`));
  }
  const served = byKey.get('UDPSERV_PORT');
  if (served && yes('ENABLE_UDP_SERVER')) {
    if (/^\d{1,5}$/.test(served.value) && isPort(Number(served.value))) port = Number(served.value);
    else complain(served.line, served.key, { value: showValue(served.value), expected: 'a port from 1 to 65535' });
  }
  const device = byKey.get('PCAP_INTF');
  if (device && !isInterfaceName(device.value)) {
    complain(device.line, device.key, { value: showValue(device.value), expected: 'the name of one interface' });
  }
  const age = byKey.get('MAX_SPA_PACKET_AGE');
  if (age && !/^\d{1,9}$/.test(age.value)) {
    complain(age.line, age.key, { value: showValue(age.value), expected: 'a whole number of seconds' });
  } else if (age && Number(age.value) !== MAX_AGE) notes.push(noteOn(age, `a packet may be ${MAX_AGE} s old, always`));
  const known = [...USED, ...Object.keys(LOST_SERVER_KEYS)];
  for (const entry of byKey.values()) {
    const lost = Object.hasOwn(LOST_SERVER_KEYS, entry.key) ? LOST_SERVER_KEYS[entry.key] : undefined;
    if (lost === undefined) {
      if (!USED.includes(entry.key)) problems.push(unknownKey(entry, known, 'a key of fwknopd.conf'));
    } else if (lost.when === undefined || lost.when === (isYes(entry.value) ? 'Y' : 'N')) {
      notes.push(noteOn(entry, lost.text));
    }
  }
  const [interfaceName, accessFile] = [device?.value, byKey.get('ACCESS_FILE')?.value];
  const conf: ServerConf = {
    port,
    masquerade: yes('ENABLE_IPT_SNAT') || yes('ENABLE_FIREWD_SNAT'),
    notes: notes.sort((a, b) => a.line - b.line),
    ...(interfaceName !== undefined && { interfaceName }),
    ...(accessFile !== undefined && { accessFile }),
  };
  return problems.length > 0 ? { problems } : { conf, problems };
}

/**
 * As fwknopd does it: one variable, at the beginning of the value, and a key that was set before.
 * @returns undefined when there is no such key
 */
function expandVariable(value: string, before: ReadonlyMap<string, Entry>): string | undefined {
  const [, name, rest = ''] = /^\$([A-Z_]+)(\S*)/.exec(value) ?? [];
  if (name === undefined) return value;
  const found = before.get(name);
  return found && found.value + rest;
}

function isPort(port: number): boolean {
  return port >= 1 && port <= 65_535;
}
