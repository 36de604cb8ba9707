// What a configuration without doors wants of the capture process.

import { FORGOTTEN_AFTER_MS, type Wanted } from '#src/packet/wanted.js';

/** The eight knocks and nothing else. */
export function onlyEightKnocks(basePort: number): Wanted {
  return { basePort, doors: [], datagrams: [], held: 8, targets: [], forgottenAfterMs: FORGOTTEN_AFTER_MS };
}
