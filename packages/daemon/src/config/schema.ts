// The shape of knockdaemon.toml, one zod schema for each table: TOML values in, checked values in our units out.
// A message of a schema is the phrase after "expected "; it never repeats the value, which may be a secret.

import { DEFAULT_BASE_PORT, decodeSecret, isClientName, MAX_BASE_PORT } from '@eightknock/codec';
import * as z from 'zod';
import type { KnockSource, ListenAddress } from './config.ts';
import { readInterfaces } from './interface-names.ts';
import { EXPECTED_SOURCE, readLogPattern, readSource } from './knock-source.ts';
import { readListenAddress } from './listen-address.ts';
import {
  absolutePath,
  argv,
  EXPECTED_VALUE,
  flag,
  integer,
  isAbsolutePath,
  moment,
  portList,
  transportPort,
  user,
  withoutRepeats,
} from './values.ts';

const DEFAULT_MARK = 0x745;
const DEFAULT_METRICS = '127.0.0.1:9745';
const SECRET_CHARACTERS = 43;

/** What each key has to be, as problems and `knockdaemon enroll` say it. */
export const EXPECTED = {
  name: '1 to 64 of A–Z a–z 0–9 . _ - that begin with a letter or digit',
  secret: `${SECRET_CHARACTERS} characters of base64url`,
  port: EXPECTED_VALUE.port,
  ports: EXPECTED_VALUE.ports,
  maxTime: 'an integer from 1 to 254 (minutes)',
} as const;

const EXPECTED_BASE_PORT = `an integer from 1 to ${MAX_BASE_PORT}: base_port + 255 must not exceed 65535`;
const EXPECTED_MARK = 'an integer from 1 to 0xffffffff';
const EXPECTED_TIMEOUT = 'a number from 1 to 60 (seconds)';
const EXPECTED_FOLDER = 'the name of a folder';
const EXPECTED_SOCKET = 'an absolute path of at most 100 bytes';
const EXPECTED_LISTEN = 'an address and a port such as "127.0.0.1:9745" or "[::1]:9745"';
const EXPECTED_GUARD = 'an array of ports such as "tcp/22"';

const secret = z.unknown().transform((value, context) => {
  try {
    if (typeof value === 'string') return decodeSecret(value);
  } catch {
    // What is wrong is said below, in the words of a configuration.
  }
  context.issues.push({ code: 'custom', message: `${EXPECTED.secret}${wrongSecret(value)}`, input: value });
  return z.NEVER;
});

function wrongSecret(value: unknown): string {
  if (value === undefined) return '';
  if (typeof value !== 'string') return ', got something that is not a text';
  if (value.length !== SECRET_CHARACTERS) return `, got ${value.length}`;
  if (!/^[A-Za-z0-9_-]*$/.test(value)) return ' (A–Z a–z 0–9 - _), got another character among them';
  return ' that stand for 32 bytes, got a last character that cannot be';
}

/** A `[[client]]` table, or a whole file in clients_dir. */
export const clientSchema = z.strictObject({
  name: z.string({ error: EXPECTED.name }).refine(isClientName, { error: EXPECTED.name }),
  secret,
  enabled: flag.default(true),
  ports: portList,
  max_time: z
    .int({ error: EXPECTED.maxTime })
    .min(1, { error: EXPECTED.maxTime })
    .max(254, { error: EXPECTED.maxTime })
    .optional(),
  open_for_other: flag.default(false),
  trust_source: flag.default(true),
  expires: moment.optional(),
});

/** `[firewall]`. */
export const firewallSchema = z.strictObject(
  {
    mode: z.enum(['guard', 'mark'], { error: '"guard" or "mark"' }).default('guard'),
    closed: z.enum(['drop', 'reset'], { error: '"drop" or "reset"' }).default('drop'),
    mark: z
      .int({ error: EXPECTED_MARK })
      .min(1, { error: EXPECTED_MARK })
      .max(0xffffffff, { error: EXPECTED_MARK })
      .default(DEFAULT_MARK),
    guard: z.array(transportPort, { error: EXPECTED_GUARD }).transform(withoutRepeats).default([]),
  },
  { error: 'a table: [firewall]' },
);

/** `[metrics]`. */
export const metricsSchema = z.strictObject(
  {
    listen: z
      .string({ error: EXPECTED_LISTEN })
      .refine((text) => readListenAddress(text) !== undefined, { error: EXPECTED_LISTEN })
      .transform((text) => readListenAddress(text) as ListenAddress)
      .prefault(DEFAULT_METRICS),
  },
  { error: 'a table: [metrics]' },
);

/** `[hooks]`. */
export const hooksSchema = z.strictObject(
  {
    user,
    timeout: integer(1, 3600, '(seconds)').default(10),
    on_open: argv.optional(),
    on_close: argv.optional(),
    on_denied: argv.optional(),
  },
  { error: 'a table: [hooks]' },
);

/** Where the store is. */
export const DEFAULT_STATE_DIR = '/var/lib/knockdaemon';
export const stateDirSchema = absolutePath.default(DEFAULT_STATE_DIR);

/**
 * The top of knockdaemon.toml. Each client is checked by itself with {@link clientSchema}, each door with that of its
 * kind: doors/schemas.ts.
 */
export const mainSchema = z.strictObject({
  server_id: z
    .string({ error: 'a text of 1 to 64 bytes' })
    .refine((text) => text !== '' && new TextEncoder().encode(text).length <= 64, { error: 'a text of 1 to 64 bytes' }),
  base_port: z
    .int({ error: EXPECTED_BASE_PORT })
    .min(1, { error: EXPECTED_BASE_PORT })
    .max(MAX_BASE_PORT, { error: EXPECTED_BASE_PORT })
    .default(DEFAULT_BASE_PORT),
  interface: z.unknown().optional().transform(readInterfaces),
  source: z
    .string({ error: EXPECTED_SOURCE })
    .refine((text) => readSource(text) !== undefined, { error: EXPECTED_SOURCE })
    .transform((text) => readSource(text) as KnockSource)
    .prefault('pcap'),
  log_pattern: z.unknown().optional().transform(readLogPattern),
  sequence_timeout: z
    .number({ error: EXPECTED_TIMEOUT })
    .min(1, { error: EXPECTED_TIMEOUT })
    .max(60, { error: EXPECTED_TIMEOUT })
    .default(10),
  clients_dir: z
    .string({ error: EXPECTED_FOLDER })
    .refine((text) => text !== '' && !text.includes('\0'), { error: EXPECTED_FOLDER })
    .optional(),
  state_dir: stateDirSchema,
  control_socket: z
    .string({ error: EXPECTED_SOCKET })
    // The kernel takes 107 bytes (unix(7)).
    .refine((text) => isAbsolutePath(text) && Buffer.byteLength(text) <= 100, { error: EXPECTED_SOCKET })
    .default('/run/knockdaemon/control.sock'),
  metrics: metricsSchema.optional(),
  firewall: firewallSchema.prefault({}),
  hooks: hooksSchema.optional(),
  door: z.array(z.unknown(), { error: 'an array of tables: [[door]]' }).default([]),
  client: z.array(z.unknown(), { error: 'an array of tables: [[client]]' }).default([]),
});
