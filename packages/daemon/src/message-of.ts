// What was thrown, in words.

/** The message of an error; whatever else was thrown, as text. Whatever shows it to somebody makes it safe. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
