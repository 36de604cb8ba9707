// One line of the control protocol → a request, or everything that is wrong with it. Strict: what is not understood is
// refused, never guessed. Pure; never throws, whatever the bytes.

import { formatAddress, tryParseAddress } from '@eightknock/codec';
import * as z from 'zod';
import { isGrantee } from '../authorise/door-client.ts';
import { formatPath } from '../config/key-path.ts';
import type { Problem } from '../config/problem.ts';
import { MAX_ROWS } from './bounds.ts';

/** What the fields of a request have to be; commands say it of their arguments too. */
export const EXPECTED_FIELD = {
  address: 'an IPv4 or IPv6 address without a zone',
  protocol: '"tcp" or "udp"',
  port: 'an integer from 1 to 65535',
  client: 'the name of a client: 1 to 64 of A–Z a–z 0–9 . _ -, or "door:" and that of a door',
  limit: `an integer from 1 to ${MAX_ROWS}`,
} as const;

const EXPECTED_COMMAND = '"status", "grants", "revoke", "reload", "audit" or "confirm"';
const EXPECTED_FILTER = 'an address, a protocol, a port or a client, or "all": true without any of them';
/** More are of no help to anybody. */
const MAX_REQUEST_PROBLEMS = 10;

/** Any text of an address becomes its one canonical text: the store compares texts. */
const address = z
  .string({ error: EXPECTED_FIELD.address })
  .refine((text) => tryParseAddress(text) !== undefined, { error: EXPECTED_FIELD.address })
  .transform((text) => formatAddress(tryParseAddress(text) as Uint8Array));
const protocol = z.enum(['tcp', 'udp'], { error: EXPECTED_FIELD.protocol });
const port = z
  .int({ error: EXPECTED_FIELD.port })
  .min(1, { error: EXPECTED_FIELD.port })
  .max(65535, { error: EXPECTED_FIELD.port });
const client = z.string({ error: EXPECTED_FIELD.client }).refine(isGrantee, { error: EXPECTED_FIELD.client });
const limit = z
  .int({ error: EXPECTED_FIELD.limit })
  .min(1, { error: EXPECTED_FIELD.limit })
  .max(MAX_ROWS, { error: EXPECTED_FIELD.limit });

const filter = {
  address: z.exactOptional(address),
  protocol: z.exactOptional(protocol),
  port: z.exactOptional(port),
  client: z.exactOptional(client),
};

const requestSchema = z.discriminatedUnion(
  'command',
  [
    z.strictObject({ command: z.literal('status') }),
    z.strictObject({ command: z.literal('grants'), ...filter, limit }),
    z
      .strictObject({
        command: z.literal('revoke'),
        ...filter,
        all: z.exactOptional(z.literal(true, { error: 'true' })),
      })
      // To end every grant is never what a forgotten field means.
      .refine(({ command: _, all, ...which }) => (all === true) === (Object.keys(which).length === 0), {
        error: EXPECTED_FILTER,
      }),
    z.strictObject({ command: z.literal('reload') }),
    z.strictObject({
      command: z.literal('audit'),
      address: filter.address,
      client: filter.client,
      limit,
    }),
    z.strictObject({ command: z.literal('confirm') }),
  ],
  // The declared type leaves out what is no object at all.
  { error: ({ code }) => ((code as string) === 'invalid_type' ? 'a JSON object' : EXPECTED_COMMAND) },
);

/** What can be asked. Addresses are canonical. */
export type ControlRequest = z.infer<typeof requestSchema>;

/**
 * Reads one line.
 * @param line without its line break
 * @returns the request, or at least one problem
 */
export function readRequest(line: Uint8Array): { readonly request: ControlRequest } | { readonly problems: Problem[] } {
  const value = readJson(line);
  if (value === undefined) return { problems: [{ expected: 'one line of JSON in UTF-8' }] };
  const result = requestSchema.safeParse(value);
  if (result.success) return { request: result.data };
  return { problems: result.error.issues.flatMap(problemsOf).slice(0, MAX_REQUEST_PROBLEMS) };
}

function readJson(line: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(line));
  } catch {
    return undefined;
  }
}

/** The value is left out: whoever sent it knows it. */
function problemsOf(issue: z.core.$ZodIssue): Problem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: formatPath([key]), expected: 'no such field' }));
  }
  const path = formatPath(issue.path);
  return [{ ...(path && { path }), expected: issue.message }];
}
