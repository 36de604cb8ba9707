// The macro for wrong use: the error has the right class, names the argument, and keeps what it was given to itself.

import type { ExecutionContext } from 'ava';

/** One row of a table of wrong uses: what is wrong, the class, the name that the message begins with, the call. */
export type WrongUse = readonly [
  title: string,
  expected: typeof TypeError | typeof RangeError,
  name: string,
  call: () => unknown,
];

/** Passes what the types forbid. */
export function untyped<T>(value: unknown): T {
  return value as T;
}

/** Runs one row. @param hidden texts that must not be in the message */
export function refuses(t: ExecutionContext, [, expected, name, call]: WrongUse, hidden: readonly string[] = []): void {
  const error = t.throws(call, { instanceOf: expected, any: true }) as Error | undefined;
  t.is(error?.constructor, expected);
  t.true(error?.message.startsWith(`${name} must `), error?.message);
  for (const text of hidden) t.false(error?.message.includes(text), `the message shows "${text}"`);
}
