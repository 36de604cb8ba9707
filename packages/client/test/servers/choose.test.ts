// SERVER and the options beside it.

import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeSecret } from '@eightknock/codec';
import test, { type ExecutionContext } from 'ava';
import { chooseServer } from '#src/servers/choose.js';
import { saveServer } from '#src/servers/store.js';
import { KEY, makeFolder } from '../sample.ts';

type Overrides = Parameters<typeof chooseServer>[1];

const OTHER_SECRET = new Uint8Array(32).fill(7);

async function folderWith(t: ExecutionContext, names: readonly string[]): Promise<string> {
  const folder = await makeFolder(t);
  for (const name of names) {
    const server = { host: `${name}.example.net`, basePort: 2000, serverId: name, client: 'alice' };
    await saveServer(folder, name, { ...server, secret: KEY.secret, ports: [] }, false);
  }
  await writeFile(join(folder, 'key'), encodeSecret(OTHER_SECRET), { mode: 0o600 });
  return folder;
}

/** `KEY` in an option stands for a good key file. */
async function choose(t: ExecutionContext, names: readonly string[], server: string | undefined, overrides: Overrides) {
  const folder = await folderWith(t, names);
  const keyFile = overrides.keyFile === 'KEY' ? join(folder, 'key') : overrides.keyFile;
  return chooseServer(server, { ...overrides, ...(keyFile !== undefined && { keyFile }) }, folder);
}

const chosen = test.macro({
  title: (given) => `chosen: ${given}`,
  async exec(
    t,
    names: readonly string[],
    server: string | undefined,
    overrides: Overrides,
    expected: { name?: string; host: string; serverId: string; basePort: number; secret?: Uint8Array },
  ) {
    const { target, problems } = await choose(t, names, server, overrides);
    t.deepEqual(problems, []);
    const { secret = KEY.secret, serverId, ...rest } = expected;
    t.deepEqual(target, { ...rest, key: { secret, serverId }, ports: [] });
  },
});

const GW = { name: 'gw', host: 'gw.example.net', serverId: 'gw', basePort: 2000 };
const OTHER = { host: '198.51.100.1', serverId: 'id', basePort: 745, secret: OTHER_SECRET };
const ALL = { keyFile: 'KEY', serverId: 'id' };

test('a saved name', chosen, ['gw', 'home'], 'gw', {}, GW);
test('the only one that is saved', chosen, ['gw'], undefined, {}, GW);
test('--host instead of the saved one, the key stays', chosen, ['gw'], 'gw', { host: '::1' }, { ...GW, host: '::1' });
test('--base-port instead of the saved one', chosen, ['gw'], 'gw', { basePort: 3 }, { ...GW, basePort: 3 });
test('--key-file and --server-id instead of the saved ones', chosen, ['gw'], 'gw', ALL, {
  ...GW,
  serverId: 'id',
  secret: OTHER_SECRET,
});
test('a host', chosen, [], '198.51.100.1', ALL, OTHER);
test('a host, though others are saved', chosen, ['gw', 'home'], '198.51.100.1', ALL, OTHER);
test('--host without a saved server', chosen, ['gw'], undefined, { ...ALL, host: '198.51.100.1' }, OTHER);
test('a host and a base port', chosen, [], '198.51.100.1', { ...ALL, basePort: 9 }, { ...OTHER, basePort: 9 });

const refused = test.macro({
  title: (given) => `refused: ${given}`,
  async exec(
    t,
    names: readonly string[],
    server: string | undefined,
    overrides: Overrides,
    message: string,
    hint: string,
  ) {
    const { target, problems } = await choose(t, names, server, overrides);
    t.is(target, undefined);
    t.deepEqual(problems, [{ message, hint }]);
  },
});

const BOTH_MISSING = '--key-file and --server-id: missing: without a saved server they must be given';
const NAME_OR_HOST = 'a saved name, or a host name, or an IPv4 or IPv6 address without a zone';
test(
  'none is saved',
  refused,
  [],
  undefined,
  {},
  'SERVER: missing: no server is saved',
  'save one with "knockclient add NAME LINK", or give --host, --key-file and --server-id',
);
test(
  'two are saved',
  refused,
  ['gw', 'home'],
  undefined,
  {},
  'SERVER: missing: 2 servers are saved',
  'saved: gw, home; "knockclient default NAME" chooses one',
);
test(
  'neither a saved name nor all that a host needs',
  refused,
  ['gw'],
  'gv',
  {},
  BOTH_MISSING,
  '"gv" is not a saved server; saved: gw',
);
test(
  'a host without a server id',
  refused,
  [],
  '::1',
  { keyFile: 'KEY' },
  '--server-id: missing: without a saved server it must be given',
  '"::1" is not a saved server; none is saved: knockclient add NAME LINK',
);
test(
  '--host alone: a key is never used for a server that was not named',
  refused,
  ['gw'],
  undefined,
  { host: '::1' },
  BOTH_MISSING,
  'name the saved server too: knockclient SERVER --host HOST; saved: gw',
);
test(
  '--host with an unknown name',
  refused,
  ['gw'],
  'gv',
  { ...ALL, host: '::1' },
  '"gv" is not a saved server',
  'saved: gw',
);
test(
  'an address with a zone',
  refused,
  [],
  'fe80::1%eth0',
  ALL,
  `SERVER: "fe80::1%eth0": expected ${NAME_OR_HOST}`,
  'link-local addresses (fe80::…) cannot be used, with a zone or without: give another address of the host, or its name',
);
test(
  'a link',
  refused,
  [],
  'eightknock://gw?x',
  {},
  `SERVER: "eightknock://gw?x": expected ${NAME_OR_HOST}`,
  'to save what a link brings: knockclient add NAME LINK',
);

test('a bad file and a bad key file are told together', async (t) => {
  const folder = await folderWith(t, ['gw']);
  await chmod(join(folder, 'gw.toml'), 0o644);
  const { problems } = await chooseServer('gw', { keyFile: join(folder, 'nothing') }, folder);
  t.is(problems.length, 2);
});

test('another bad file does not matter', async (t) => {
  const folder = await folderWith(t, ['gw', 'home']);
  await chmod(join(folder, 'home.toml'), 0o644);
  t.is((await chooseServer('gw', {}, folder)).target?.host, 'gw.example.net');
});
