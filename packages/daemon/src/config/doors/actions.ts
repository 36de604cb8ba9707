// What a door can do: its table by the word that names it. A new action is one file beside this, and a line here.

import type * as z from 'zod';
import type { DoorAction } from '../door-config.ts';
import { askSchema, toAskAction } from './ask.ts';
import { closeSchema, toCloseAction } from './close.ts';
import { forwardSchema, toForwardAction } from './forward.ts';
import { openSchema, toOpenAction } from './open.ts';
import { runSchema, toRunAction } from './run.ts';

/** The tables, every one optional: that there is exactly one is looked at apart. */
export const ACTION_SHAPE = {
  open: openSchema.optional(),
  close: closeSchema.optional(),
  forward: forwardSchema.optional(),
  run: runSchema.optional(),
  ask: askSchema.optional(),
} as const;

/** Their names. */
export const ACTIONS = Object.keys(ACTION_SHAPE) as (keyof typeof ACTION_SHAPE)[];

/** The keys of each, for hints. */
export const ACTION_KEYS: Readonly<Record<keyof typeof ACTION_SHAPE, readonly string[]>> = {
  open: Object.keys(openSchema.shape),
  close: Object.keys(closeSchema.shape),
  forward: Object.keys(forwardSchema.shape),
  run: Object.keys(runSchema.shape),
  ask: Object.keys(askSchema.shape),
};

/** What the tables of a door hold, as far as they are there. */
export type ActionTables = { readonly [name in keyof typeof ACTION_SHAPE]?: z.infer<(typeof ACTION_SHAPE)[name]> };

/** @returns undefined when there is none */
export function toAction({ open, close, forward, run, ask }: ActionTables): DoorAction | undefined {
  if (open) return toOpenAction(open);
  if (close) return toCloseAction(close);
  if (forward) return toForwardAction(forward);
  if (ask) return toAskAction(ask);
  return run && toRunAction(run);
}
