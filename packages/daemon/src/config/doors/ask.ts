// `ask = { … }` of a door of single packets: what such a packet may ask for. zod schema and reader.

import * as z from 'zod';
import type { AskAction, ForwardTarget, RunAction } from '../door-config.ts';
import { readListenAddress } from '../listen-address.ts';
import { flag, integer, portList } from '../values.ts';
import { runSchema, toRunAction } from './run.ts';

/** What fwknopd gives when nothing is said. */
const DEFAULT_SECONDS = 30;
/** A year. */
const MAX_SECONDS = 31_536_000;
const MAX_COMMANDS = 100;
const EXPECTED_TARGETS = 'an array of addresses with a port such as "10.0.0.5:22" or "[fd00::5]:22"';
const EXPECTED_COMMANDS = `a table of at most ${MAX_COMMANDS} tables: commands = { "restart web" = { argv = [...], user = "..." } }`;
const EXPECTED_COMMAND = 'a text of 1 to 300 printable ASCII characters';

const target = z
  .string({ error: EXPECTED_TARGETS })
  .refine((text) => readListenAddress(text) !== undefined, { error: EXPECTED_TARGETS });
const commandText = z.string().regex(/^[ -~]{1,300}$/, { error: EXPECTED_COMMAND });

/** The table. */
export const askSchema = z.strictObject(
  {
    ports: portList.optional(),
    seconds: integer(1, MAX_SECONDS).default(DEFAULT_SECONDS),
    max_seconds: integer(1, MAX_SECONDS).optional(),
    to: z.array(target, { error: EXPECTED_TARGETS }).min(1, { error: EXPECTED_TARGETS }).optional(),
    to_ports: portList.optional(),
    masquerade: flag.default(false),
    commands: z
      .record(commandText, runSchema, { error: EXPECTED_COMMANDS })
      .refine((commands) => Object.keys(commands).length <= MAX_COMMANDS, { error: EXPECTED_COMMANDS })
      .optional(),
  },
  { error: 'a table: ask = { ports = ["tcp/22"], seconds = 30 }' },
);

/** What it says. */
export function toAskAction(data: z.infer<typeof askSchema>): AskAction {
  const targets = (data.to ?? []).flatMap((text): ForwardTarget[] => {
    const found = readListenAddress(text);
    return found ? [{ ...found, masquerade: data.masquerade }] : [];
  });
  const commands = Object.entries(data.commands ?? {}).map(([text, run]): [string, RunAction] => [
    text,
    toRunAction(run),
  ]);
  return {
    kind: 'ask',
    ports: data.ports ?? [],
    seconds: data.seconds,
    maxSeconds: data.max_seconds ?? data.seconds,
    targets,
    targetPorts: data.to_ports ?? [],
    commands: Object.fromEntries(commands),
  };
}
