// One stanza of an access.conf → a [[door]] of kind spa, with comments on what does not come over. A stanza that would be
// weaker here, or something else, becomes a comment as a whole. Pure. What it writes holds keys.

import { escapeControls, formatTransportPort, type TransportPort } from '@eightknock/codec';
import { formatMoment } from '../config/moment.ts';
import { tomlText, tomlTexts } from '../knockd-conf/toml-text.ts';
import type { Stanza, WrittenKey } from './access-conf.ts';
import { lostKeys, reasonsAgainst } from './lost-keys.ts';
import { commentOf, type Note, noteOn } from './note.ts';
import type { Entry } from './read-entries.ts';
import { isYes } from './read-values.ts';
import { DEFAULT_PORT, type ServerConf } from './server-conf.ts';

/** A table as text. */
export interface ImportedStanza {
  /** Lines without their ends, the empty one before the table included. */
  readonly lines: readonly string[];
  readonly notes: readonly Note[];
  /** Whether it is a door, not a comment. */
  readonly isUsed: boolean;
}

/**
 * @param name of the door, see `doorNames`
 * @param otherPorts what it may open where it says nothing
 */
export function importStanza(
  stanza: Stanza,
  name: string,
  server: Pick<ServerConf, 'port' | 'masquerade'>,
  otherPorts: readonly TransportPort[],
): ImportedStanza {
  const source = stanza.entries.get('SOURCE') as Entry;
  const from = `# ${escapeControls(source.file)}, line ${source.line}`;
  const ports = portsOf(stanza, otherPorts);
  const table = [...doorLines(stanza, name, server.port), '', ...askLines(stanza, ports, server.masquerade)];
  const reasons = reasonsAgainst(stanza);
  if (reasons.length > 0) {
    const notes = reasons.map((note) => ({ ...note, text: `the stanza is left out: ${note.text}` }));
    const lines = table.map((line) => (line === '' ? '#' : `# ${line}`));
    return { lines: ['', from, ...notes.map(commentOf), ...lines], notes, isUsed: false };
  }
  const notes = [...lostKeys(stanza), ...limits(stanza, otherPorts, ports)];
  return { lines: ['', from, ...notes.map(commentOf), ...table], notes, isUsed: true };
}

/** What may be asked for. */
function portsOf({ openPorts, restrictPorts }: Stanza, otherPorts: readonly TransportPort[]): string[] {
  const not = new Set(restrictPorts.map(formatTransportPort));
  return (openPorts ?? otherPorts).map(formatTransportPort).filter((port) => !not.has(port));
}

function doorLines(stanza: Stanza, name: string, port: number): string[] {
  const { key, hmacKey, hmac, sources, destinations, user, requireAddress, expiresMs, entries } = stanza;
  const day = entries.get('ACCESS_EXPIRE')?.value.trim();
  return [
    '[[door]]',
    `name = ${tomlText(name)}`,
    'kind = "spa"',
    ...(port === DEFAULT_PORT ? [] : [`port = ${port}`]),
    keyLine('key', key),
    keyLine('hmac_key', hmacKey),
    ...(hmac === 'sha256' ? [] : [`hmac = ${tomlText(hmac)}`]),
    ...(sources ? [`sources = ${tomlTexts(sources)}`] : []),
    ...(destinations ? [`destinations = ${tomlTexts(destinations)}`] : []),
    ...(user === undefined ? [] : [`user = ${tomlText(user)}`]),
    ...(requireAddress ? ['require_address = true'] : []),
    ...(expiresMs === undefined ? [] : [`expires = ${formatMoment(expiresMs)}${day === undefined ? '' : '  # UTC'}`]),
  ];
}

function keyLine(name: string, key: WrittenKey | undefined): string {
  if (!key) return `${name}_base64 = ""`;
  return key.form === 'text' ? `${name} = ${tomlText(key.text)}` : `${name}_base64 = ${tomlText(key.text)}`;
}

function askLines({ forceNat, seconds, maxSeconds, entries }: Stanza, ports: string[], masquerade: boolean): string[] {
  const isSeen = entries.has('FORCE_SNAT') || isYes(entries.get('FORCE_MASQUERADE')?.value ?? '');
  const list = ports.length > 0 ? tomlTexts(ports) : undefined;
  const times = [`seconds = ${seconds}`, `max_seconds = ${maxSeconds}`];
  if (forceNat === undefined) return ['[door.ask]', list ? `ports = ${list}` : '# ports = ["tcp/22"]', ...times];
  const to = [
    `to = ${tomlTexts([forceNat])}`,
    `to_ports = ${list ?? '["tcp/22"]'}`,
    ...(masquerade || isSeen ? ['masquerade = true'] : []),
  ];
  return ['[door.ask]', ...(list ? to : to.map((line) => `# ${line}`)), ...times];
}

/** Where a door allows less than the stanza did. */
function limits({ entries, openPorts, forceNat }: Stanza, others: readonly TransportPort[], ports: string[]): Note[] {
  const notes: Note[] = [];
  if (!openPorts) {
    const text =
      others.length > 0
        ? 'no OPEN_PORTS, any port with fwknop: here those of --open-ports'
        : 'no OPEN_PORTS, any port with fwknop: here none, list them in [door.ask] or import with --open-ports tcp/22';
    notes.push(noteOn(entries.get('SOURCE') as Entry, text));
  } else if (ports.length === 0) {
    notes.push(noteOn(entries.get('RESTRICT_PORTS') as Entry, 'nothing is left of OPEN_PORTS'));
  }
  if (forceNat !== undefined) {
    const text = `packets must ask for it (fwknop -N ${forceNat}); what asks for a port of this host is refused`;
    notes.push(noteOn(entries.get('FORCE_NAT') as Entry, text));
  }
  return notes;
}
