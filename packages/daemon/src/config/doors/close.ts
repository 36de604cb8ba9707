// `close = { … }` of a door.

import * as z from 'zod';
import type { CloseAction } from '../door-config.ts';
import { portList } from '../values.ts';

/** The table. */
export const closeSchema = z.strictObject({ ports: portList }, { error: 'a table: close = { ports = ["tcp/22"] }' });

/** What it says. */
export function toCloseAction({ ports }: z.infer<typeof closeSchema>): CloseAction {
  return { kind: 'close', ports };
}
