// The text of a saved server of single packets ↔ the server. Strict: an unknown key is a mistake. Loaded only when one is
// read or written, since zod and smol-toml take their time.

import { isHost, tryParseTransportPort } from '@eightknock/codec';
import {
  decodeSpaKey,
  encodeSpaKey,
  MAX_ENCRYPTION_KEY_BYTES,
  MAX_HMAC_KEY_BYTES,
  MAX_TIMEOUT_SECONDS,
  SPA_HASHES,
} from '@eightknock/codec/spa';
import { parse, stringify, TomlError } from 'smol-toml';
import * as z from 'zod';
import type { Problem } from '../exit.ts';
import { expectedInFile } from '../messages/files.ts';
import { EXPECTED_HOST } from '../options.ts';
import { EXPECTED_NAT, EXPECTED_SPA_IP, isIpv4, type RawSpaRequest, readNat } from './spa-options.ts';

/** A saved server. Its keys must never be shown. */
export interface SavedSpaServer {
  /** A name or an address. */
  readonly host: string;
  /** 1–32 bytes. */
  readonly encryptionKey: Uint8Array;
  /** 1–128 bytes. */
  readonly hmacKey: Uint8Array;
  /** What its packets say where the command line says nothing. */
  readonly request: RawSpaRequest;
}

/** What a text says. */
export interface ParsedSpaServer {
  /** Absent when there is any problem. */
  readonly server?: SavedSpaServer;
  readonly problems: readonly Problem[];
}

function integer(least: number, most: number) {
  const error = `an integer from ${least} to ${most}`;
  return z.int({ error }).min(least, { error }).max(most, { error });
}

function text(test: (text: string) => boolean, expected: string) {
  return z.string({ error: expected }).refine(test, { error: expected });
}

function key(mostBytes: number) {
  const expected = `a key of 1 to ${mostBytes} bytes in base64`;
  return z.string({ error: expected }).transform((base64, context): Uint8Array => {
    const bytes = tryDecode(base64);
    if (bytes && bytes.length <= mostBytes) return bytes;
    context.issues.push({ code: 'custom', message: expected, input: '' });
    return z.NEVER;
  });
}

function tryDecode(base64: string): Uint8Array | undefined {
  try {
    return decodeSpaKey(base64);
  } catch {
    return undefined;
  }
}

const hash = z.enum(SPA_HASHES, { error: `one of ${SPA_HASHES.join(' ')}` });

const schema = z.strictObject({
  host: text(isHost, EXPECTED_HOST),
  key_base64: key(MAX_ENCRYPTION_KEY_BYTES),
  hmac_key_base64: key(MAX_HMAC_KEY_BYTES),
  hmac: hash.optional(),
  digest: hash.optional(),
  spa_port: integer(1, 65_535).optional(),
  random_port: z.boolean({ error: 'true or false' }).optional(),
  ports: z
    .array(
      text((port) => tryParseTransportPort(port) !== undefined, 'tcp/N or udp/N with N from 1 to 65535'),
      {
        error: 'an array of ports such as "tcp/22"',
      },
    )
    .min(1, { error: 'one port or more' })
    .optional(),
  ip: text((ip) => ip === 'auto' || ip === 'source' || isIpv4(ip), EXPECTED_SPA_IP).optional(),
  time: integer(1, MAX_TIMEOUT_SECONDS).optional(),
  nat: text((nat) => readNat(nat) !== undefined, EXPECTED_NAT).optional(),
  nat_local: integer(1, 65_535).optional(),
  user: z.string({ error: 'a user name' }).optional(),
});

/**
 * Reads the text of a saved server.
 * @param content TOML 1.0
 * @param file the name for problems
 */
export function parseSpaServer(content: string, file: string): ParsedSpaServer {
  let table: unknown;
  try {
    table = parse(content);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    // Its other lines quote the text, and with it maybe a key.
    const [reason = ''] = error.message.split('\n', 1);
    return { problems: [expectedInFile(file, `TOML, but: ${reason}`, `line ${error.line}, column ${error.column}`)] };
  }
  const { success, data, error } = schema.safeParse(table);
  if (!success) return { problems: error.issues.flatMap((issue) => issueProblems(issue, file)) };
  const { ports, time, nat, user, ip, hmac, digest } = data;
  const request: RawSpaRequest = {
    ...(ports && { port: ports.join(',') }),
    ...(ip !== undefined && { ip }),
    ...(time !== undefined && { time: `${time}` }),
    ...(nat !== undefined && { nat }),
    ...(data.nat_local !== undefined && { natLocal: `${data.nat_local}` }),
    ...(user !== undefined && { user }),
    ...(data.spa_port !== undefined && { spaPort: `${data.spa_port}` }),
    ...(data.random_port && { randomPort: true }),
    ...(hmac && { hmac }),
    ...(digest && { digest }),
  };
  const { host, key_base64: encryptionKey, hmac_key_base64: hmacKey } = data;
  return { server: { host, encryptionKey, hmacKey, request }, problems: [] };
}

/**
 * Writes a server as TOML. The inverse of {@link parseSpaServer}.
 * @returns text that contains the keys
 */
export function formatSpaServer({ host, encryptionKey, hmacKey, request }: SavedSpaServer): string {
  const { port, ip, time, nat, natLocal, user, spaPort, randomPort, hmac, digest } = request;
  return `${stringify({
    host,
    key_base64: encodeSpaKey(encryptionKey),
    hmac_key_base64: encodeSpaKey(hmacKey),
    ...(hmac && { hmac }),
    ...(digest && { digest }),
    ...(spaPort !== undefined && { spa_port: Number(spaPort) }),
    ...(randomPort && { random_port: true }),
    ...(port !== undefined && { ports: port.split(',') }),
    ...(ip !== undefined && { ip }),
    ...(time !== undefined && { time: Number(time) }),
    ...(nat !== undefined && { nat }),
    ...(natLocal !== undefined && { nat_local: Number(natLocal) }),
    ...(user !== undefined && { user }),
  }).trimEnd()}\n`;
}

/** Values stay unsaid: one of them may be a key that stands in the wrong place. */
function issueProblems(issue: z.core.$ZodIssue, file: string): Problem[] {
  if (issue.code === 'unrecognized_keys') return issue.keys.map((name) => expectedInFile(file, 'no such key', name));
  const [name, index] = issue.path as [string, number?];
  return [expectedInFile(file, issue.message, index === undefined ? name : `${name}[${index}]`)];
}
