// `interface = …`: one name, a list of names, or "any". Pure: whether an interface exists is not asked here, it may
// come later.

import * as z from 'zod';

const EXPECTED_NAME = 'the name of an interface: 1 to 15 characters, no "/", ":" or space';
const EXPECTED_LIST = '"any", the name of an interface, or an array of at least one';

/**
 * Reads the value of `interface`, as a transform of its schema.
 * @param value undefined when the key is absent: then it is `any`
 * @returns names, each once; `any` alone or not at all
 */
export function readInterfaces(value: unknown, context: z.RefinementCtx): readonly string[] {
  const complain = (message: string, path: number[] = []): void => {
    context.issues.push({ code: 'custom', message, input: value, path });
  };
  if (value === undefined) return ['any'];
  if (typeof value === 'string') {
    if (isInterfaceName(value)) return [value];
    complain(EXPECTED_NAME);
    return z.NEVER;
  }
  if (!Array.isArray(value) || value.length === 0) {
    complain(EXPECTED_LIST);
    return z.NEVER;
  }
  const names: string[] = [];
  value.forEach((name, i) => {
    if (typeof name !== 'string' || !isInterfaceName(name)) complain(EXPECTED_NAME, [i]);
    else if (name === 'any' && value.length > 1) complain('"any" alone, or names without it', [i]);
    else if (names.includes(name)) complain('each interface once', [i]);
    else names.push(name);
  });
  return names;
}

/** What Linux takes for a name (dev_valid_name in net/core/dev.c), without control characters. */
export function isInterfaceName(name: string): boolean {
  if (name === '.' || name === '..' || new TextEncoder().encode(name).length > 15) return false;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  return /^[^\s/:\u0000-\u001f\u007f-\u009f]+$/.test(name);
}
