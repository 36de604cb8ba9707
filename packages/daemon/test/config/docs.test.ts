// The examples of the pages are configurations: each is read without a problem, every kind, action and key is among them.

import { readFile } from 'node:fs/promises';
import test from 'ava';
import { ACTION_KEYS } from '#src/config/doors/actions.js';
import type { KindName } from '#src/config/doors/kinds.js';
import { doorKeys, KIND_NAMES } from '#src/config/doors/schemas.js';
import { parseMain } from '#src/config/parse.js';
import { SERVER } from './sample.ts';

const page = (name: string) => readFile(new URL(`../../../../../docs/${name}.md`, import.meta.url), 'utf8');
const DOORS = await page('doors');
const CONFIGURATION = await page('configuration');

function examples(text: string): string[] {
  return [...text.matchAll(/```toml\n([\s\S]*?)```/g)].map(([, toml = '']) => toml);
}

const doorExamples = examples(DOORS);
for (const [i, text] of doorExamples.entries()) {
  test(`example ${i + 1} of docs/doors.md`, (t) => {
    const { problems, settings } = parseMain(SERVER + text, 'k.toml');
    t.deepEqual(problems, []);
    t.truthy(settings);
  });
}

test('the example of docs/configuration.md', (t) => {
  const [text = ''] = examples(CONFIGURATION);
  t.deepEqual(parseMain(text, 'k.toml').problems, []);
});

test('every kind and every action has an example', (t) => {
  const doors = doorExamples.flatMap((text) => parseMain(SERVER + text, 'k.toml').settings?.doors ?? []);
  t.deepEqual(
    [...new Set(doors.map(({ kind }) => kind))].sort(),
    [...KIND_NAMES].sort() as (typeof doors)[number]['kind'][],
  );
  t.deepEqual([...new Set(doors.map(({ action }) => action.kind))].sort(), ['close', 'open', 'run']);
});

test('every key is told on both pages', (t) => {
  const keys = KIND_NAMES.flatMap((kind) => doorKeys(kind as KindName)).concat(Object.values(ACTION_KEYS).flat());
  for (const key of new Set(keys)) {
    t.regex(CONFIGURATION, new RegExp(`[\`{ ]${key}[\`, }]`), key);
    t.regex(DOORS, new RegExp(`\\b${key}\\b`), key);
  }
});
