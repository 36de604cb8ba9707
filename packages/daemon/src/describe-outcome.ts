// One log line for each grant, close, denial, replay and unrecognised sequence: who, from where, for whom, which port, for
// how long, and why not. Pure.

import { formatTransportPort } from '@eightknock/codec';
import type { Grant } from './authorise/authorise.ts';
import type { LogLine } from './log.ts';
import type { Outcome } from './pipeline.ts';
import { DENIALS, REJECTIONS } from './reasons.ts';
import type { Rejection, Request } from './recognise/recogniser.ts';

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
      const event = grant.action === 'open' ? 'opened' : 'closed';
      const fields = { event, ...requestFields(request), ...grantFields(grant) };
      const message = `${event} ${portsOf(grant)} for ${grant.address}, client "${grant.client}"${durationOf(grant)}`;
      return { level: 'info', reason: event, limited: false, fields, message };
    }
    case 'failed': {
      const { request, grant, error } = outcome;
      const fields = { event: 'failed', ...requestFields(request), ...grantFields(grant), error: error.message };
      const verb = grant.action;
      const message = `could not ${verb} ${portsOf(grant)} for ${grant.address}, client "${grant.client}": ${error.message}`;
      return { level: 'error', reason: 'failed', limited: false, fields, message };
    }
    case 'denied': {
      const { request, reason } = outcome;
      const fields = { event: 'denied', reason, ...requestFields(request) };
      const wish = `port ${request.port} from ${request.sourceAddress}, client "${request.client}"`;
      return { level: 'warn', reason, limited: true, fields, message: `denied ${wish}: ${DENIALS[reason]}` };
    }
    case 'unrecognised': {
      const { sourceAddress, rejection } = outcome.unrecognised;
      const { reason } = rejection;
      const fields = { event: 'rejected', reason, source: sourceAddress, ...suspect(rejection) };
      const whose = 'client' in rejection ? `, which looks like client "${rejection.client}"` : '';
      const message = `rejected a sequence from ${sourceAddress}${whose}: ${REJECTIONS[reason]}${clockWords(rejection)}`;
      return { level: 'warn', reason, limited: true, fields, message };
    }
  }
}

/** By how much, and what helps: "…, 61 to 91 seconds behind the server's: let both follow NTP". */
function clockWords(rejection: Rejection): string {
  if (rejection.reason !== 'clock-off') return '';
  const { least, most } = rejection.clockSeconds;
  const isBehind = least + most < 0;
  const [from, to] = isBehind ? [-most, -least] : [least, most];
  return `, ${Math.max(0, from)} to ${to} seconds ${isBehind ? 'behind' : 'ahead of'} the server's: let both follow NTP`;
}

/** Whom a near miss looks like, and what was wanted. */
function suspect(rejection: Rejection) {
  if (!('client' in rejection)) return {};
  const { client, port } = rejection;
  const claimed = 'claimedAddress' in rejection ? { claimed: rejection.claimedAddress } : {};
  const clock = 'clockSeconds' in rejection ? { clockSeconds: rejection.clockSeconds } : {};
  return { client, port, ...claimed, ...clock };
}

function requestFields({ client, sourceAddress, claimedAddress, port, time }: Request) {
  return { client, source: sourceAddress, claimed: claimedAddress, port, requestedTime: time };
}

function grantFields({ address, ports, endMs, shortened }: Grant) {
  return {
    address,
    ports: ports.map(formatTransportPort),
    ...(endMs === undefined ? {} : { until: new Date(endMs).toISOString() }),
    ...(shortened ? { shortened } : {}),
  };
}

function portsOf({ ports }: Grant): string {
  return ports.map(formatTransportPort).join(' and ');
}

function durationOf({ action, endMs, shortened }: Grant): string {
  if (action === 'close') return '';
  if (endMs === undefined) return ', no time limit';
  return `, until ${new Date(endMs).toISOString()}${shortened ? ' (shortened to what it may)' : ''}`;
}
