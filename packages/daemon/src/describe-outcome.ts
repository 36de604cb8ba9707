// One log line for each grant, close, denial, replay and unrecognised sequence: who, from where, for whom, which port, for
// how long, and why not. Pure.

import { escapeControls, formatTransportPort } from '@eightknock/codec';
import { ACTION_TERMS } from './act/action-terms.ts';
import type { Grant } from './authorise/authorise.ts';
import { doorClient, doorOfClient } from './authorise/door-client.ts';
import { formatListenAddress } from './config/listen-address.ts';
import type { LogLine } from './log.ts';
import type { Outcome } from './pipeline.ts';
import { DENIALS, REJECTIONS } from './reasons.ts';
import type { Rejection, Request } from './recognise/recogniser.ts';
import { asClient } from './request-fields.ts';

/** A line about an outcome. */
export interface OutcomeLine extends LogLine {
  /** The limit on lines counts these apart. */
  readonly reason: string;
  /** May strangers cause it as often as they like? */
  readonly limited: boolean;
}

/** What the log says of an outcome. */
export function describeOutcome(outcome: Outcome): OutcomeLine {
  switch (outcome.kind) {
    case 'granted': {
      const { request, grant } = outcome;
      const event = ACTION_TERMS[grant.action].event;
      const fields = { event, ...requestFields(request), ...grantFields(grant) };
      const message = `${event} ${whatOf(grant)} for ${grant.address}, ${whoOf(grant.client)}${durationOf(grant)}`;
      return { level: 'info', reason: event, limited: false, fields, message };
    }
    case 'failed': {
      const { request, grant, error } = outcome;
      const fields = { event: 'failed', ...requestFields(request), ...grantFields(grant), error: error.message };
      const what = `${grant.action} ${whatOf(grant)} for ${grant.address}, ${whoOf(grant.client)}`;
      const message = `could not ${what}: ${error.message}`;
      return { level: 'error', reason: 'failed', limited: false, fields, message };
    }
    case 'denied': {
      const { request, reason } = outcome;
      const fields = { event: 'denied', reason, ...requestFields(request) };
      const { client, sourceAddress, port } = asClient(request);
      const wish = `${port === undefined ? 'knocks' : `port ${port}`} from ${sourceAddress}, ${whoOf(client)}`;
      return { level: 'warn', reason, limited: true, fields, message: `denied ${wish}: ${DENIALS[reason]}` };
    }
    case 'unrecognised': {
      const { sourceAddress, rejection } = outcome.unrecognised;
      const { reason } = rejection;
      const fields = { event: 'rejected', reason, source: sourceAddress, ...suspect(rejection) };
      const whose = 'client' in rejection ? `, which looks like client "${rejection.client}"` : '';
      const what = 'door' in rejection ? `a packet for door "${rejection.door}"` : 'a sequence';
      const message = `rejected ${what} from ${sourceAddress}${whose}: ${REJECTIONS[reason]}${clockWords(rejection)}`;
      return { level: 'warn', reason, limited: true, fields, message };
    }
  }
}

/** By how much, and what helps: "…, 61 to 91 seconds behind the server's: let both follow NTP". */
function clockWords(rejection: Rejection): string {
  if (rejection.reason === 'packet-too-old') {
    const { ageSeconds } = rejection;
    return `, ${Math.abs(ageSeconds)} seconds ${ageSeconds < 0 ? 'ahead' : 'ago'}`;
  }
  if (rejection.reason !== 'clock-off') return '';
  const { least, most } = rejection.clockSeconds;
  const isBehind = least + most < 0;
  const [from, to] = isBehind ? [-most, -least] : [least, most];
  return `, ${Math.max(0, from)} to ${to} seconds ${isBehind ? 'behind' : 'ahead of'} the server's: let both follow NTP`;
}

/** Whom a near miss looks like, and what was wanted. */
function suspect(rejection: Rejection) {
  if ('door' in rejection) return { client: doorClient(rejection.door) };
  if (!('client' in rejection)) return {};
  const { client, port } = rejection;
  const claimed = 'claimedAddress' in rejection ? { claimed: rejection.claimedAddress } : {};
  const clock = 'clockSeconds' in rejection ? { clockSeconds: rejection.clockSeconds } : {};
  return { client, port, ...claimed, ...clock };
}

function requestFields(request: Request) {
  const { client, sourceAddress: source, claimedAddress: claimed, port, time: requestedTime } = asClient(request);
  return { client, source, claimed, port, requestedTime };
}

function grantFields({ door, address, ports, target, endMs, shortened }: Grant) {
  return {
    address,
    ...(door === undefined ? {} : { door }),
    ports: ports.map(formatTransportPort),
    ...(target && { to: formatListenAddress(target) }),
    ...(endMs === undefined ? {} : { until: new Date(endMs).toISOString() }),
    ...(shortened ? { shortened } : {}),
  };
}

/** The ports; or the program, which is known by its door. */
function whatOf({ action, ports, target, door, run }: Grant): string {
  if (action === 'run') return `${escapeControls(run?.argv[0] ?? '')} of door "${door}"`;
  return ports.map(formatTransportPort).join(' and ') + (target ? ` to ${formatListenAddress(target)}` : '');
}

function whoOf(client: string): string {
  const door = doorOfClient(client);
  return door === undefined ? `client "${client}"` : `door "${door}"`;
}

function durationOf({ action, endMs, shortened }: Grant): string {
  if (!ACTION_TERMS[action].isHeld) return '';
  if (endMs === undefined) return ', no time limit';
  return `, until ${new Date(endMs).toISOString()}${shortened ? ' (shortened to what it may)' : ''}`;
}
