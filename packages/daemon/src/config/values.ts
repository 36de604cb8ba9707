// Values that more than one table of the configuration has: ports, users, programs, addresses. zod schemas; a message is the
// phrase after "expected ", and never repeats the value.

import { formatAddress, type TransportPort, tryParseAddress, tryParseTransportPort } from '@eightknock/codec';
import { TomlDate } from 'smol-toml';
import * as z from 'zod';
import { isUserName } from '../system-user.ts';
import type { Argv } from './door-config.ts';

/** What each has to be. */
export const EXPECTED_VALUE = {
  port: 'tcp/N or udp/N with N from 1 to 65535',
  ports: 'an array of at least one port such as "tcp/22"',
  flag: 'true or false',
  argv: 'an array of 1 to 64 texts, the first one the absolute path of a program',
  argument: 'a text of at most 4096 bytes without a NUL; of macros there is only %IP%',
  program: 'the absolute path of a program, without macros',
  user: 'the name of a user of this machine',
  address: 'an IPv4 or IPv6 address',
  path: 'an absolute path',
  moment: 'a date such as 2027-01-01, or a date with a time',
} as const;

/** Arguments of a program, itself included. */
const MAX_ARGUMENTS = 64;
const MAX_ARGUMENT_BYTES = 4096;

/** `true` or `false`. */
export const flag = z.boolean({ error: EXPECTED_VALUE.flag });

/** `"tcp/22"`. */
export const transportPort = z
  .string({ error: EXPECTED_VALUE.port })
  .refine((text) => tryParseTransportPort(text) !== undefined, { error: EXPECTED_VALUE.port })
  .transform((text) => tryParseTransportPort(text) as TransportPort);

/** A list of ports, each once. */
export const portList = z
  .array(transportPort, { error: EXPECTED_VALUE.ports })
  .min(1, { error: EXPECTED_VALUE.ports })
  .transform(withoutRepeats);

/** An absolute path. */
export const absolutePath = z
  .string({ error: EXPECTED_VALUE.path })
  .refine(isAbsolutePath, { error: EXPECTED_VALUE.path });

/** An address in canonical text. */
export const address = z
  .string({ error: EXPECTED_VALUE.address })
  .refine((text) => tryParseAddress(text) !== undefined, { error: EXPECTED_VALUE.address })
  .transform((text) => formatAddress(tryParseAddress(text) as Uint8Array));

/** A date, or a date with a time: milliseconds since 1970. */
export const moment = z
  .instanceof(TomlDate, { error: EXPECTED_VALUE.moment })
  .refine((date) => !date.isTime(), { error: EXPECTED_VALUE.moment })
  .transform((date) => date.getTime());

/** Whom a program runs as. */
export const user = z.string({ error: EXPECTED_VALUE.user }).refine(isUserName, { error: EXPECTED_VALUE.user });

/** A program and its arguments. */
export const argv = z
  .array(z.string({ error: EXPECTED_VALUE.argument }).refine(isArgument, { error: EXPECTED_VALUE.argument }), {
    error: EXPECTED_VALUE.argv,
  })
  .min(1, { error: EXPECTED_VALUE.argv })
  .max(MAX_ARGUMENTS, { error: EXPECTED_VALUE.argv })
  .superRefine(([program], context) => {
    if (program === undefined || (isAbsolutePath(program) && !program.includes('%'))) return;
    context.addIssue({ code: 'custom', path: [0], message: EXPECTED_VALUE.program });
  })
  .transform((texts) => texts as unknown as Argv);

/** An integer in a range. @param what such as `(minutes)` */
export function integer(least: number, most: number, what = ''): z.ZodInt {
  const error = `an integer from ${least} to ${most}${what && ` ${what}`}`;
  return z.int({ error }).min(least, { error }).max(most, { error });
}

/** Is it an absolute path that the kernel could take? */
export function isAbsolutePath(text: string): boolean {
  return text.startsWith('/') && !text.includes('\0');
}

/** Each port once, in the order in which they came. */
export function withoutRepeats(ports: readonly TransportPort[]): TransportPort[] {
  return ports.filter(
    ({ protocol, port }, i) => i === ports.findIndex((other) => other.protocol === protocol && other.port === port),
  );
}

function isArgument(text: string): boolean {
  if (text.includes('\0') || Buffer.byteLength(text) > MAX_ARGUMENT_BYTES) return false;
  return (text.match(/%[A-Z]+%/g) ?? []).every((macro) => macro === '%IP%');
}
