// The `[[door]]` tables → the doors, and every problem in them. Pure. A mistake in one never hides those of another.

import { digitKnocks, endsEarly, formatTransportPort, showValue } from '@eightknock/codec';
import type { KnockSource } from '../config.ts';
import type { DigitsKind, DoorConfig } from '../door-config.ts';
import { problemsOfIssues } from '../issue-problems.ts';
import { joinPaths, valueAt } from '../key-path.ts';
import type { Problem } from '../problem.ts';
import { ACTIONS } from './actions.ts';
import { anyDoorSchema, doorSchema, isKind, toDoor } from './schemas.ts';
import { SPA_SECRETS, spaKeyProblems } from './spa-key.ts';
import { unheardKeys } from './unheard-keys.ts';

/** More doors than this are refused. */
export const MAX_DOORS = 200;

/** What the tables say. */
export interface ParsedDoors {
  /** Those without problems. */
  readonly doors: readonly DoorConfig[];
  readonly problems: readonly Problem[];
  /** Whether a secret stands in them, so that nobody else may read the file. */
  readonly holdSecrets: boolean;
}

interface Place {
  readonly file: string;
  readonly path: string;
}

/**
 * Reads them.
 * @param value what stands at `door`
 * @param basePort of the eight knocks; undefined when it is none
 * @param source where knocks are read; undefined when it is none
 */
export function parseDoors(
  value: unknown,
  file: string,
  basePort: number | undefined,
  source: KnockSource | undefined,
): ParsedDoors {
  if (!Array.isArray(value)) return { doors: [], problems: [], holdSecrets: false };
  const holdSecrets = value.some((table) =>
    ['secret', ...SPA_SECRETS].some((key) => valueAt(table, [key]) !== undefined),
  );
  if (value.length > MAX_DOORS) {
    const problem = { file, path: 'door', value: `${value.length} doors`, expected: `at most ${MAX_DOORS} doors` };
    return { doors: [], problems: [problem], holdSecrets };
  }
  const doors: DoorConfig[] = [];
  const problems: Problem[] = [];
  value.forEach((table, i) => {
    const place = { file, path: `door[${i}]` };
    const parsed = parseDoor(table, place);
    problems.push(...parsed.problems);
    if (!parsed.door) return;
    problems.push(...placeProblems(parsed.door, place, basePort));
    if (source) problems.push(...unheardProblems(parsed.door, source, table, place));
    doors.push(parsed.door);
  });
  return { doors, problems: [...problems, ...repeatProblems(value, file)], holdSecrets };
}

function parseDoor(
  table: unknown,
  place: Place,
): { readonly door?: DoorConfig; readonly problems: readonly Problem[] } {
  if (typeof table !== 'object' || table === null) {
    return { problems: [{ ...place, value: showValue(table), expected: 'a table: [[door]]' }] };
  }
  const kind = valueAt(table, ['kind']);
  const known = isKind(kind) ? kind : undefined;
  const result = (known ? doorSchema(known) : anyDoorSchema).safeParse(table);
  const problems = result.success
    ? []
    : problemsOfIssues(result.error.issues, table, { ...place, kind: known ?? 'door' });
  problems.push(
    ...actionProblems(table, place),
    ...stopProblems(table, place),
    ...digitsActionProblems(table, place),
    ...secretProblems(table, place),
    ...(known === 'spa' ? spaKeyProblems(table, place) : []),
    ...askProblems(table, place),
  );
  if (!known || !result.success || problems.length > 0) return { problems };
  const door = toDoor(known, result.data);
  return { ...(door && { door }), problems };
}

/** Asked of the table itself, so that a mistake elsewhere in it does not hide this one. */
function actionProblems(table: object, place: Place): Problem[] {
  const given = ACTIONS.filter((action) => valueAt(table, [action]) !== undefined);
  const choice = `${ACTIONS.slice(0, -1).join(', ')} or ${ACTIONS.at(-1)}`;
  if (given.length === 1) return [];
  const value = given.length === 0 ? 'missing' : given.join(' and ');
  const hint = 'open = { ports = ["tcp/22"], time = 10 }';
  return [{ ...place, value, expected: `exactly one action: ${choice}`, ...(given.length === 0 && { hint }) }];
}

/** Single packets ask, and no others do. */
function askProblems(table: object, { file, path }: Place): Problem[] {
  const isSpa = valueAt(table, ['kind']) === 'spa';
  const given = ACTIONS.filter((action) => valueAt(table, [action]) !== undefined);
  if (given.length !== 1 || (given[0] === 'ask') === isSpa) {
    const [to, from] = ['to', 'to_ports'].map((key) => valueAt(table, ['ask', key]) !== undefined);
    if (!isSpa || !to || from) return [];
    const expected = 'the ports of this host that may be forwarded';
    return [{ file, path: joinPaths(path, 'ask.to_ports'), value: 'missing', expected }];
  }
  const at = joinPaths(path, given[0] ?? '');
  const expected = isSpa
    ? 'ask, the action of doors of kind "spa"'
    : 'open, close, forward or run: only packets of kind "spa" ask';
  return [{ file, path: at, expected }];
}

