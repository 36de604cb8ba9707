// Values of access.conf and fwknopd.conf → what they mean, or what is wrong with them. Pure; no fault shows a secret.

import { showValue, type TransportPort, tryParseAddress } from '@eightknock/codec';
import { decodeSpaKey, SPA_HASHES, type SpaHash } from '@eightknock/codec/spa';
import { isRealDate } from '../config/moment.ts';

/** What is wrong with a value. */
export interface Fault {
  readonly value?: string;
  readonly expected: string;
  readonly hint?: string;
}

/** A value as it is meant, or what is wrong with it. */
export type Read<T> = { readonly value: T } | { readonly fault: Fault };

const MAX_LIST = 512;

/** `Y`, `y`, `yes`: fwknopd looks at the first letter. */
export function isYes(text: string): boolean {
  return /^y/i.test(text);
}

/** `tcp/22, udp/53`. Each port once. */
export function readPorts(text: string): Read<readonly TransportPort[]> {
  const ports = new Map<string, TransportPort>();
  for (const part of partsOf(text)) {
    const [, protocol = '', digits = ''] = /^(tcp|udp)\/(\d{1,5})$/i.exec(part) ?? [];
    const port = { protocol: protocol.toLowerCase() as TransportPort['protocol'], port: Number(digits) };
    if (digits === '' || port.port < 1 || port.port > 65_535) {
      return wrong(part, 'ports such as tcp/22,udp/53', /^\d+$/.test(part) ? `write tcp/${part}` : undefined);
    }
    ports.set(`${port.protocol}/${port.port}`, port);
  }
  return ports.size <= MAX_LIST ? { value: [...ports.values()] } : tooMany(ports.size, 'ports');
}

/** `ANY`, or addresses and networks, those with host bits and those with a mask in dots as well. @returns undefined: any */
export function readRanges(text: string): Read<readonly string[] | undefined> {
  const ranges = new Set<string>();
  let isAny = false;
  for (const part of partsOf(text)) {
    if (part === 'ANY') {
      isAny = true;
      continue;
    }
    const range = readRange(part);
    if (range === undefined) return wrong(part, 'ANY, or IPv4 addresses and networks such as 192.168.10.0/24');
    ranges.add(range);
  }
  if (isAny) return { value: undefined };
  return ranges.size <= MAX_LIST ? { value: [...ranges] } : tooMany(ranges.size, 'addresses');
}

function readRange(text: string): string | undefined {
  const [address = '', mask = '32', ...more] = text.split('/');
  const number = ipv4Number(address);
  const bits = /^\d{1,2}$/.test(mask) ? Number(mask) : bitsOf(ipv4Number(mask));
  if (number === undefined || bits === undefined || bits > 32 || more.length > 0) return undefined;
  const size = 2 ** (32 - bits);
  const first = Math.floor(number / size) * size;
  const octets = [24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256);
  return bits === 32 ? octets.join('.') : `${octets.join('.')}/${bits}`;
}

function ipv4Number(text: string): number | undefined {
  const bytes = tryParseAddress(text);
  return bytes?.length === 4 ? bytes.reduce((number, byte) => number * 256 + byte, 0) : undefined;
}

/** Bits of a mask in dots: ones, then zeros. */
function bitsOf(mask: number | undefined): number | undefined {
  if (mask === undefined) return undefined;
  const bits = mask.toString(2).padStart(32, '0');
  return /^1*0*$/.test(bits) ? bits.replaceAll('0', '').length : undefined;
}

/** A whole number of seconds. */
export function readSeconds(text: string, most: number): Read<number> {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (value <= most) return { value };
  const hint = /^\d+\s*#/.test(text) ? 'a comment has a line of its own' : undefined;
  return wrong(text, `a whole number from 0 to ${most}`, hint);
}

/** `SHA3_256` → `sha3-256`. */
export function readHash(text: string): Read<SpaHash> {
  const value = SPA_HASHES.find((hash) => hash === text.toLowerCase().replace('_', '-'));
  return value ? { value } : wrong(text, 'one of MD5 SHA1 SHA256 SHA384 SHA512 SHA3_256 SHA3_512');
}

/** `12/31/2030`: the beginning of that day where this machine is, as with fwknopd. @returns milliseconds since 1970 */
export function readDay(text: string): Read<number> {
  const [, month = '', day = '', year = ''] = /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/.exec(text) ?? [];
  if (year !== '' && isRealDate(`${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`)) {
    return { value: new Date(Number(year), Number(month) - 1, Number(day)).getTime() };
  }
  return wrong(text, 'a date as month/day/year, such as 12/31/2030');
}

/** `10.0.0.5 22`. @returns the address and the port as `10.0.0.5:22` */
export function readNat(text: string): Read<string> {
  const [, address = '', port = ''] = /^(\S+)\s+(\d{1,5})$/.exec(text) ?? [];
  const isPort = Number(port) >= 1 && Number(port) <= 65_535;
  if (isPort && ipv4Number(address) !== undefined) return { value: `${address}:${Number(port)}` };
  return wrong(text, 'an IPv4 address and a port, such as 10.0.0.5 22');
}

/** A key as text: blanks at its end belong to it. */
export function readKeyText(text: string): Read<string> {
  return text.trim() === '__CHANGEME__' ? placeholder() : { value: text };
}

/** A key in base64. */
export function readKeyBase64(text: string): Read<string> {
  if (text === '__CHANGEME__') return placeholder();
  try {
    decodeSpaKey(text);
    return { value: text };
  } catch {
    return { fault: { expected: 'base64 (A–Z a–z 0–9 + /), copied whole' } };
  }
}

function placeholder(): { readonly fault: Fault } {
  return { fault: { value: '"__CHANGEME__"', expected: 'a key', hint: '"fwknop --key-gen" makes both keys' } };
}

function partsOf(text: string): string[] {
  return text.split(',').map((part) => part.trim());
}

function wrong(text: string, expected: string, hint?: string): { readonly fault: Fault } {
  return { fault: { value: showValue(text), expected, ...(hint !== undefined && { hint }) } };
}

function tooMany(count: number, what: string): { readonly fault: Fault } {
  return { fault: { value: `${count} ${what}`, expected: `at most ${MAX_LIST}` } };
}
