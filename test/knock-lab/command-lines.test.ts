// The command lines that the knock lab shows, typed into a shell: what they print and send is what the lab has shown.

import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { KEY_FILE, knockCommand, printCommand } from '#knock-lab/command-lines.js';
import { type Made, type MakeForm, makeSequence } from '#knock-lab/make.js';
import { readSequence } from '#knock-lab/read.js';
import { KNOCKCLIENT } from '../lab/daemon-process.ts';
import { mustRun, SYSTEM_PATH } from '../lab/run.ts';
import { KNOCK, makeForm, readForm } from './forms.ts';

const NAMES = ["it's a $HOME; `id`", '-x', 'ä b', 'gw.example.net'];
let folder = '';

test.before('a shell that finds the command', async () => {
  folder = await mkdtemp(join(tmpdir(), 'eightknock-lab-'));
  await symlink(KNOCKCLIENT, join(folder, 'knockclient'));
  await symlink(process.execPath, join(folder, 'node'));
  await writeFile(join(folder, KEY_FILE), KNOCK.secretText, { mode: 0o600 });
});

test.after.always(() => rm(folder, { recursive: true, force: true }));

const shell = (line: string) => {
  const env = { PATH: `${folder}:${SYSTEM_PATH}`, XDG_CONFIG_HOME: folder };
  return mustRun('sh', ['-c', line], { cwd: folder, env });
};

function mustMake(changes: Partial<MakeForm>): Made {
  const made = makeSequence(makeForm({ host: '127.0.0.1', ...changes }), 0);
  if (!made.ok) throw new Error(JSON.stringify(made.problems));
  return made;
}

for (const [i, serverId] of NAMES.entries()) {
  test(`what is printed for server id ${serverId} is read as the same request`, async (t) => {
    const basePort = i % 2 === 0 ? '745' : '61000';
    const made = mustMake({ serverId, basePort, address: 'source', port: '443', duration: 'minutes', minutes: '7' });
    const ports = await shell(printCommand(made));
    const read = readSequence(
      readForm({ serverId, basePort, ports, allowed: '443', moment: 'now' }),
      Date.now() / 1000,
    );
    t.like(read, { verdict: { kind: 'accepted', request: { claimedAddress: 'source', port: 443, time: 7 } } });
  });
}

test('the second line is the knocks themselves, and no more', (t) => {
  t.is(
    knockCommand(mustMake({ host: 'gw.example.net' })),
    `knockclient knock gw.example.net ${KNOCK.vectors[0]?.ports.join(' ')}`,
  );
});
