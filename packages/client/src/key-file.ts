// The file given with --key-file: one secret, 43 characters, and nothing else.

import { decodeSecret } from '@eightknock/codec';
import type { Problem } from './exit.ts';
import { expectedInFile } from './messages/files.ts';
import { readPrivateFile } from './private-file.ts';

const MAX_BYTES = 1024;

/** What the file holds. */
export interface KeyFile {
  /** 32 bytes; absent when there is any problem. */
  readonly secret?: Uint8Array;
  readonly problems: readonly Problem[];
}

/** Reads a key file. A line break at its end is let through. */
export async function readKeyFile(file: string): Promise<KeyFile> {
  const { text, problems } = await readPrivateFile(file, MAX_BYTES);
  if (text === undefined) return { problems: withoutHints(problems) };
  try {
    const secret = decodeSecret(text.replace(/\r?\n$/, ''));
    return problems.length === 0 ? { secret, problems } : { problems };
  } catch {
    return {
      problems: [...withoutHints(problems), expectedInFile(file, 'one secret of 43 characters, and nothing else')],
    };
  }
}

/** Nobody is to be told to change the mode of a file that was named by mistake: it may be /etc/passwd. */
function withoutHints(problems: readonly Problem[]): Problem[] {
  return problems.map(({ message }) => ({ message }));
}
