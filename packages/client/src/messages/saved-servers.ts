// What is said of the servers that are saved.

import { makeSafe, showName } from '@eightknock/codec';
import type { KnockDefaults } from '../servers/knock-defaults.ts';
import type { SavedServer } from '../servers/saved-server.ts';
import { listPorts, PROGRAM } from './words.ts';

/** After `add` and `set`. */
export function formatSaved(name: string, file: string, server: SavedServer): string {
  const { host, basePort, serverId, client, ports, defaults = {} } = server;
  const knocks = formatDefaults(defaults);
  return [
    `saved ${showName(name)} in ${makeSafe(file)}`,
    `  server  ${makeSafe(serverId)}`,
    `  host    ${host}, knocks on ${basePort}–${basePort + 255}`,
    `  client  ${client}`,
    `  ports   ${listPorts(ports)}`,
    ...(knocks === '-' ? [] : [`  knocks  ${knocks}`]),
    '',
  ].join('\n');
}

function formatDefaults({ port, time, ip, transport, delayMs }: KnockDefaults): string {
  const words = [
    ...(port === undefined ? [] : [`--port ${port}`]),
    ...(time === undefined ? [] : [`--time ${time}`]),
    ...(ip === undefined ? [] : [`--ip ${ip}`]),
    ...(transport === undefined ? [] : [`--transport ${transport}`]),
    ...(delayMs === undefined ? [] : [`--delay ${delayMs}`]),
  ];
  return words.join(' ') || '-';
}

/** `default`. */
export function formatDefault(name: string | undefined): string {
  return name === undefined ? 'no default server\n' : `${makeSafe(name)}\n`;
}

/** Asks for the link, on a terminal. */
export const LINK_PROMPT = 'paste the enrolment link, then press Enter: ';

/** After `remove`. */
export function formatRemoved(name: string): string {
  return `removed ${showName(name)}\n`;
}

/** `list`. @param chosen the default server, which gets a star */
export function formatServerTable(
  servers: readonly (readonly [name: string, server: SavedServer])[],
  chosen: string | undefined,
): string {
  const hasDefaults = servers.some(([, { defaults }]) => defaults !== undefined);
  const all = [
    ['NAME', 'HOST', 'BASE PORT', 'CLIENT', 'PORTS', 'KNOCKS'],
    ...servers.map(([name, { host, basePort, client, ports, defaults = {} }]) => [
      name === chosen ? `${name} *` : name,
      host,
      `${basePort}`,
      client,
      listPorts(ports),
      formatDefaults(defaults),
    ]),
  ];
  const rows = hasDefaults ? all : all.map((row) => row.slice(0, -1));
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, i) => cell.padEnd(widths[i] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

/** `list`, when there is nothing. */
export const NOTHING_SAVED_HINT = `no server is saved; save one with "${PROGRAM} add NAME LINK"`;
