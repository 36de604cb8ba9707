// What is said over the control socket: one JSON object a line each way, one question and one answer for each connection.
// docs/control.md. Hostile input is a value: it is answered with an error.

import { formatAddress, isClientName, tryParseAddress } from '@eightknock/codec';
import { z } from 'zod';
import type { Problem } from '../config/problem.ts';
import type { ActionFailure, ControlActions } from './control-actions.ts';

/** Bytes of a request, the line break included. */
export const MAX_REQUEST_BYTES = 4096;
/** Rows of an answer to `grants` and `audit`. */
export const MAX_ROWS = 1000;

const rows = z.int().min(1).max(MAX_ROWS);
const address = z
  .string()
  .refine((text) => tryParseAddress(text) !== undefined)
  .transform((text) => formatAddress(tryParseAddress(text) as Uint8Array));
const filter = {
  address: address.exactOptional(),
  port: z.int().min(1).max(65_535).exactOptional(),
  client: z.string().refine(isClientName).exactOptional(),
};

const request = z.discriminatedUnion('command', [
  z.strictObject({ command: z.literal('status') }),
  z.strictObject({ command: z.literal('grants'), ...filter, limit: rows }),
  z.strictObject({ command: z.literal('revoke'), ...filter }),
  z.strictObject({ command: z.literal('reload') }),
  z.strictObject({ command: z.literal('audit'), address: filter.address, client: filter.client, limit: rows }),
  z.strictObject({ command: z.literal('confirm') }),
]);

/** A question. */
export type ControlRequest = z.infer<typeof request>;

/** An answer; `problems` only of `reload`. */
export type ControlResponse =
  | { readonly ok: true; readonly result: unknown }
  | ({ readonly ok: false; readonly problems?: readonly Problem[] } & ActionFailure);

const NOT_UNDERSTOOD: ControlResponse = { ok: false, error: 'the request is not understood' };

/** Answers one line. Never throws, whatever stands in it. */
export async function answerLine(line: string, actions: ControlActions): Promise<ControlResponse> {
  const parsed = request.safeParse(parseJson(line));
  return parsed.success ? answer(parsed.data, actions) : NOT_UNDERSTOOD;
}

async function answer(asked: ControlRequest, actions: ControlActions): Promise<ControlResponse> {
  switch (asked.command) {
    case 'status':
      return { ok: true, result: actions.status() };
    case 'grants': {
      const { command: _, limit, ...which } = asked;
      return { ok: true, result: actions.grants(which, limit) };
    }
    case 'revoke': {
      const { command: _, ...which } = asked;
      return resultOrFailure(actions.revoke(which));
    }
    case 'reload': {
      const problems = await actions.reload();
      if (problems.length === 0) return { ok: true, result: { reloaded: true } };
      return { ok: false, error: 'the configuration is wrong: nothing has changed', problems };
    }
    case 'audit': {
      const { command: _, ...query } = asked;
      return { ok: true, result: actions.audit(query) };
    }
    case 'confirm':
      return resultOrFailure(actions.confirm());
  }
}

function resultOrFailure(result: object | ActionFailure): ControlResponse {
  return 'error' in result ? { ok: false, ...(result as ActionFailure) } : { ok: true, result };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
