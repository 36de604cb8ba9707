// One mistake of the operator, as a value: where it is, what stands there, what was expected, what would help.
// All of them are collected and shown at once; how they look on the screen is decided in messages.ts.

/** Something in the configuration or the environment that has to be put right. Never contains a secret. */
export interface Problem {
  /** The file it is in, as it was named to us. Absent for problems of the environment. */
  readonly file?: string;
  /** The key, for instance `client[1].ports[0]` or `firewall.mode`, or `line 3, column 7`. */
  readonly path?: string;
  /** What stands there, as it is to be shown: see `showValue`. Absent where there is nothing to show, and for secrets. */
  readonly value?: string;
  /** A phrase that goes on after "expected ". */
  readonly expected: string;
  /** A sentence that helps, or a command to type. */
  readonly hint?: string;
}

/** Thrown by `loadConfig`: the configuration cannot be used. Its message tells the number only. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  /** Every problem found, in the order of the files and of the keys in them. Never empty. */
  readonly problems: readonly Problem[];

  /** @param problems at least one */
  constructor(problems: readonly Problem[]) {
    super(`the configuration has ${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}`);
    this.problems = problems;
  }
}
