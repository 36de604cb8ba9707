// The lines of the log about the daemon itself: what it does, and what happens to it. Pure; what becomes of knocks is said
// in describe-outcome.ts.

import { escapeControls, formatTransportPort } from '@eightknock/codec';
import type { FirewallPlan } from './act/firewall.ts';
import type { CaptureState, ShedLoad } from './capture/supervisor.ts';
import type { Problem } from './config/problem.ts';
import { countNoun } from './count-noun.ts';
import { describeLoad } from './describe-load.ts';
import type { LogLine } from './log.ts';
import type { LiveGrant } from './store/store.ts';

/** How many clients the configuration has, and how many `[[door]]` tables, where it has any. */
export interface Configured {
  readonly clients: number;
  readonly doors?: number;
}

/** The daemon is up; capturing begins. */
export function describeStart(plan: FirewallPlan, who: Configured, grants: number, test: boolean): LogLine {
  const guarded = plan.guarded.map(formatTransportPort);
  const restored = grants > 0 ? `, ${countNoun(grants, 'grant')} as before` : '';
  return {
    level: 'info',
    fields: { event: 'started', ...who, mode: plan.mode, guarded, grants, test },
    message: `started with ${whoIsThere(who)}, ${whatIsHeld(plan)}${restored}${test ? '; a test: nothing is opened or closed' : ''}`,
  };
}

/** knockd's log, or its file with the process id, cannot be written. */
export function describeKnockdTrouble(why: string): LogLine {
  const message = `the log of knockd, or its PidFile, cannot be written (${escapeControls(why)}); this is told once`;
  return { level: 'warn', fields: { event: 'knockd-log' }, message };
}

/** Standard output took no lines for a while. */
export function describeLinesLost(lines: number): LogLine {
  return {
    level: 'warn',
    fields: { event: 'lines-lost', count: lines },
    message: `${countNoun(lines, 'line')} of this log had no room, or could not be written`,
  };
}

/** The daemon ends. */
export function describeStop(signal: string, counts: Readonly<Record<string, number>>): LogLine {
  return {
    level: 'info',
    fields: { event: 'stopped', signal, counts },
    message: `stopped by ${signal}; the guard stays in place`,
  };
}

/** A new configuration is in force. */
export function describeReload(plan: FirewallPlan, who: Configured): LogLine {
  return {
    level: 'info',
    fields: { event: 'reloaded', ...who, mode: plan.mode, guarded: plan.guarded.map(formatTransportPort) },
    message: `reloaded: ${whoIsThere(who)}, ${whatIsHeld(plan)}`,
  };
}

/** A new configuration was refused; one line for each problem. */
export function describeReloadProblem({ file, path, value, expected }: Problem): LogLine {
  const place = [file, path, value].filter((part) => part !== undefined && part !== '');
  return {
    level: 'error',
    fields: { event: 'reload-refused', file, path, expected },
    message: `reload refused, nothing has changed: ${[...place, `expected ${expected}`].join(': ')}`,
  };
}

/** A grant was ended before its time. @param reason by whom, or why */
export function describeRevoked({ client, address, protocol, port }: LiveGrant, reason: string): LogLine {
  const text = formatTransportPort({ protocol, port });
  return {
    level: 'info',
    fields: { event: 'revoked', client, address, ports: [text], reason },
    message: `revoked ${text} for ${address}, client "${client}": ${reason}`,
  };
}

/** A grant ends earlier than it did, as a new configuration says. @param endMs milliseconds since 1970 */
export function describeShortened({ client, address, protocol, port }: LiveGrant, endMs: number): LogLine {
  const text = formatTransportPort({ protocol, port });
  const until = new Date(endMs).toISOString();
  return {
    level: 'info',
    fields: { event: 'shortened', client, address, ports: [text], until },
    message: `shortened ${text} for ${address}, client "${client}", until ${until}: the configuration allows no more`,
  };
}

/** Grants that ought to end could not be ended. */
export function describeRevokeFailure(message: string): LogLine {
  return { level: 'error', fields: { event: 'revoke-failed' }, message: `could not revoke: ${message}` };
}

/** The machine's clock was set. */
export function describeClockStep(stepMs: number): LogLine {
  const seconds = Math.round(Math.abs(stepMs) / 1000);
  return {
    level: 'warn',
    fields: { event: 'clock-stepped', stepMs },
    message: `the clock was set ${seconds} s ${stepMs > 0 ? 'forward' : 'back'}: open doors keep the time they had left`,
  };
}

/** A store that could not be read was set aside. */
export function describeSetAside(path: string, why: string): LogLine {
  return {
    level: 'error',
    fields: { event: 'store-set-aside', path },
    message: `the store was damaged (${why}): it is kept as "${path}"; a new one begins without grants, and only knocks of the half minutes from now on count`,
  };
}

/** Some rows of the store were not as they were written. */
export function describeDamagedRows(rows: number): LogLine {
  return {
    level: 'error',
    fields: { event: 'store-damaged-rows', rows },
    message: `${countNoun(rows, 'row')} of the store ${rows === 1 ? 'was' : 'were'} damaged and left out: see docs/store.md`,
  };
}

/** The guard cannot be remembered for a start with a configuration that is wrong. */
export function describeGuardUnwritten(why: string): LogLine {
  const message = `the guard cannot be written down (${why}): should the daemon not be able to start after a reboot, it is not there`;
  return { level: 'warn', fields: { event: 'guard-unwritten' }, message };
}

