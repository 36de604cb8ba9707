// `open = { … }` of a door.

import * as z from 'zod';
import type { OpenAction } from '../door-config.ts';
import { integer, portList } from '../values.ts';

/** A year. */
const MAX_MINUTES = 525_600;

/** The table. */
export const openSchema = z.strictObject(
  { ports: portList, time: integer(0, MAX_MINUTES, '(minutes; 0: no limit)') },
  { error: 'a table: open = { ports = ["tcp/22"], time = 10 }' },
);

/** What it says. */
export function toOpenAction({ ports, time }: z.infer<typeof openSchema>): OpenAction {
  return { kind: 'open', ports, minutes: time };
}
