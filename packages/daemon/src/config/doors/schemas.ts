// One zod schema for each kind of door: name, kind, the keys of the kind, the tables of the actions. TOML values in.

import { isClientName } from '@eightknock/codec';
import * as z from 'zod';
import type { DoorConfig } from '../door-config.ts';
import { ACTION_SHAPE, type ActionTables, toAction } from './actions.ts';
import { KINDS, type KindName } from './kinds.ts';

const EXPECTED_NAME = '1 to 64 of A–Z a–z 0–9 . _ - that begin with a letter or digit';
const NAMES = Object.keys(KINDS) as KindName[];
const EXPECTED_KIND = NAMES.map((name) => `"${name}"`)
  .join(', ')
  .replace(/, (?="spa")/, ' or ');

const name = z.string({ error: EXPECTED_NAME }).refine(isClientName, { error: EXPECTED_NAME });

/** What can be said of a door whose kind is not known. */
export const anyDoorSchema = z.looseObject({ name, kind: z.enum(NAMES, { error: EXPECTED_KIND }) });

/** The names of the kinds, for hints. */
export const KIND_NAMES: readonly string[] = NAMES;

/** Is it one? */
export function isKind(value: unknown): value is KindName {
  return typeof value === 'string' && Object.hasOwn(KINDS, value);
}

/** The schema of a kind. */
export function doorSchema(kind: KindName) {
  return SCHEMAS[kind];
}

/** The keys of a kind, for hints. */
export function doorKeys(kind: KindName): readonly string[] {
  return Object.keys(SCHEMAS[kind].shape);
}

/**
 * @param data what the schema of the kind made of a table
 * @returns undefined when it has no action
 */
export function toDoor(kind: KindName, data: object): DoorConfig | undefined {
  const { name: called, ...rest } = data as { readonly name: string } & ActionTables;
  const action = toAction(rest);
  // The schema and its reader stand together in kinds.ts.
  return action && { name: called, ...KINDS[kind].read(rest as never), action };
}

function schemaOf(kind: KindName) {
  return z.strictObject({ name, kind: z.literal(kind), ...KINDS[kind].shape, ...ACTION_SHAPE });
}

const SCHEMAS = Object.fromEntries(NAMES.map((kind) => [kind, schemaOf(kind)])) as unknown as Readonly<
  Record<KindName, z.ZodObject>
>;
