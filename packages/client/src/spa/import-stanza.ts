// One stanza of ~/.fwknoprc → a server to be saved, and what could not be carried over; or why it cannot be one. Pure. What
// would make another packet than fwknop does is never left out silently, and mostly not at all.

import { isHost, showValue } from '@eightknock/codec';
import {
  decodeSpaKey,
  MAX_ENCRYPTION_KEY_BYTES,
  MAX_HMAC_KEY_BYTES,
  MAX_TIMEOUT_SECONDS,
  SPA_HASHES,
  spaKeyOfText,
} from '@eightknock/codec/spa';
import { readPorts } from '../doors/read-ports.ts';
import type { RcStanza } from './fwknoprc.ts';
import type { SavedSpaServer } from './saved-spa-server.ts';
import { isIpv4, type RawSpaRequest, readNat, readSpaOptions } from './spa-options.ts';
import { spaRequest, writeSpaPacket } from './spa-packet.ts';

/** What a stanza became. */
export interface ImportedStanza {
  /** Absent when it cannot be imported. */
  readonly server?: SavedSpaServer;
  /** In the order of the lines: the line, from 1, or 0 for the stanza as a whole, and what is to be said of it. */
  readonly hints: readonly (readonly [line: number, what: string])[];
}

/** Names that are understood; what they mean is in the server that is saved. */
const CARRIED = new Set([
  'SPA_SERVER',
  'SPA_SERVER_PORT',
  'SPA_SERVER_PROTO',
  'ACCESS',
  'ALLOW_IP',
  'KEY',
  'KEY_BASE64',
  'HMAC_KEY',
  'HMAC_KEY_BASE64',
  'HMAC_DIGEST_TYPE',
  'DIGEST_TYPE',
  'USE_HMAC',
  'ENCRYPTION_MODE',
  'FW_TIMEOUT',
  'NAT_ACCESS',
  'NAT_LOCAL',
  'NAT_PORT',
  'NAT_RAND_PORT',
  'SPOOF_USER',
  'RAND_PORT',
  'USE_GPG',
]);

/** Names whose meaning is left out, and why that is so. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  VERBOSE: 'left out: --debug and --json say more',
  RESOLVE_IP_HTTPS: 'left out: no web server is asked for the own address; give it with --ip, or --ip source',
  RESOLVE_HTTP_ONLY: 'left out: no web server is asked for the own address',
  RESOLVE_URL: 'left out: no web server is asked for the own address',
  WGET_CMD: 'left out: no web server is asked for the own address',
  HTTP_USER_AGENT: 'left out: packets are sent over UDP',
  USE_WGET_USER_AGENT: 'left out: no web server is asked for the own address',
  SPA_SOURCE_PORT: 'left out: the system chooses the source port',
  SPOOF_SOURCE_IP: 'left out: the packet comes from this machine',
  TIME_OFFSET: 'left out: set the clock right, it may be 120 seconds off',
  KEY_FILE: 'left out: keys are in the stanza, or in files of --key-file and --hmac-key-file',
};

/** Thrown within this file alone: why a stanza cannot be imported. */
class Obstacle extends Error {}

/** Converts a stanza, the lines of `[default]` included. */
export function importStanza(stanza: RcStanza): ImportedStanza {
  const hints: (readonly [number, string])[] = [];
  for (const [name, { line }] of stanza) {
    if (CARRIED.has(name)) continue;
    const why =
      name.startsWith('GPG_') || name === 'USE_GPG_AGENT' ? 'left out: GnuPG is not supported' : LEFT_OUT[name];
    hints.push([line, `${name}: ${why ?? 'left out: fwknop has no such name'}`]);
  }
  const reader = new Reader(stanza, hints);
  try {
    return { server: reader.server(), hints: hints.sort(([a], [b]) => a - b) };
  } catch (error) {
    // A RangeError is the codec's: it never shows a value.
    if (!(error instanceof Obstacle || error instanceof RangeError)) throw error;
    return { hints: [...hints, [0, `not imported: ${error.message}`] as const].sort(([a], [b]) => a - b) };
  }
}

class Reader {
  readonly #stanza: RcStanza;
  readonly #hints: (readonly [number, string])[];

  constructor(stanza: RcStanza, hints: (readonly [number, string])[]) {
    this.#stanza = stanza;
    this.#hints = hints;
  }

