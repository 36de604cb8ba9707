// Where `knockdaemon run` has its configuration from, at the start and at each reload: a knockdaemon.toml, or a knockd.conf
// with or without one.

import { loadConfig } from '../config/load.ts';
import { type KnockdRun, loadKnockdRun } from '../knockd-conf/load-run.ts';
import type { LoadedForDaemon } from '../reload.ts';

/** Names of files. */
export type RunFiles =
  | { readonly main: string; readonly knockd?: undefined }
  | { readonly main?: string; readonly knockd: string };

/** See the head of this file. */
export class RunSource {
  readonly #files: RunFiles;
  #knockd: KnockdRun | undefined;

  constructor(files: RunFiles) {
    this.#files = files;
  }

  /** The knockd.conf that is in force; undefined when there is none. */
  get knockd(): KnockdRun | undefined {
    return this.#knockd;
  }

  /** Reads all anew; `knockd` changes only when that succeeded. @throws ConfigError */
  async load(): Promise<LoadedForDaemon> {
    const { main, knockd } = this.#files;
    if (knockd === undefined) return { config: (await loadConfig(main)).config, file: main };
    const read = await loadKnockdRun(knockd, main);
    const onTaken = () => {
      this.#knockd = read;
    };
    return { config: read.config, onTaken, ...(main !== undefined && { file: main }) };
  }
}
