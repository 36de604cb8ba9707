// A clock that a test can set, for one program: Debian's faketime. The monotonic clock stays as it is, as when an
// administrator sets the time.

import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Lab } from './lab.ts';

let clocks = 0;

/** The wall clock of the programs that are started with its {@link env}. */
export class FakeClock {
  readonly #file: string;
  /** For the program. */
  readonly env: Readonly<Record<string, string>>;

  /** @param offsetSeconds added to the machine's clock */
  constructor(lab: Lab, offsetSeconds = 0) {
    this.#file = join(lab.folder, `clock-${++clocks}`);
    this.set(offsetSeconds);
    this.env = {
      LD_PRELOAD: library(),
      FAKETIME_TIMESTAMP_FILE: this.#file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    };
  }

  /** Sets it. @param offsetSeconds added to the machine's clock */
  set(offsetSeconds: number): void {
    writeFileSync(this.#file, `${offsetSeconds < 0 ? '' : '+'}${offsetSeconds}\n`);
  }
}

/** A clock that is off by the same time all along, which costs the program less. @param offsetSeconds added to the machine's clock */
export function fixedOffset(offsetSeconds: number): Record<string, string> {
  return {
    LD_PRELOAD: library(),
    FAKETIME: `${offsetSeconds < 0 ? '' : '+'}${offsetSeconds}`,
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  };
}

function library(): string {
  const paths = readdirSync('/usr/lib').map((folder) => `/usr/lib/${folder}/faketime/libfaketime.so.1`);
  const found = paths.find((path) => existsSync(path));
  if (!found) throw new Error('libfaketime.so.1 is missing: apt-get install faketime');
  return found;
}
