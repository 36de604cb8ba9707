// The knock lab: packages/codec/lab with the codec in one HTML file that works from disk, with no network. Its policy lets the page run its
// own script and style, which it names by their hashes, and nothing else: no connection, no form that is sent.
// Usage: node tools/knock-lab.mjs [FILE]

import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { build } from 'esbuild';
import { fromRoot, licencesOf } from './bundling.mjs';

const FILE = resolve(process.argv[2] ?? fromRoot('packages/codec/bundle/knock-lab.html'));
const VIEW = fromRoot('packages/codec/lab/view');
/** Of the year 2022. */
const BROWSERS = ['chrome100', 'firefox100', 'safari15.4'];

const { outputFiles, metafile } = await build({
  absWorkingDir: fromRoot('.'),
  entryPoints: { script: `${VIEW}/main.ts`, style: `${VIEW}/style.css` },
  outdir: 'unused',
  write: false,
  bundle: true,
  minify: true,
  platform: 'browser',
  format: 'iife',
  target: BROWSERS,
  charset: 'utf8',
  metafile: true,
  logLevel: 'warning',
  tsconfigRaw: '{}',
});
const script = textOf('script.js');
const style = textOf('style.css');
const parts = {
  policy: [
    "default-src 'none'",
    `script-src '${hashOf(script)}'`,
    `style-src '${hashOf(style)}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; '),
  script,
  style,
  licences: escapeHtml(licencesOf(metafile)),
};
const page = readFileSync(`${VIEW}/page.html`, 'utf8').replaceAll(
  /\/\* \{\{(\w+)\}\} \*\/|\{\{(\w+)\}\}/g,
  (_, code, text) => parts[code ?? text],
);
mkdirSync(dirname(FILE), { recursive: true });
writeFileSync(FILE, page);

/** What esbuild has made, as it stands in the page: from tag to tag. */
function textOf(name) {
  const { text } = outputFiles.find(({ path }) => path.endsWith(name));
  // The browser would see another end of it, and another hash.
  if (/<\/(?:script|style)|<!--|\r/i.test(text)) throw new Error(`${name} cannot stand in a page`);
  return text.trim();
}

/** As a policy names what it allows (Content Security Policy Level 3, 2.3.1). */
function hashOf(text) {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

function escapeHtml(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