  server(): SavedSpaServer {
    if (this.#isYes('USE_GPG')) throw new Obstacle('USE_GPG: GnuPG is not supported');
    this.#only('SPA_SERVER_PROTO', 'udp');
    this.#only('ENCRYPTION_MODE', 'cbc');
    const host = this.#text('SPA_SERVER');
    if (host === undefined) throw new Obstacle('it has no SPA_SERVER');
    if (!isHost(host)) throw new Obstacle(`SPA_SERVER: ${showValue(host)} is neither a host name nor an address`);
    const encryptionKey = this.#key('KEY', MAX_ENCRYPTION_KEY_BYTES);
    const hmacKey = this.#key('HMAC_KEY', MAX_HMAC_KEY_BYTES);
    const server = { host, encryptionKey, hmacKey, request: this.#request() };
    tryOut(server);
    return server;
  }

  #request(): RawSpaRequest {
    const access = this.#text('ACCESS');
    const ports = access === undefined ? undefined : readPorts(access);
    if (access !== undefined && !ports) throw new Obstacle(`ACCESS: ${showValue(access)} is not tcp/N or udp/N`);
    const ip = this.#address();
    const time = this.#number('FW_TIMEOUT', 0, MAX_TIMEOUT_SECONDS);
    const spaPort = this.#number('SPA_SERVER_PORT', 1, 65_535);
    const user = this.#text('SPOOF_USER');
    const [hmac, digest] = [this.#hash('HMAC_DIGEST_TYPE'), this.#hash('DIGEST_TYPE')];
    const isRandom = this.#isYes('RAND_PORT');
    return {
      ...(access !== undefined && { port: access }),
      ...this.#nat(access),
      ...(ip !== undefined && { ip }),
      // fwknop's 0 is no time in the packet.
      ...(time !== undefined && time > 0 && { time: `${time}` }),
      ...(isRandom ? { randomPort: true } : spaPort !== undefined && { spaPort: `${spaPort}` }),
      ...(user !== undefined && { user }),
      ...(hmac && { hmac }),
      ...(digest && { digest }),
    };
  }

  /** fwknop puts NAT_PORT in the place of the port of ACCESS, which becomes the inner one where NAT_ACCESS has none. */
  #nat(access: string | undefined): RawSpaRequest {
    const natAccess = this.#text('NAT_ACCESS');
    const isLocal = this.#isYes('NAT_LOCAL');
    const natPort = this.#number('NAT_PORT', 1, 65_535);
    if (this.#isYes('NAT_RAND_PORT')) throw new Obstacle('NAT_RAND_PORT: give the port with --nat-local or --port');
    if (natAccess === undefined && !isLocal) {
      if (natPort !== undefined) throw new Obstacle('NAT_PORT without NAT_ACCESS or NAT_LOCAL');
      return {};
    }
    const [first, ...more] = (access === undefined ? undefined : readPorts(access)) ?? [];
    if (!first) throw new Obstacle('NAT without ACCESS');
    if (more.length > 0) throw new Obstacle('NAT for more than one port of ACCESS');
    if (isLocal && natAccess !== undefined) throw new Obstacle('NAT_ACCESS and NAT_LOCAL are both there');
    if (natAccess === undefined) return { natLocal: `${natPort ?? first.port}` };
    const written = natAccess.replace(',', ':');
    const nat = written.includes(':') ? written : `${written}:${first.port}`;
    if (!readNat(nat)) throw new Obstacle(`NAT_ACCESS: ${showValue(natAccess)} is not HOST:PORT`);
    return { nat, ...(natPort !== undefined && { port: `${first.protocol}/${natPort}` }) };
  }

  #address(): string | undefined {
    const ip = this.#text('ALLOW_IP');
    if (ip === undefined || ip.toLowerCase() === 'source') return ip?.toLowerCase();
    if (isIpv4(ip)) return ip;
    if (ip === '0.0.0.0') return 'source';
    const { line = 0 } = this.#stanza.get('ALLOW_IP') ?? {};
    this.#hints.push([line, `ALLOW_IP: ${showValue(ip)}: left out: give the address with --ip, or --ip source`]);
    return undefined;
  }

  /** fwknop takes the one as text where both are there. */
  #key(name: string, mostBytes: number): Uint8Array {
    const [text, base64] = [this.#text(name), this.#text(`${name}_BASE64`)];
    if (text === undefined && base64 === undefined) {
      const why = name === 'KEY' ? '' : ': packets without HMAC are not supported';
      throw new Obstacle(`it has no ${name} and no ${name}_BASE64${why}`);
    }
    let key: Uint8Array | undefined;
    try {
      key = text === undefined ? decodeSpaKey(base64 as string) : spaKeyOfText(text);
    } catch {
      throw new Obstacle(`${name}_BASE64: it is not base64`);
    }
    if (key.length > mostBytes) throw new Obstacle(`${name}: it is longer than ${mostBytes} bytes`);
    return key;
  }

  #hash(name: string): string | undefined {
    const value = this.#text(name);
    const hash = SPA_HASHES.find((one) => one === value?.toLowerCase().replace('_', '-'));
    if (value !== undefined && !hash) throw new Obstacle(`${name}: ${showValue(value)} is no hash function of fwknop`);
    return hash;
  }

  #number(name: string, least: number, most: number): number | undefined {
    const text = this.#text(name);
    if (text === undefined) return undefined;
    const value = /^(?:0|[1-9]\d{0,5})$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw new Obstacle(`${name}: ${showValue(text)} is not a number from ${least} to ${most}`);
  }

  #only(name: string, supported: string): void {
    const value = this.#text(name);
    if (value !== undefined && value.toLowerCase() !== supported) {
      throw new Obstacle(`${name}: ${showValue(value)} is not supported, only ${supported}`);
    }
  }

  #isYes(name: string): boolean {
    return /^y/i.test(this.#text(name) ?? '');
  }

  #text(name: string): string | undefined {
    return this.#stanza.get(name)?.value;
  }
}

/** What no packet can be made of is not saved: too long a name or a list of ports. @throws Obstacle, RangeError */
function tryOut({ request, encryptionKey, hmacKey }: SavedSpaServer): void {
  const { options, problems } = readSpaOptions(request.port === undefined ? { ...request, port: 'tcp/1' } : request);
  const [problem] = problems;
  if (problem) throw new Obstacle(problem.message);
  const parts = { encryptionKey, hmacKey, unixSeconds: 1, userName: undefined };
  const asked = spaRequest(options, { serverAddress: '192.0.2.1', claimedAddress: '192.0.2.1' });
  writeSpaPacket(options, asked, { ...parts, randomBytes: (length) => new Uint8Array(length) });
}
