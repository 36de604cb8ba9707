// Paths of keys as people read them: client[1].ports[0]. Pure.

import { escapeControls } from '@eightknock/codec';

/** Longer than any key of ours; shorter than a secret, which may have come in the place of a key. */
const MAX_KEY_CHARACTERS = 30;

/** Writes a path: names joined by dots, indices in brackets; a name that TOML would have to quote is quoted. */
export function formatPath(path: readonly PropertyKey[]): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else text += `${text === '' ? '' : '.'}${formatKey(String(part))}`;
  }
  return text;
}

/** Joins two paths that are texts already; either may be empty. */
export function joinPaths(prefix: string, path: string): string {
  if (prefix === '' || path === '') return prefix + path;
  return path.startsWith('[') ? prefix + path : `${prefix}.${path}`;
}

/** What stands at a path; undefined when it leads nowhere. */
export function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  let value = root;
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[part];
  }
  return value;
}

function formatKey(key: string): string {
  if (key.length > MAX_KEY_CHARACTERS) return `(a name of ${key.length} characters)`;
  return /^[A-Za-z0-9_-]+$/.test(key) ? key : `"${escapeControls(key)}"`;
}
