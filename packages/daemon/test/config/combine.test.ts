// What needs more than one client or file.

import test from 'ava';
import { combineFiles } from '#src/config/combine.js';
import { MAX_CLIENTS, parseClientFile, parseMain } from '#src/config/parse.js';
import type { Problem } from '#src/config/problem.js';
import { assertNoSecret, clientKeys, clientTable, OTHER_SECRET, SERVER } from './sample.ts';

const bobKeys = clientKeys({ name: '"bob"', secret: `"${OTHER_SECRET}"` });

const combine = test.macro({
  title: (given) => `problems: ${given}`,
  exec(t, main: string, files: Readonly<Record<string, string>>, ...expected: Problem[]) {
    const parsed = Object.entries(files).map(([file, text]) => parseClientFile(text, file));
    const combined = combineFiles(parseMain(main, 'k.toml'), parsed);
    t.deepEqual(combined, { ok: false, problems: expected });
    assertNoSecret(t, combined);
  },
});

const OF_ALICE = 'a name of its own: client[0] in k.toml has the same';
const SECRET_OF_ALICE = 'a secret of its own: client[0] in k.toml has the same';

test(
  'the same name twice in the main file',
  combine,
  SERVER + clientTable() + clientTable({ secret: `"${OTHER_SECRET}"` }),
  {},
  { file: 'k.toml', path: 'client[1].name', value: '"alice"', expected: OF_ALICE },
);
test(
  'the same name in the main file and a client file',
  combine,
  SERVER + clientTable(),
  { '/c/alice.toml': clientKeys({ secret: `"${OTHER_SECRET}"` }) },
  { file: '/c/alice.toml', path: 'name', value: '"alice"', expected: OF_ALICE },
);
test(
  'the same name, the second wrong otherwise',
  combine,
  SERVER + clientTable() + clientTable({ enabled: '1' }),
  {},
  { file: 'k.toml', path: 'client[1].enabled', value: '1', expected: 'true or false' },
  { file: 'k.toml', path: 'client[1].name', value: '"alice"', expected: OF_ALICE },
);
test(
  'the same secret',
  combine,
  SERVER + clientTable(),
  { '/c/bob.toml': clientKeys({ name: '"bob"' }) },
  { file: '/c/bob.toml', path: 'secret', expected: SECRET_OF_ALICE },
);
test(
  'the same secret in two files',
  combine,
  SERVER,
  { '/c/alice.toml': clientKeys(), '/c/bob.toml': clientKeys({ name: '"bob"' }) },
  { file: '/c/bob.toml', path: 'secret', expected: 'a secret of its own: /c/alice.toml has the same' },
);
test(
  'a name unlike the file',
  combine,
  SERVER,
  { '/c/alice.toml': bobKeys },
  {
    file: '/c/alice.toml',
    path: 'name',
    value: '"bob"',
    expected: '"alice", as the file is named',
    hint: 'rename the file, or change the name in it',
  },
);
test(
  'a name unlike the file in capitals',
  combine,
  SERVER,
  { '/c/Bob.toml': bobKeys },
  {
    file: '/c/Bob.toml',
    path: 'name',
    value: '"bob"',
    expected: '"Bob", as the file is named',
    hint: 'rename the file, or change the name in it',
  },
);
test(
  'a syntax error hides nothing in other files',
  combine,
  'base_port = 0',
  { '/c/alice.toml': 'x', '/c/bob.toml': clientKeys({ name: '"bob"', max_time: '0' }) },
  { file: 'k.toml', path: 'server_id', value: 'missing', expected: 'a text of 1 to 64 bytes' },
  {
    file: 'k.toml',
    path: 'base_port',
    value: '0',
    expected: 'an integer from 1 to 65280: base_port + 255 must not exceed 65535',
  },
  {
    file: '/c/alice.toml',
    path: 'line 1, column 1',
    expected: 'TOML, but: incomplete key-value: cannot find end of key',
  },
  {
    file: '/c/bob.toml',
    path: 'max_time',
    value: '0',
    expected: 'an integer from 1 to 254 (minutes)',
    hint: 'leave max_time out to allow any time',
  },
);
test(
  'a syntax error in the main file hides nothing',
  combine,
  'x',
  { '/c/alice.toml': clientKeys({ enabled: '0' }) },
  { file: 'k.toml', path: 'line 1, column 1', expected: 'TOML, but: incomplete key-value: cannot find end of key' },
  { file: '/c/alice.toml', path: 'enabled', value: '0', expected: 'true or false' },
);

test('too many clients in all', (t) => {
  const inMain = Array.from({ length: MAX_CLIENTS }, (_, i) => ({ file: 'k.toml', path: `client[${i}]` }));
  const main = { ...parseMain(SERVER, 'k.toml'), clients: inMain };
  const combined = combineFiles(main, [parseClientFile(bobKeys, '/c/bob.toml')]);
  const expected = 'at most 10000 clients, those in clients_dir included';
  t.deepEqual(combined, {
    ok: false,
    problems: [{ file: 'k.toml', path: 'client', value: '10001 clients', expected }],
  });
});

test('clients of the main file come first, then those of the files', (t) => {
  const combined = combineFiles(parseMain(SERVER + clientTable(), 'k.toml'), [parseClientFile(bobKeys, '/c/bob.toml')]);
  t.true(combined.ok);
  t.deepEqual(combined.ok && combined.config.clients.map(({ name }) => name), ['alice', 'bob']);
});
