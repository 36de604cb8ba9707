// The arguments of a command, read one by one, with every problem kept until the last: several mistakes are told at once.

import { showValue } from '@eightknock/codec';
import type { Problem } from '../config/problem.ts';

/** Thrown when arguments make no sense. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  /** At least one; their `path` is the option or argument. */
  readonly problems: readonly Problem[];

  /** @param problems at least one */
  constructor(problems: readonly Problem[]) {
    super('wrong use');
    this.problems = problems;
  }
}

/** Collects what is wrong with arguments. */
export class ArgumentProblems {
  readonly #problems: Problem[] = [];

  /**
   * Remembers a problem.
   * @param path `--ports`, or the name of an argument
   * @param value as it was given; absent when nothing was
   */
  add(path: string, value: unknown, expected: string, hint?: string): undefined {
    this.#problems.push({ path, value: showValue(value), expected, ...(hint !== undefined && { hint }) });
    return undefined;
  }

  /** @throws UsageError when there is any problem */
  throwIfAny(): void {
    if (this.#problems.length > 0) throw new UsageError(this.#problems);
  }
}