/** A stop command without its time, or a time without a command. */
function stopProblems(table: object, { file, path }: Place): Problem[] {
  const [argv, after] = ['stop_argv', 'stop_after'].map((key) => valueAt(table, ['run', key]) !== undefined);
  if (argv === after) return [];
  const [missing, given] = argv ? ['stop_after', 'stop_argv'] : ['stop_argv', 'stop_after'];
  return [{ file, path: joinPaths(path, `run.${missing}`), value: 'missing', expected: `it together with ${given}` }];
}

/** A number of digits says which port; a program is given none. */
function digitsActionProblems(table: object, { file, path }: Place): Problem[] {
  if (valueAt(table, ['kind']) !== 'digits' || valueAt(table, ['run']) === undefined) return [];
  const hint = 'for a program use a door of another kind';
  return [
    { file, path: joinPaths(path, 'run'), expected: 'open or close, whose ports are what may be asked for', hint },
  ];
}

/** A secret, or the file in which it stands. */
function secretProblems(table: object, place: Place): Problem[] {
  if (valueAt(table, ['kind']) !== 'tumbler') return [];
  const given = ['secret', 'secret_file'].filter((key) => valueAt(table, [key]) !== undefined);
  if (given.length === 1) return [];
  return [{ ...place, value: given.length === 0 ? 'missing' : 'both', expected: 'either secret or secret_file' }];
}

/** What cannot be with the ports as they are. */
function placeProblems(door: DoorConfig, { file, path }: Place, basePort: number | undefined): Problem[] {
  if (door.kind === 'digits') return digitsProblems(door, { file, path });
  if (
    (door.kind !== 'tumbler' && door.kind !== 'spa') ||
    basePort === undefined ||
    door.port < basePort ||
    door.port > basePort + 255
  )
    return [];
  const expected = `a port outside ${basePort}–${basePort + 255}, where the eight knocks go (base_port)`;
  return [{ file, path: joinPaths(path, 'port'), value: String(door.port), expected }];
}

/** What no knock of the source could be. */
function unheardProblems(door: DoorConfig, source: KnockSource, table: unknown, { file, path }: Place): Problem[] {
  return unheardKeys(door, source).map(({ key, ...rest }) => {
    const written = valueAt(table, [key]);
    const value = showValue(Array.isArray(written) ? written.join(', ') : written);
    return { file, path: joinPaths(path, key), value, ...rest };
  });
}

/** The end must not come before the digits are complete. */
function digitsProblems(door: DigitsKind & Pick<DoorConfig, 'action'>, { file, path }: Place): Problem[] {
  if (!('ports' in door.action)) return [];
  const { kind, ports } = door.action;
  return ports.flatMap((port, i) => {
    if (!endsEarly(door, port.port)) return [];
    const at = joinPaths(path, `${kind}.ports[${i}]`);
    const expected = 'a port whose digits do not contain the end of the sequence';
    const hint = `its knocks are ${digitKnocks(door, port.port).map(formatTransportPort).join(' ')}: choose another end`;
    return [{ file, path: at, value: `"${formatTransportPort(port)}"`, expected, hint }];
  });
}

/** Names, and the numbers of encrypted doors, are unique. */
function repeatProblems(tables: readonly unknown[], file: string): Problem[] {
  const names = new Map<unknown, number>();
  const problems: Problem[] = [];
  const add = (seen: Map<unknown, number>, key: unknown, i: number, of: string) => {
    const first = seen.get(key);
    if (first === undefined) seen.set(key, i);
    else {
      const expected = `a ${of} of its own: door[${first}] has the same`;
      problems.push({ file, path: `door[${i}].${of}`, value: showValue(key), expected });
    }
  };
  const ports = new Map<unknown, number>();
  tables.forEach((table, i) => {
    const name = valueAt(table, ['name']);
    if (typeof name === 'string') add(names, name, i, 'name');
    const port = valueAt(table, ['port']);
    if (valueAt(table, ['kind']) === 'encrypted' && typeof port === 'number') add(ports, port, i, 'port');
  });
  const files = new Map<unknown, number>();
  tables.forEach((table, i) => {
    const path = valueAt(table, ['file']);
    if (valueAt(table, ['kind']) === 'one-time' && typeof path === 'string') add(files, path, i, 'file');
  });
  return problems;
}
