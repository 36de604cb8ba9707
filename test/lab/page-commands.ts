// The commands that a page of the documentation tells its reader to type.

import { fileURLToPath } from 'node:url';

/** The repository; this file is built into test/build/lab. */
export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/**
 * The lines of all blocks of a page, in their order.
 * @param info what stands after the three grave accents: `sh server`
 */
export function commandsOf(page: string, info: string): string[] {
  const blocks = page.matchAll(new RegExp(`^\`\`\`${info}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'));
  return [...blocks].flatMap(([, text = '']) => text.trimEnd().split('\n'));
}
