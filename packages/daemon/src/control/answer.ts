// The answers of the control protocol: one JSON object, one line. Here is what they look like, and how they are written.

import type { Problem } from '../config/problem.ts';
import type { AuditEntry, LiveGrant } from '../store/store.ts';
import { MAX_ANSWER_BYTES } from './bounds.ts';
import type { Status } from './control-actions.ts';
import { safeJson } from './safe-json.ts';

/** What each command answers when it was done. */
export interface ControlResults {
  readonly status: Status;
  readonly grants: GrantList;
  /** What was revoked. */
  readonly revoke: GrantList;
  /** What is in force now. */
  readonly reload: Status;
  readonly audit: { readonly entries: readonly AuditEntry[] };
  readonly confirm: { readonly confirmed: true };
}

/** Grants, cut to what fits in an answer. */
export interface GrantList {
  /** How many there are, or were. */
  readonly total: number;
  /** The newest first. */
  readonly grants: readonly LiveGrant[];
}

/** The names of the commands. */
export type ControlCommand = keyof ControlResults;

/** Why something was not done. */
export type RefusalReason =
  /** The request makes no sense: `problems` say why. */
  | 'request'
  /** A reload: the configuration has `problems`; nothing was changed. */
  | 'configuration'
  /** The daemon could not, or there was nothing to do. */
  | 'failed'
  /** Too many connections. */
  | 'busy';

/** It was not done. */
export interface Refusal {
  readonly ok: false;
  readonly reason: RefusalReason;
  /** A sentence without its full stop. */
  readonly error: string;
  readonly hint?: string;
  readonly problems?: readonly Problem[];
}

/** What the daemon answers. */
export type Answer = { readonly ok: true; readonly result: ControlResults[ControlCommand] } | Refusal;

/** Writes an answer: one line with its line break. One that is longer than {@link MAX_ANSWER_BYTES} becomes a refusal. */
export function encodeAnswer(answer: Answer): Buffer {
  const line = Buffer.from(`${safeJson(answer)}\n`);
  if (line.length <= MAX_ANSWER_BYTES + 1) return line;
  return encodeAnswer({
    ok: false,
    reason: 'failed',
    error: 'the answer is too long to be sent',
    hint: 'ask for fewer rows; "knockdaemon check" shows the problems of a configuration',
  });
}
