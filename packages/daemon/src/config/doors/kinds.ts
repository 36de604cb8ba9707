// How a door can be knocked on: its keys by the word after `kind =`. A new kind is a schema and a line here.

import { TUMBLER_TEXT, tumblerMacroProblem } from '@eightknock/codec';
import * as z from 'zod';
import { type AddressRange, readAddressRange } from '../address-range.ts';
import type { DoorKind } from '../door-config.ts';
import { absolutePath, flag, integer, moment, transportPort } from '../values.ts';
import { KNOCKED_SHAPE, knocks, MATCHED_SHAPE, toKnocked } from './knocks.ts';
import { SPA_KEY_SHAPE, toSpaKey } from './spa-key.ts';

/** fwknop's. */
const DEFAULT_SPA_PORT = 62_201;
/** The tenth port, of digit 9, must be at most 65535. */
const MAX_ZERO = 65_526;
const MAX_SECRET = 255;
const EXPECTED_ZERO = `tcp/N or udp/N with N from 1 to ${MAX_ZERO}: the port of digit 0, nine more follow`;
/** What the secret of a door has to be. */
export const EXPECTED_SECRET = `a text of 1 to ${MAX_SECRET} characters in one line`;
const EXPECTED_TEXT =
  'a text with %IP%, %SECRET% and %MINUTE% in it, and of macros besides %YEAR% %MONTH% %DAY% %HOUR% %NAME%';

const sequence = {
  shape: { knocks, ...MATCHED_SHAPE },
  read: (data: Shaped<typeof MATCHED_SHAPE & { knocks: typeof knocks }>): DoorKind => {
    return { kind: 'sequence', knocks: data.knocks, order: data.order, source: data.source, ...toKnocked(data) };
  },
};

const oneTime = {
  shape: { file: absolutePath, ...MATCHED_SHAPE },
  read: (data: Shaped<typeof MATCHED_SHAPE & { file: typeof absolutePath }>): DoorKind => {
    return { kind: 'one-time', file: data.file, order: data.order, source: data.source, ...toKnocked(data) };
  },
};

const digitsShape = {
  start: knocks,
  first_port: z
    .string({ error: EXPECTED_ZERO })
    .pipe(transportPort)
    .refine(({ port }) => port <= MAX_ZERO, { error: EXPECTED_ZERO }),
  end: knocks,
  ...KNOCKED_SHAPE,
};
const digits = {
  shape: digitsShape,
  read: (data: Shaped<typeof digitsShape>): DoorKind => {
    return { kind: 'digits', start: data.start, zero: data.first_port, end: data.end, ...toKnocked(data) };
  },
};

const tumblerShape = {
  port: integer(1, 65_535),
  secret: z.string({ error: EXPECTED_SECRET }).refine(isDoorSecret, { error: EXPECTED_SECRET }).optional(),
  secret_file: absolutePath.optional(),
  text: z
    .string({ error: EXPECTED_TEXT })
    .max(MAX_SECRET, { error: EXPECTED_TEXT })
    .refine((text) => tumblerMacroProblem(text) === undefined, { error: EXPECTED_TEXT })
    .default(TUMBLER_TEXT),
};
const tumbler = {
  shape: tumblerShape,
  read: ({ port, secret = '', secret_file: secretFile, text }: Shaped<typeof tumblerShape>): DoorKind => {
    return { kind: 'tumbler', port, secret, text, ...(secretFile !== undefined && { secretFile }) };
  },
};

const encryptedShape = { port: integer(1, 65_535) };
const encrypted = {
  shape: encryptedShape,
  read: ({ port }: Shaped<typeof encryptedShape>): DoorKind => ({ kind: 'encrypted', port }),
};

const EXPECTED_RANGES = 'an array of addresses or ranges such as "198.51.100.0/24"';
const ranges = z
  .array(z.string({ error: EXPECTED_RANGES }), { error: EXPECTED_RANGES })
  .min(1, { error: EXPECTED_RANGES })
  .refine((texts) => texts.every((text) => readAddressRange(text)), { error: EXPECTED_RANGES })
  .transform((texts) => texts.map((text) => readAddressRange(text) as AddressRange));
const EXPECTED_USER = 'a text of 1 to 64 characters';
const spaShape = {
  port: integer(1, 65_535).default(DEFAULT_SPA_PORT),
  ...SPA_KEY_SHAPE,
  sources: ranges.optional(),
  destinations: ranges.optional(),
  user: z
    .string({ error: EXPECTED_USER })
    .regex(/^[!-~]{1,64}$/, { error: EXPECTED_USER })
    .optional(),
  require_address: flag.default(false),
  expires: moment.optional(),
};
const spa = {
  shape: spaShape,
  read: (data: Shaped<typeof spaShape>): DoorKind => ({
    kind: 'spa',
    port: data.port,
    key: toSpaKey(data),
    requireAddress: data.require_address,
    ...(data.sources && { sources: data.sources }),
    ...(data.destinations && { destinations: data.destinations }),
    ...(data.user !== undefined && { user: data.user }),
    ...(data.expires !== undefined && { expiresMs: data.expires }),
  }),
};

type Shaped<Shape extends z.core.$ZodShape> = z.infer<z.ZodObject<Shape>>;

/** All kinds. */
export const KINDS = { sequence, 'one-time': oneTime, digits, tumbler, encrypted, spa } as const;

/** Their names. */
export type KindName = keyof typeof KINDS;

/** Can it be the secret of a door? */
export function isDoorSecret(text: string): boolean {
  return text.length >= 1 && text.length <= MAX_SECRET && !/\p{Cc}/u.test(text);
}
