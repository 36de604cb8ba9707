// The free text in what the capture process says.

/** Longest message; status.ts takes no longer one. */
export const MESSAGE_CHARACTERS = 1024;

/** A message of a length that the daemon takes. */
export function cutMessage(message: string): string {
  return message.slice(0, MESSAGE_CHARACTERS);
}
