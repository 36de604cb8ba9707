// One line of the control protocol → its answer. Whatever the bytes and whatever the actions do: an answer, never an
// exception.

import { makeSafe } from '@eightknock/codec';
import type { Problem } from '../config/problem.ts';
import type { LiveGrant } from '../store/store.ts';
import { type Answer, encodeAnswer, type GrantList, type Refusal, type RefusalReason } from './answer.ts';
import { MAX_PROBLEMS, MAX_ROWS } from './bounds.ts';
import type { ActionFailure, ControlActions } from './control-actions.ts';
import { type ControlRequest, readRequest } from './request.ts';

/** A line that was answered. */
export interface AnsweredLine {
  /** The answer with its line break. */
  readonly bytes: Buffer;
  /** Absent when it was done. */
  readonly refused?: RefusalReason;
}

/**
 * Does what a line asks for.
 * @param line without its line break
 */
export async function answerLine(line: Uint8Array, actions: ControlActions): Promise<AnsweredLine> {
  try {
    const read = readRequest(line);
    if ('request' in read) return answered(await act(read.request, actions));
    return answered({ ok: false, reason: 'request', error: 'the request makes no sense', problems: read.problems });
  } catch (error) {
    // Actions do not throw; should one of them do it all the same, the daemon goes on.
    const message = makeSafe(error instanceof Error ? error.message : typeof error);
    return answered({ ok: false, reason: 'failed', error: `an error that nobody foresaw: ${message}` });
  }
}

function answered(answer: Answer): AnsweredLine {
  const bytes = encodeAnswer(answer);
  return answer.ok ? { bytes } : { bytes, refused: answer.reason };
}

async function act(request: ControlRequest, actions: ControlActions): Promise<Answer> {
  switch (request.command) {
    case 'status':
      return { ok: true, result: actions.status() };
    case 'grants': {
      const { command: _, limit, ...filter } = request;
      return { ok: true, result: actions.grants(filter, limit) };
    }
    case 'revoke': {
      const { command: _, all: __, ...filter } = request;
      const done = actions.revoke(filter);
      return 'error' in done ? refuse(done) : { ok: true, result: listOf(done.revoked) };
    }
    case 'reload': {
      const problems = await actions.reload();
      return problems.length === 0 ? { ok: true, result: actions.status() } : refuseConfiguration(problems);
    }
    case 'audit': {
      const { command: _, ...query } = request;
      return { ok: true, result: { entries: actions.audit(query) } };
    }
    case 'confirm': {
      const done = actions.confirm();
      return 'error' in done ? refuse(done) : { ok: true, result: done };
    }
  }
}

function listOf(grants: readonly LiveGrant[]): GrantList {
  return { total: grants.length, grants: grants.slice(0, MAX_ROWS) };
}

function refuse({ error, hint }: ActionFailure): Refusal {
  return { ok: false, reason: 'failed', error, ...(hint !== undefined && { hint }) };
}

function refuseConfiguration(problems: readonly Problem[]): Refusal {
  const more = problems.length - MAX_PROBLEMS;
  const rest: Problem[] =
    more > 0 ? [{ expected: `${more} more problems to be solved`, hint: '"knockdaemon check" lists all' }] : [];
  const error = `the configuration has ${problems.length} problem${problems.length === 1 ? '' : 's'}; nothing was changed`;
  return { ok: false, reason: 'configuration', error, problems: [...problems.slice(0, MAX_PROBLEMS), ...rest] };
}
