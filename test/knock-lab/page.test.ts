// The knock lab as it is built: one file that fetches nothing, and whose policy names its own script and style alone. Its script is compiled and not
// run here, as a page that is made up would prove little of a browser: what it computes is tested as the model, and that every element it asks
// for is in the page.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Script } from 'node:vm';
import test from 'ava';
import { MAKE_FIELDS } from '#knock-lab/make.js';
import { READ_FIELDS } from '#knock-lab/read.js';
import { ROOT } from '../lab/page-commands.ts';
import { mustRun } from '../lab/run.ts';

const VIEW = join(ROOT, 'packages/codec/lab/view');
let folder = '';
let page = '';
/** The page without what stands in its script, its style and its licences. */
let bare = '';

test.before('build it', async (t) => {
  folder = await mkdtemp(join(tmpdir(), 'eightknock-lab-'));
  const file = join(folder, 'knock-lab.html');
  await mustRun(process.execPath, [join(ROOT, 'tools/knock-lab.mjs'), file]);
  t.deepEqual(readdirSync(folder), ['knock-lab.html'], 'one file');
  page = readFileSync(file, 'utf8');
  bare = page.replace(/<(script|style|details)>[\s\S]*?<\/\1>/g, '');
});

test.after.always(() => rm(folder, { recursive: true, force: true }));

const contentOf = (tag: string) =>
  [...page.matchAll(new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`, 'g'))].map(([, text = '']) => text);
const hashOf = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
const idsOf = () => [...bare.matchAll(/ id="([^"]+)"/g)].map(([, id = '']) => id);

test('its policy allows its own script and style, and nothing else', (t) => {
  const [script, style] = [contentOf('script'), contentOf('style')];
  t.deepEqual([script.length, style.length], [1, 1]);
  const [, policy = ''] = /<meta http-equiv="Content-Security-Policy" content="([^"]*)">/.exec(page) ?? [];
  t.deepEqual(policy.split('; '), [
    "default-src 'none'",
    `script-src ${hashOf(script[0] ?? '')}`,
    `style-src ${hashOf(style[0] ?? '')}`,
    "base-uri 'none'",
    "form-action 'none'",
  ]);
  t.true(page.indexOf('Content-Security-Policy') < page.indexOf('<style>'), 'before anything that it is for');
});

test('it refers to nothing outside itself, and has nothing that the policy would forbid', (t) => {
  t.notRegex(bare, /\b(?:src|href|action|srcset|data|poster)=/i);
  t.notRegex(bare, /<(?:link|img|iframe|object|embed|base)\b/i);
  t.notRegex(bare, /\s(?:style|on\w+)=/i);
  t.notRegex(bare, /https?:/);
  t.notRegex(contentOf('style').join(), /url\(|@import|@font-face/);
  const urls =
    contentOf('script')
      .join()
      .match(/(?:https?|wss?):\/\/[^"'`\s]*/g) ?? [];
  t.deepEqual([...new Set(urls)], ['http://www.w3.org/2000/svg'], 'a name of XML, that nobody fetches');
  t.notRegex(
    contentOf('script').join(),
    /\b(?:fetch|XMLHttpRequest|WebSocket|EventSource|sendBeacon|localStorage|sessionStorage|indexedDB|import)\s*[(.]/,
  );
  t.notRegex(page, /\{\{\w*\}\}/, 'every part was put in');
});

test('its script is one, whole, and the real codec is in it', (t) => {
  const [script = ''] = contentOf('script');
  t.notThrows(() => new Script(script));
  t.true(script.includes('eightknock v1 address'));
  t.true(script.includes('AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8'), 'the example');
});

test('it has the licences of what is in it', (t) => {
  const licences = contentOf('pre').join('\n');
  for (const name of ['@noble/hashes', 'blowfish-node', 'ipaddr.js']) {
    t.regex(licences, new RegExp(`^${name} \\d+\\.\\d+\\.\\d+$`, 'm'));
  }
});

test('every element that its script asks for is there, once', (t) => {
  const sources = readdirSync(VIEW).filter((name) => name.endsWith('.ts'));
  const text = sources.map((name) => readFileSync(join(VIEW, name), 'utf8')).join('\n');
  const asked = [...text.matchAll(/'((?:make|made|read|found|examples|status)(?:-[\w-]+)?)'/g)].map(
    ([, id = '']) => id,
  );
  const fields = [...MAKE_FIELDS.map((field) => `make-${field}`), ...READ_FIELDS.map((field) => `read-${field}`)];
  const ids = idsOf();
  t.true(asked.length > 30);
  for (const id of [...asked, ...fields, ...fields.map((field) => `${field}-problem`)]) t.true(ids.includes(id), id);
  t.is(new Set(ids).size, ids.length);
  t.deepEqual(
    ids.filter((id) => fields.includes(id)),
    fields,
    'in the order in which mistakes are told',
  );
});

test('every field has a label, and says where its problem stands', (t) => {
  for (const [tag, id = ''] of bare.matchAll(/<(?:input|select)\b[^>]*? id="([^"]+)"[^>]*>/g)) {
    const isLabelled =
      bare.includes(`<label for="${id}">`) || tag.includes('aria-label=') || bare.includes(`<label>${tag}`);
    t.true(isLabelled, id);
    if (tag.includes('checkbox') || tag.startsWith('<select')) continue;
    const [, described = ''] = /aria-describedby="([^"]*)"/.exec(tag) ?? [];
    t.true(described.split(' ').includes(`${id}-problem`), id);
  }
  for (const [, list = ''] of bare.matchAll(/aria-(?:describedby|labelledby)="([^"]*)"/g)) {
    for (const id of list.split(' ')) t.true(idsOf().includes(id), id);
  }
  t.regex(bare, /<p id="status" role="status"/);
});

test('secrets are kept from what a browser remembers or has checked elsewhere', (t) => {
  for (const side of ['make', 'read']) {
    t.regex(bare, new RegExp(`<form id="${side}" autocomplete="off"`));
    t.regex(bare, new RegExp(`<input id="${side}-secret"[^>]* spellcheck="false"`));
  }
});
