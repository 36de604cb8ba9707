// Text of knockdaemon.toml or of a file in clients_dir → what it says, and every problem in it. Pure: no file is read
// here. A mistake in one client never hides those of another, nor does one file hide those of another.

import { showValue } from '@eightknock/codec';
import type { ClientConfig, Config } from './config.ts';
import type { DoorConfig, HooksConfig } from './door-config.ts';
import { parseDoors } from './doors/parse-doors.ts';
import { problemsOfIssues } from './issue-problems.ts';
import { joinPaths, valueAt } from './key-path.ts';
import type { Problem } from './problem.ts';
import { readToml } from './read-toml.ts';
import { clientSchema, type hooksSchema, mainSchema } from './schema.ts';
import { readSourceOf, sourceProblems } from './source-problems.ts';

/** More clients than this are refused: each costs keys in every window. */
export const MAX_CLIENTS = 10_000;

/** What knockdaemon.toml says besides its clients. */
export type Settings = Omit<Config, 'clients'>;

/** One client as far as it could be read. */
export interface ParsedClient {
  readonly file: string;
  /** `client[1]`, or empty for a file of its own. */
  readonly path: string;
  /** Whatever text `name` holds, even when the rest is wrong: duplicates are to be found all the same. */
  readonly name?: string;
  /** Absent when there is any problem in it. */
  readonly client?: ClientConfig;
}

/** What knockdaemon.toml says. */
export interface ParsedMain {
  readonly file: string;
  /** Absent when there is any problem in the file. */
  readonly settings?: Settings;
  /** As it is written; absent: the default. `invalid` when it is there and cannot be one. */
  readonly clientsDir?: string | { readonly invalid: true };
  readonly clients: readonly ParsedClient[];
  /** Those without a problem. */
  readonly doors: readonly DoorConfig[];
  /** Whether the text holds a secret, so that nobody else may read its file. */
  readonly holdsSecrets: boolean;
  readonly problems: readonly Problem[];
}

/** What a file in clients_dir says. */
export interface ParsedClientFile {
  /** Absent when the text is not TOML. */
  readonly client?: ParsedClient;
  readonly problems: readonly Problem[];
}

/**
 * Reads the text of knockdaemon.toml.
 * @param file the name for problems
 */
export function parseMain(text: string, file: string): ParsedMain {
  const toml = readToml(text, file);
  const { table } = toml;
  if (!table) return { file, clients: [], doors: [], holdsSecrets: /\bsecret\b/i.test(text), problems: toml.problems };

  const result = mainSchema.safeParse(table);
  const problems: Problem[] = [...toml.problems];
  if (!result.success) problems.push(...problemsOfIssues(result.error.issues, table, { file, path: '', kind: 'top' }));
  problems.push(...modeProblems(table, file), ...sourceProblems(table, file));
  const doors = parseDoors(valueAt(table, ['door']), file, readBasePort(table), readSourceOf(table));
  problems.push(...doors.problems);

  const tables = valueAt(table, ['client']);
  const clients: ParsedClient[] = [];
  if (Array.isArray(tables)) {
    // The rest is counted, not read: see combineFiles.
    tables.forEach((one, i) => {
      const parsed = parseClientTable(one, { file, path: `client[${i}]` }, i < MAX_CLIENTS);
      clients.push(parsed.client);
      problems.push(...parsed.problems);
    });
  }
  const clientsDir = readClientsDir(table);
  return {
    file,
    ...(result.success && problems.length === 0 && { settings: { ...toSettings(result.data), doors: doors.doors } }),
    ...(clientsDir !== undefined && { clientsDir }),
    clients,
    doors: doors.doors,
    holdsSecrets: 'client' in table || 'secret' in table || doors.holdSecrets,
    problems,
  };
}

/**
 * Reads the text of a file in clients_dir: the keys of one client.
 * @param file the name for problems
 */
export function parseClientFile(text: string, file: string): ParsedClientFile {
  const { table, problems } = readToml(text, file);
  if (!table) return { problems };
  const parsed = parseClientTable(table, { file, path: '' }, true);
  return { client: parsed.client, problems: [...problems, ...parsed.problems] };
}

function parseClientTable(
  table: unknown,
  place: { readonly file: string; readonly path: string },
  whole: boolean,
): { readonly client: ParsedClient; readonly problems: readonly Problem[] } {
  const name = valueAt(table, ['name']);
  const named = { ...place, ...(typeof name === 'string' && { name }) };
  if (!whole) return { client: named, problems: [] };
  if (typeof table !== 'object' || table === null) {
    return { client: named, problems: [{ ...place, value: showValue(table), expected: 'a table: [[client]]' }] };
  }
  const result = clientSchema.safeParse(table);
  if (result.success) return { client: { ...named, client: toClient(result.data) }, problems: [] };
  return { client: named, problems: problemsOfIssues(result.error.issues, table, { ...place, kind: 'client' }) };
}

/** Asked of the table itself, so that a mistake elsewhere in it does not hide this one. */
function modeProblems(table: object, file: string): Problem[] {
  const isMark = valueAt(table, ['firewall', 'mode']) === 'mark';
  if (!isMark || valueAt(table, ['firewall', 'closed']) !== 'reset') return [];
  const path = joinPaths('firewall', 'closed');
  const hint = 'in mark mode nothing is dropped: your own firewall says how a closed port looks';
  return [{ file, path, value: '"reset"', expected: 'no "reset" together with mode = "mark"', hint }];
}

function readBasePort(table: object): number | undefined {
  return mainSchema.shape.base_port.safeParse(valueAt(table, ['base_port'])).data;
}

function readClientsDir(table: object): ParsedMain['clientsDir'] {
  const value = valueAt(table, ['clients_dir']);
  if (value === undefined) return undefined;
  const result = mainSchema.shape.clients_dir.safeParse(value);
  return result.success && result.data !== undefined ? result.data : { invalid: true };
}

function toSettings(data: ReturnType<typeof mainSchema.parse>): Omit<Settings, 'doors'> {
  return {
    serverId: data.server_id,
    basePort: data.base_port,
    interfaces: data.interface,
    source: data.source,
    ...(data.log_pattern !== undefined && { logPattern: data.log_pattern }),
    sequenceTimeoutMs: Math.round(data.sequence_timeout * 1000),
    stateDir: data.state_dir,
    controlSocket: data.control_socket,
    ...(data.metrics && { metrics: data.metrics.listen }),
    firewall: data.firewall,
    ...(data.hooks && { hooks: toHooks(data.hooks) }),
  };
}

function toHooks(data: ReturnType<typeof hooksSchema.parse>): HooksConfig {
  return {
    user: data.user,
    timeoutSeconds: data.timeout,
    ...(data.on_open && { onOpen: data.on_open }),
    ...(data.on_close && { onClose: data.on_close }),
    ...(data.on_denied && { onDenied: data.on_denied }),
  };
}

function toClient(data: ReturnType<typeof clientSchema.parse>): ClientConfig {
  return {
    name: data.name,
    secret: data.secret,
    enabled: data.enabled,
    ports: data.ports,
    openForOther: data.open_for_other,
    trustSource: data.trust_source,
    ...(data.max_time !== undefined && { maxTime: data.max_time }),
    ...(data.expires !== undefined && { expiresMs: data.expires }),
  };
}
