// Calls a command that speaks to a daemon, with a fake daemon behind a real socket.

import type { ExecutionContext } from 'ava';
import type { ControlActions } from '#src/control/control-actions.js';
import { type FakeActions, fakeActions } from '../control/fake-actions.ts';
import { serve } from '../control/socket.ts';
import { type CommandResult, callMain } from './run-knockdaemon.ts';

/** What a command did, and what the daemon was asked. */
export interface ControlCall extends CommandResult {
  readonly calls: FakeActions['calls'];
}

/** Runs a command line with `--socket` added to it. */
export async function callControl(
  t: ExecutionContext,
  changes: Partial<ControlActions>,
  ...args: string[]
): Promise<ControlCall> {
  // Local time is that of the machine: here it is one for all.
  process.env.TZ = 'UTC';
  const actions = fakeActions(changes);
  const { path } = await serve(t, actions);
  return { ...(await callMain(...args, '--socket', path)), calls: actions.calls };
}
