// docs/operating.md names every event of the log: those of actions, and those that the sources write.

import { readdir, readFile } from 'node:fs/promises';
import test from 'ava';
import { ACTION_TERMS } from '#src/act/action-terms.js';

const ROOT = new URL('../../../../', import.meta.url);

async function eventsWritten(): Promise<Set<string>> {
  const folder = new URL('packages/daemon/src/', ROOT);
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.ts'));
  const texts = await Promise.all(names.map((name) => readFile(new URL(name, folder), 'utf8')));
  return new Set(texts.flatMap((text) => [...text.matchAll(/\bevent: '([a-z-]+)'/g)].map(([, event = '']) => event)));
}

test('every event is in the table of the log', async (t) => {
  const page = await readFile(new URL('docs/operating.md', ROOT), 'utf8');
  const [, table = ''] = /\n\| event \| fields \|\n\|---\|---\|\n((?:\|.*\n)+)/.exec(page) ?? [];
  const named = [...table.matchAll(/^\| ([^|]+) \|/gm)].flatMap(([, first = '']) =>
    [...first.matchAll(/`([a-z][a-z-]*)`/g)].map(([, event]) => event),
  );
  const events = [...(await eventsWritten()), ...Object.values(ACTION_TERMS).map(({ event }) => event)];
  t.true(events.length > 30);
  t.deepEqual(
    [...new Set(events)].filter((event) => !named.includes(event)),
    [],
  );
  t.deepEqual(
    named.filter((event) => !events.includes(event as string)),
    [],
  );
});
