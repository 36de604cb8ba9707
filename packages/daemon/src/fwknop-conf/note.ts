// What could not be carried over, as a value: where it stands, and what becomes of it. Never holds a secret.

import type { Entry } from './read-entries.ts';

/** One line of a file that means less here, or nothing. */
export interface Note {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly key: string;
  /** A sentence without its full stop. */
  readonly text: string;
}

/** A note on an entry. */
export function noteOn({ file, line, key }: Entry, text: string): Note {
  return { file, line, key, text };
}

/** As a comment of the configuration. */
export function commentOf({ line, key, text }: Note): string {
  return `# line ${line}, ${key}: ${text}`;
}
