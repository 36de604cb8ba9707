// What the bundles have in common: how esbuild makes them, and the licences that go with them.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** Modules that find compiled code beside their own files, so they are in no bundle. */
export const NATIVE = ['better-sqlite3', 'cap', 'koffi'];

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** A place in the repository. */
export function fromRoot(path) {
  return join(ROOT, path);
}

/**
 * Bundles for the oldest Node that we run on, and leaves the licences of what is bundled beside it.
 * @param folder where it goes
 * @param options of esbuild, besides those that all bundles have
 * @returns esbuild's metafile
 */
export async function bundle(folder, options) {
  const { metafile } = await build({
    absWorkingDir: ROOT,
    bundle: true,
    platform: 'node',
    target: 'node20',
    metafile: true,
    logLevel: 'warning',
    ...options,
  });
  writeFileSync(join(folder, 'LICENSES.txt'), licencesOf(metafile));
  return metafile;
}

/**
 * The licences of what is bundled have to go with it.
 * @param metafile of esbuild
 * @returns one text
 */
export function licencesOf({ inputs }) {
  const folders = new Set(
    Object.keys(inputs).flatMap((file) => /^node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []),
  );
  return [...folders]
    .sort()
    .map((folder) => {
      const path = join(ROOT, folder);
      const { name, version } = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'));
      const licence = readdirSync(path).find((file) => /^licen[cs]e/i.test(file));
      if (!licence) throw new Error(`${name} has no licence`);
      return `${name} ${version}\n\n${readFileSync(join(path, licence), 'utf8').trim()}\n`;
    })
    .join(`\n${'─'.repeat(80)}\n\n`);
}