/** At the start the clock was behind what the store knew. */
export function describeClockBehind(behindMs: number): LogLine {
  const seconds = Math.ceil(behindMs / 1000);
  return {
    level: 'warn',
    fields: { event: 'clock-behind', seconds },
    message: `the clock is ${seconds} s or more behind the newest grant: it is taken for given now, so that none lasts longer than it was to last at all`,
  };
}

/** Whether the store can be written has changed. @param why absent: it can be again */
export function describeStore(why: string | undefined): LogLine {
  if (why === undefined) {
    return { level: 'info', fields: { event: 'store', writable: true }, message: 'the store can be written again' };
  }
  const message = `the store cannot be written (${why}): knocks are refused until it can, open doors stay as they are`;
  return { level: 'error', fields: { event: 'store', writable: false }, message };
}

/** Somebody else had changed our table. */
export function describeRestored(error?: Error): LogLine {
  if (!error) {
    const message = 'the firewall was changed by somebody else: guard and open doors are back in place';
    return { level: 'warn', fields: { event: 'restored' }, message };
  }
  const fields = { event: 'restore-failed', error: error.message };
  const message = `guard and open doors cannot be put in place: ${error.message}; trying again`;
  return { level: 'error', fields, message };
}

/** `run --rescue` began. */
export function describeRescue(minutes: number): LogLine {
  const message = `rescue: the guard lapses in ${countNoun(minutes, 'minute')} unless "knockdaemon confirm" says that you can still get in`;
  return { level: 'warn', fields: { event: 'rescue', minutes }, message };
}

/** `run --rescue` has ended. */
export function describeRescueEnd(confirmed: boolean): LogLine {
  if (confirmed) return { level: 'info', fields: { event: 'confirmed' }, message: 'confirmed: the guard stays' };
  const message = 'nobody confirmed: the guard is removed, all ports are as without knockdaemon';
  return { level: 'error', fields: { event: 'rescue-lapsed' }, message };
}

/** What the log says of a change of state. */
export function describeCaptureState(device: string, state: CaptureState): LogLine {
  const fields = { event: 'capture', interface: device, ...state };
  switch (state.state) {
    case 'capturing':
      return {
        level: 'info',
        fields,
        message: `listening on "${escapeControls(device)}" (${escapeControls(state.linkType)})`,
      };
    case 'waiting': {
      const what = state.message === undefined ? `interface "${device}"` : `"${escapeControls(device)}"`;
      const why = escapeControls(state.message ?? 'it is missing or down');
      return { level: 'warn', fields, message: `waiting for ${what}: ${why}` };
    }
    case 'failed':
      return {
        level: 'error',
        fields,
        message: `cannot listen on "${escapeControls(device)}": ${escapeControls(state.message)}; trying again`,
      };
    case 'ended':
      return {
        level: 'warn',
        fields,
        message: `listening on "${escapeControls(device)}" ended (${escapeControls(state.message)}); starting again`,
      };
  }
}

/** A program says something. @param what such as `door "backup"` @param line harmless already */
export function describeJobLine(what: string, line: string): LogLine {
  return { level: 'info', fields: { event: 'job-output', job: what, line }, message: `${what}: ${line}` };
}

/** A program has ended. @param how undefined: well @param left lines of its output that were left out */
export function describeJobEnd(what: string, how: string | undefined, left: number): LogLine {
  const fields = { event: 'job-ended', job: what, ...(how !== undefined && { how }), ...(left > 0 && { left }) };
  const more = left > 0 ? `; ${countNoun(left, 'line')} of its output left out` : '';
  if (how === undefined) return { level: 'info', fields, message: `${what}: done${more}` };
  return { level: 'error', fields, message: `${what}: failed: ${escapeControls(how)}${more}` };
}

/** A program takes too long. */
export function describeJobTimeout(what: string, timeoutSeconds: number): LogLine {
  const message = `${what}: it runs for more than ${timeoutSeconds} s: it is ended`;
  return { level: 'warn', fields: { event: 'job-timeout', job: what, timeoutSeconds }, message };
}

/** The stop command of a door could not be started. It is not tried again. */
export function describeStopFailure(door: string, why: string): LogLine {
  const message = `could not run the stop of door "${door}": ${why}`;
  return { level: 'error', fields: { event: 'stop-failed', door }, message };
}

/** A hook could not be started. */
export function describeHookFailure(what: string, why: string): LogLine {
  return { level: 'error', fields: { event: 'hook-failed', job: what }, message: `could not run ${what}: ${why}` };
}

/** The one-time sequences of a door come to their end. @param left that were not used yet */
export function describeLinesLeft(door: string, left: number): LogLine {
  const message = `door "${door}": ${left === 0 ? 'no' : 'only'} ${countNoun(left, 'one-time sequence').replace(/^0 /, '')} left`;
  return { level: 'warn', fields: { event: 'one-time', door, left }, message };
}

/** More comes in than can be taken; once at the beginning and once at the end. */
export function describeShedding(device: string, load: ShedLoad | undefined): LogLine {
  const fields = { event: 'shedding', interface: device };
  if (!load) return { level: 'info', fields, message: `listening on "${device}": all sources are heard again` };
  return {
    level: 'warn',
    fields: { ...fields, ...load },
    message: describeLoad(device, load),
  };
}

function whoIsThere({ clients, doors = 0 }: Configured): string {
  return `${countNoun(clients, 'client')}${doors > 0 ? `, ${countNoun(doors, 'door')}` : ''}`;
}

function whatIsHeld({ mode, mark, guarded }: FirewallPlan): string {
  if (mode === 'mark') return `marking with 0x${mark.toString(16)}`;
  return `guarding ${guarded.map(formatTransportPort).join(', ') || 'nothing'}`;
}
