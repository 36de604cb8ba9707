// The link that hands a client everything it needs: docs/protocol.md, "Enrolment link". It contains the secret.

import { tryParseAddress } from './address.ts';
import { requireInteger, requireText } from './require.ts';
import { decodeSecret, encodeSecret } from './secret.ts';
import { DEFAULT_BASE_PORT, MAX_BASE_PORT } from './sequence.ts';
import { type TransportPort, tryParseTransportPort } from './transport-port.ts';
import { serverIdBytes } from './window-key.ts';

/** What a client gets when it is enrolled. */
export interface Enrolment {
  /** Where to knock: a host name, an IPv4 address, or an IPv6 address without brackets. */
  readonly host: string;
  /** 1–65280. */
  readonly basePort: number;
  /** 1–64 bytes as UTF-8. */
  readonly serverId: string;
  /** The client's name on the server, see {@link isClientName}. */
  readonly client: string;
  /** 32 bytes. */
  readonly secret: Uint8Array;
  /** What the client may open, as far as the link tells; may be empty. */
  readonly ports: readonly TransportPort[];
}

const SCHEME = 'eightknock://';
/** Characters of the longest link that is read. Without ports even the longest one fits. */
export const MAX_LINK_LENGTH = 2048;
const PARAMETERS = ['server', 'client', 'secret', 'ports'];

/** A client's name is 1 to 64 of A–Z a–z 0–9 . _ - and begins with a letter or digit. */
export function isClientName(name: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name);
}

/** A host name of 1 to 253 characters (RFC 1123, section 2.1; underscores are let through), or an IP address. */
export function isHost(host: string): boolean {
  if (host.includes(':') || /^[0-9.]+$/.test(host)) return tryParseAddress(host) !== undefined;
  const labels = host.split('.');
  return (
    host.length <= 253 && labels.every((label) => /^[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$/.test(label))
  );
}

/**
 * Writes an enrolment link. It contains the secret: show it once, never log it. With very many ports it gets longer than
 * {@link MAX_LINK_LENGTH}: leave them out then, they only spare the client a question.
 * @throws TypeError or RangeError that names the field
 */
export function encodeEnrolmentLink(enrolment: Enrolment): string {
  const { host, basePort, serverId, client, secret, ports } = enrolment;
  checkEnrolment(enrolment);
  const authority = `${host.includes(':') ? `[${host}]` : host}${basePort === DEFAULT_BASE_PORT ? '' : `:${basePort}`}`;
  const query = [`server=${encodeURIComponent(serverId)}`, `client=${client}`, `secret=${encodeSecret(secret)}`];
  if (ports.length > 0) query.push(`ports=${ports.map(writePort).join(',')}`);
  return `${SCHEME}${authority}?${query.join('&')}`;
}

/**
 * Reads an enrolment link. The inverse of {@link encodeEnrolmentLink}.
 * @param link at most 2048 characters; surrounding white space is ignored
 * @throws TypeError when it is not a string, RangeError that says which part is wrong; it never shows the secret
 */
export function decodeEnrolmentLink(link: string): Enrolment {
  requireText('link', link);
  const text = link.trim();
  if (text.length > MAX_LINK_LENGTH) throw new RangeError(`link must be at most ${MAX_LINK_LENGTH} characters long`);
  if (!text.startsWith(SCHEME)) throw new RangeError(`link must begin with ${SCHEME}`);
  const match = /^(?:\[([^\]?#/]*)\]|([^:?#/[\]]+))(?::(\d{1,5}))?\/?\?([^#]*)$/.exec(text.slice(SCHEME.length));
  if (!match) throw new RangeError(`link must have the form ${SCHEME}HOST[:BASE_PORT]?server=…&client=…&secret=…`);
  const [, bracketed, plain, basePort, query] = match;
  if (bracketed !== undefined && !bracketed.includes(':')) {
    throw new RangeError('link must have an IPv6 address in its brackets');
  }
  const values = parseQuery(query as string);
  const enrolment: Enrolment = {
    host: bracketed ?? (plain as string),
    basePort: basePort === undefined ? DEFAULT_BASE_PORT : Number(basePort),
    serverId: required(values, 'server'),
    client: required(values, 'client'),
    secret: decodeSecret(required(values, 'secret')),
    ports: (values.get('ports') ?? '').split(',').filter(Boolean).map(readPort),
  };
  checkEnrolment(enrolment);
  return enrolment;
}

function checkEnrolment({ host, basePort, serverId, client }: Enrolment): void {
  requireText('host', host);
  // Not shown, nor is a port: in a link that was garbled on its way the secret may stand there.
  if (!isHost(host)) throw new RangeError('host must be a host name or an address without a zone');
  requireInteger('base port', basePort, 1, MAX_BASE_PORT);
  serverIdBytes(serverId);
  requireText('client', client);
  if (!isClientName(client)) {
    throw new RangeError('client must be 1 to 64 of A–Z a–z 0–9 . _ - and begin with a letter or digit');
  }
}

function readPort(text: string): TransportPort {
  const port = tryParseTransportPort(text);
  if (!port) throw new RangeError('ports must be tcp/N or udp/N with N from 1 to 65535, with commas between them');
  return port;
}

function writePort({ protocol, port }: TransportPort): string {
  const text = `${protocol}/${port}`;
  readPort(text);
  return text;
}

function parseQuery(query: string): Map<string, string> {
  const values = new Map<string, string>();
  for (const pair of query.split('&')) {
    const at = pair.indexOf('=');
    const name = at < 0 ? pair : pair.slice(0, at);
    if (!PARAMETERS.includes(name)) throw new RangeError(`link must have no parameter but ${PARAMETERS.join(', ')}`);
    if (values.has(name)) throw new RangeError(`link must have the parameter "${name}" only once`);
    try {
      values.set(name, decodeURIComponent(at < 0 ? '' : pair.slice(at + 1)));
    } catch {
      throw new RangeError(`link must have a well-formed percent-encoding in "${name}"`);
    }
  }
  return values;
}

function required(values: Map<string, string>, name: string): string {
  const value = values.get(name);
  if (!value) throw new RangeError(`link must have the parameter "${name}": is it copied whole?`);
  return value;
}
