// Switches on V8's regular expressions that run in linear time, for the flag "l" of packet/pattern-line.ts. The flag is of
// the process, and changes nothing for patterns that do not ask for it.

import { setFlagsFromString } from 'node:v8';

/** To be called before the first of them is made. */
export function allowLinearPatterns(): void {
  setFlagsFromString('--enable-experimental-regexp-engine');
}
