// `forward = { … }` of a door.

import * as z from 'zod';
import type { ForwardAction, ForwardTarget } from '../door-config.ts';
import { readListenAddress } from '../listen-address.ts';
import { flag, integer, transportPort } from '../values.ts';

/** A year. */
const MAX_MINUTES = 525_600;
const EXPECTED_TARGET = 'an address with a port such as "10.0.0.5:22" or "[fd00::5]:22"';
const EXPECTED_TARGETS = `${EXPECTED_TARGET}, or an array of one for each family`;

const target = z
  .string({ error: EXPECTED_TARGET })
  .refine((text) => readListenAddress(text) !== undefined, { error: EXPECTED_TARGET });
const targets = z
  .union([target, z.array(target).min(1).max(2)], { error: EXPECTED_TARGETS })
  .transform((one) => (typeof one === 'string' ? [one] : one))
  .refine((texts) => new Set(texts.map((text) => text.startsWith('['))).size === texts.length, {
    error: EXPECTED_TARGETS,
  });

/** The table. */
export const forwardSchema = z.strictObject(
  {
    port: transportPort,
    to: targets,
    time: integer(0, MAX_MINUTES, '(minutes; 0: no limit)'),
    masquerade: flag.default(false),
  },
  { error: 'a table: forward = { port = "tcp/2222", to = "10.0.0.5:22", time = 10 }' },
);

/** What it says. */
export function toForwardAction({ port, to, time, masquerade }: z.infer<typeof forwardSchema>): ForwardAction {
  const read = to.flatMap((text): ForwardTarget[] => {
    const found = readListenAddress(text);
    return found ? [{ ...found, masquerade }] : [];
  });
  return { kind: 'forward', ports: [port], targets: read, minutes: time };
}
