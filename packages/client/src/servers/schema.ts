// The text of a saved server ↔ the server. Pure. Strict: an unknown key is a mistake. Loaded only when a server is read
// or written, since zod and smol-toml take their time.

import {
  DEFAULT_BASE_PORT,
  decodeSecret,
  encodeSecret,
  formatAddress,
  formatTransportPort,
  isClientName,
  isHost,
  MAX_BASE_PORT,
  parseAddress,
  serverIdBytes,
  type TransportPort,
  tryParseTransportPort,
} from '@eightknock/codec';
import { parse, stringify, TomlError } from 'smol-toml';
import * as z from 'zod';
import type { Problem } from '../exit.ts';
import { expectedInFile } from '../messages/files.ts';
import { EXPECTED_HOST, EXPECTED_IP, MAX_DELAY_MS } from '../options.ts';
import type { SavedServer } from './saved-server.ts';

/** What a text says. */
export interface ParsedServer {
  /** Absent when there is any problem. */
  readonly server?: SavedServer;
  readonly problems: readonly Problem[];
}

const EXPECTED_PORT = 'tcp/N or udp/N with N from 1 to 65535';

/** A text that `read` takes without throwing. */
function readable<T>(read: (text: string) => T, expected: string) {
  return z.string({ error: expected }).transform((text, context): T => {
    try {
      return read(text);
    } catch {
      // What is wrong is said in the words of a file; the codec's own could name a value.
      context.issues.push({ code: 'custom', message: expected, input: text });
      return z.NEVER;
    }
  });
}

/** An integer of a range. */
function integer(least: number, most: number) {
  const error = `an integer from ${least} to ${most}`;
  return z.int({ error }).min(least, { error }).max(most, { error });
}

function readIp(text: string): string {
  if (text === 'auto' || text === 'source') return text;
  const bytes = parseAddress(text);
  if (bytes.every((byte) => byte === 0)) throw new RangeError(EXPECTED_IP);
  return formatAddress(bytes);
}

/** A text that passes a test. */
function text(test: (text: string) => boolean, expected: string) {
  return z.string({ error: expected }).refine(test, { error: expected });
}

const serverSchema = z.strictObject({
  host: text(isHost, EXPECTED_HOST),
  base_port: integer(1, MAX_BASE_PORT).default(DEFAULT_BASE_PORT),
  server_id: readable((id) => serverIdBytes(id) && id, 'a text of 1 to 64 bytes'),
  client: text(isClientName, '1 to 64 of A–Z a–z 0–9 . _ - that begin with a letter or digit'),
  secret: readable(decodeSecret, '43 characters of base64url'),
  ports: z
    .array(
      text((port) => tryParseTransportPort(port) !== undefined, EXPECTED_PORT).transform(
        (port) => tryParseTransportPort(port) as TransportPort,
      ),
      { error: 'an array of ports such as "tcp/22"' },
    )
    .default([]),
  port: integer(1, 65535).optional(),
  time: integer(0, 254).optional(),
  ip: readable(readIp, EXPECTED_IP).optional(),
  transport: z.enum(['tcp', 'udp'], { error: '"tcp" or "udp"' }).optional(),
  delay: integer(0, MAX_DELAY_MS).optional(),
});

/**
 * Reads the text of a saved server.
 * @param content TOML 1.0
 * @param file the name for problems
 */
export function parseServer(content: string, file: string): ParsedServer {
  let table: unknown;
  try {
    table = parse(content);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    return { problems: [syntaxProblem(error, file)] };
  }
  const { success, data, error } = serverSchema.safeParse(table);
  if (!success) return { problems: error.issues.flatMap((issue) => issueProblems(issue, table, file)) };
  const { host, base_port: basePort, server_id: serverId, client, secret, ports } = data;
  const { port, time, ip, transport, delay } = data;
  const defaults = {
    ...(port !== undefined && { port }),
    ...(time !== undefined && { time }),
    ...(ip !== undefined && { ip }),
    ...(transport !== undefined && { transport }),
    ...(delay !== undefined && { delayMs: delay }),
  };
  const isPlain = Object.keys(defaults).length === 0;
  const server = { host, basePort, serverId, client, secret, ports, ...(!isPlain && { defaults }) };
  return { server, problems: [] };
}

/**
 * Writes a server as TOML. The inverse of {@link parseServer}.
 * @returns text that contains the secret
 */
export function formatServer(server: SavedServer): string {
  const { host, basePort, serverId, client, secret, ports, defaults = {} } = server;
  const { port, time, ip, transport, delayMs } = defaults;
  return `${stringify({
    host,
    base_port: basePort,
    server_id: serverId,
    client,
    secret: encodeSecret(secret),
    ports: ports.map(formatTransportPort),
    ...(port !== undefined && { port }),
    ...(time !== undefined && { time }),
    ...(ip !== undefined && { ip }),
    ...(transport !== undefined && { transport }),
    ...(delayMs !== undefined && { delay: delayMs }),
  }).trimEnd()}\n`;
}

/** Only the first line of smol-toml's message: the others quote the text, and with it maybe the secret. */
function syntaxProblem({ message, line, column }: TomlError, file: string): Problem {
  const reason = (message.split('\n', 1)[0] ?? '').replace(/^Invalid TOML document: /, '');
  return expectedInFile(file, `TOML, but: ${reason}`, `line ${line}, column ${column}`);
}

function issueProblems(issue: z.core.$ZodIssue, table: unknown, file: string): Problem[] {
  // The value of an unknown key stays unsaid: the key may be a misspelt "secret".
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => expectedInFile(file, 'no such key', key));
  const [key, index] = issue.path as [string, number?];
  const path = index === undefined ? key : `${key}[${index}]`;
  const outer = (table as Readonly<Record<string, unknown>>)[key];
  const value = index === undefined ? outer : (outer as readonly unknown[])[index];
  if (key === 'secret' && value !== undefined) return [expectedInFile(file, issue.message, path)];
  return [expectedInFile(file, issue.message, path, { value })];
}
