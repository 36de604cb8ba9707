// The stanzas of an access.conf, and a fwknopd.conf → the text of a knockdaemon.toml, and what does not come over. Pure.
// What it writes holds keys; the notes hold none.

import { DEFAULT_BASE_PORT, escapeControls, type TransportPort } from '@eightknock/codec';
import { doorNames } from '../knockd-conf/door-names.ts';
import { FIREWALL_LINES } from '../knockd-conf/import-toml.ts';
import { tomlText } from '../knockd-conf/toml-text.ts';
import type { Stanza } from './access-conf.ts';
import { importStanza } from './import-stanza.ts';
import { commentOf, type Note, noteOn } from './note.ts';
import type { Entry } from './read-entries.ts';
import type { ServerConf } from './server-conf.ts';

/** Where the eight knocks go when fwknop's packets take a port of theirs. */
const OTHER_BASE_PORT = 50_745;

/** What is imported. */
export interface FwknopConf {
  readonly stanzas: readonly Stanza[];
  readonly server: ServerConf;
  /** The files, for a comment. */
  readonly files: readonly string[];
}

/** What came of it. */
export interface ImportedFwknop {
  readonly toml: string;
  readonly notes: readonly Note[];
}

/**
 * Writes the configuration.
 * @param serverId the name of this machine
 * @param otherPorts what stanzas without OPEN_PORTS may open; fwknopd opens any
 */
export function importFwknop(
  { stanzas, server, files }: FwknopConf,
  serverId: string,
  otherPorts: readonly TransportPort[] = [],
): ImportedFwknop {
  const names = doorNames(stanzas.map(({ user }) => user ?? 'fwknop'));
  const doors = stanzas.map((stanza, i) => importStanza(stanza, names[i] as string, server, otherPorts));
  const twice = sameKeys(stanzas);
  const { interfaceName, port } = server;
  const collides = port >= DEFAULT_BASE_PORT && port <= DEFAULT_BASE_PORT + 255;
  const from = files.map(escapeControls).join(' and ');
  const lines = [
    `# From ${from}, by "knockdaemon import". What each key means: docs/doors.md, docs/configuration.md.`,
    '# It holds keys: nobody else may read it (chmod 600).',
    `server_id = ${tomlText(serverId)}`,
    interfaceName === undefined ? 'interface = "any"  # eth0 with fwknopd' : `interface = ${tomlText(interfaceName)}`,
    ...(collides ? [`base_port = ${OTHER_BASE_PORT}  # the default has port ${port} among its own`] : []),
    ...[...server.notes, ...twice].map(commentOf),
    ...(doors.some(({ isUsed }) => isUsed) ? FIREWALL_LINES : []),
    ...doors.flatMap((door) => door.lines),
  ];
  const notes = [...server.notes, ...twice, ...doors.flatMap((door) => door.notes)];
  return { toml: `${lines.join('\n')}\n`, notes };
}

/** Stanzas with the same keys: fwknopd asks the next one when the first does not allow it. */
function sameKeys(stanzas: readonly Stanza[]): Note[] {
  const seen = new Map<string, Entry>();
  return stanzas.flatMap(({ key, hmacKey, hmac, entries }) => {
    const source = entries.get('SOURCE') as Entry;
    const keys = JSON.stringify([key, hmacKey, hmac]);
    const first = seen.get(keys);
    seen.set(keys, first ?? source);
    if (!first || !key || !hmacKey) return [];
    const text = `the same keys as the stanza of line ${first.line}: a packet from a source of both counts for that one alone`;
    return [noteOn(source, text)];
  });
}
