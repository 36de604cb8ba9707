// What a plain knock has to load, since that is what one waits for, and a capture process, since it is one more for each interface: not how
// long it takes, which depends on the machine.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodeSecret } from '@eightknock/codec';
import test, { type ExecutionContext } from 'ava';
import { KNOCKCLIENT, labSecret } from './lab/daemon-process.ts';
import { type Loaded, loadedModules } from './lab/loaded-modules.ts';

async function knock(t: ExecutionContext, ...args: string[]): Promise<Loaded> {
  const folder = await mkdtemp(join(tmpdir(), 'eightknock-start-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const key = join(folder, 'key');
  await writeFile(key, encodeSecret(labSecret(1)), { mode: 0o600 });
  const own = ['127.0.0.1', '--key-file', key, '--server-id', 'gw', '--port', '22', '--base-port', '61000'];
  const loaded = await loadedModules(KNOCKCLIENT, [...own, ...args], { XDG_CONFIG_HOME: folder });
  t.is(loaded.code, 0, loaded.stderr);
  return loaded;
}

const of = (modules: readonly string[], name: string) =>
  modules.filter((url) => url.includes(`/node_modules/${name}/`));

test('a plain knock loads no more than it needs', async (t) => {
  const { modules } = await knock(t);
  t.true(
    modules.some((url) => url.endsWith('/send/connect.js')),
    'it is watched',
  );
  t.true(of(modules, 'commander').length > 0, 'CommonJS, too');
  for (const name of ['zod', 'smol-toml', 'raw-socket']) t.deepEqual(of(modules, name), []);
  const others = modules.filter((url) =>
    /\/(?:add|list|remove|keygen|schema|raw-packet|raw-sender|raw)\.js$/.test(url),
  );
  t.deepEqual(others, [], 'nor what belongs to other commands');
  const ofDoors = modules.filter((url) => /\/dist\/(?:doors\/|spa\/|messages\/doors)/.test(url));
  t.deepEqual(ofDoors, [], 'nor what belongs to doors of other kinds');
  t.true(modules.length <= MAX_MODULES, `${modules.length} modules:\n${modules.join('\n')}`);
});

/** A few more than there are; who adds many should ask whether every knock has to wait for them. */
const MAX_MODULES = 90;

const CAPTURE_PROCESS = fileURLToPath(new URL('../../packages/daemon/dist/capture/child.js', import.meta.url));

test('a capture process loads no more than it needs', async (t) => {
  const { code, modules, stderr } = await loadedModules(CAPTURE_PROCESS, ['--probe'], {});
  t.is(code, 0, stderr);
  t.true(of(modules, 'cap').length > 0 && of(modules, 'koffi').length > 0, 'it is watched');
  for (const name of ['zod', 'ipaddr.js', 'blowfish-node', '@noble/hashes']) t.deepEqual(of(modules, name), []);
  const ofOthers = modules.filter((url) => /\/packages\/codec\/|\/(?:read-lines|pattern-line|status)\.js$/.test(url));
  t.deepEqual(ofOthers, []);
});
