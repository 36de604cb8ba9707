// What is amiss with a daemon, the worst first: what somebody who is woken up at night has to read before anything else. Pure.

import { describeLoad } from '../describe-load.ts';
import type { CaptureStatus, Status } from './control-actions.ts';
import { formatDuration, formatMomentNear } from './local-time.ts';

/** Something to look after. */
export interface Warning {
  /** `error`: knocks do not do what they should. `warning`: somebody ought to know. */
  readonly level: 'error' | 'warning';
  readonly text: string;
}

/** With neither clients nor doors. */
export const NOBODY = 'there are no clients: nobody can open anything; "knockdaemon enroll" adds one';

/** Everything that is amiss; the texts are not made harmless yet. */
export function warningsOf(status: Status): Warning[] {
  const { test, clients, doors = 0, captures, firewall, store } = status;
  const warnings: Warning[] = [...rescueWarnings(status)];
  const add = (level: Warning['level'], text: string): void => void warnings.push({ level, text });

  if (!captures.some(({ state }) => state === 'capturing')) add('error', 'nothing is listened on: knocks go unheard');
  if (!store.writable) add('error', `the store cannot be written, knocks are refused${because(store.message)}`);
  if (firewall.error !== undefined) add('error', `the firewall refused the last change: ${firewall.error}`);
  for (const capture of captures) {
    if (capture.state !== 'capturing')
      add(capture.state === 'waiting' ? 'warning' : 'error', captureText(capture, status));
  }
  for (const { interface: device, shed } of captures) {
    if (shed) add('warning', describeLoad(device, shed));
  }
  if (firewall.restored > 0) {
    const times = firewall.restored === 1 ? 'once' : `${firewall.restored} times`;
    add('warning', `somebody else has changed our table in the kernel; it was put back ${times}`);
  }
  if (clients + doors === 0) add('warning', NOBODY);
  if (test) add('warning', 'this is a test: nothing is opened or closed');
  return [...warnings.filter(({ level }) => level === 'error'), ...warnings.filter(({ level }) => level === 'warning')];
}

function rescueWarnings({ firewall: { rescueEndMs }, nowMs }: Status): Warning[] {
  if (rescueEndMs === undefined) return [];
  const when = formatMomentNear(rescueEndMs, nowMs);
  const text =
    rescueEndMs > nowMs
      ? `rescue: the guard is lifted at ${when}, unless "knockdaemon confirm" says that you can still get in`
      : `rescue: nobody confirmed, and the guard was lifted at ${when}: guarded ports are open to all`;
  return [{ level: 'error', text }];
}

function captureText({ interface: device, state, sinceMs, message }: CaptureStatus, { nowMs }: Status): string {
  const duration = `for ${formatDuration(nowMs - sinceMs)}`;
  if (state === 'waiting' && message !== undefined) return `waiting for "${device}", ${duration}${because(message)}`;
  if (state === 'waiting') return `interface "${device}" is missing or down, ${duration}`;
  if (state === 'failed') return `cannot listen on "${device}", ${duration}${because(message)}`;
  return `listening on "${device}" ended, ${formatDuration(nowMs - sinceMs)} ago${because(message)}`;
}

function because(message: string | undefined): string {
  return message === undefined ? '' : `: ${message}`;
}
