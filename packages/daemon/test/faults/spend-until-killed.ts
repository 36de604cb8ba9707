// Uses one line of a one-time file after the other and says which, until it is killed: spend-until-killed.js FILE.

import { writeSync } from 'node:fs';
import { LineFile } from '#src/store/line-file.js';

const lines = new LineFile(process.argv[2] as string);
for (let [next] = lines.unused(); next; [next] = lines.unused()) {
  if (lines.spend(next.line) === 'spent') writeSync(1, `${next.line}\n`);
}
