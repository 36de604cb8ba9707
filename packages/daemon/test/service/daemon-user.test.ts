// The user that the daemon runs as, and what that user could not read.

import { chmod, chown, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { daemonUser } from '#src/service/daemon-user.js';
import { barrierTo } from '#src/service/may-read.js';
import { formatUnit } from '#src/service/unit.js';
import { temporaryFolder } from '../config/sample.ts';

const isRoot = process.geteuid?.() === 0;
const needsRoot = isRoot ? test : test.skip;
/** Nobody's number: no user of the machine. */
const PORTER = { uid: 65533, gid: 65532 };
const CONFIG = '/etc/knockdaemon/knockdaemon.toml';

needsRoot('the owner of the folder of the clients (needs root)', async (t) => {
  const folder = await temporaryFolder(t);
  await chown(folder, PORTER.uid, PORTER.gid);
  t.like(await daemonUser(CONFIG, folder, '/nonexistent'), { name: '65533', ...PORTER });
});

needsRoot('where that is root the user of the unit, if it is a unit for this configuration (needs root)', async (t) => {
  const folder = await temporaryFolder(t);
  const unit = join(folder, 'unit');
  // A user whom every machine has.
  await writeFile(unit, formatUnit({ program: ['/bin/node', '/k.js'], configFile: CONFIG, user: 'daemon' }));
  t.like(await daemonUser(CONFIG, folder, unit), { name: 'daemon' });
  t.is(await daemonUser('/etc/other.toml', folder, unit), undefined);
  t.like(await daemonUser(CONFIG, join(folder, 'missing'), unit), { name: 'daemon' });
  t.is(await daemonUser(CONFIG, folder, join(folder, 'missing')), undefined);
});

needsRoot('of owner, group and others the first that fits counts (needs root)', async (t) => {
  const folder = await temporaryFolder(t);
  await chmod(folder, 0o711);
  const file = join(folder, 'file');
  await writeFile(file, '');
  for (const [uid, gid, mode, isRead] of [
    [0, 0, 0o644, true],
    [0, 0, 0o640, false],
    [0, PORTER.gid, 0o640, true],
    [0, PORTER.gid, 0o604, false],
    [PORTER.uid, 0, 0o400, true],
    [PORTER.uid, PORTER.gid, 0o044, false],
  ] as const) {
    await chown(file, uid, gid);
    await chmod(file, mode);
    t.is(await barrierTo(file, PORTER), isRead ? undefined : file, `${uid}:${gid} ${mode.toString(8)}`);
  }
});

test('the folders above count, those of the target of a link', async (t) => {
  const folder = await temporaryFolder(t);
  await chmod(folder, 0o755);
  const closed = join(folder, 'closed');
  await mkdir(closed, { mode: 0o700 });
  await writeFile(join(closed, 'file'), '');
  await symlink(join(closed, 'file'), join(folder, 'link'));
  t.is(await barrierTo(join(folder, 'link')), closed);
  await chmod(closed, 0o711);
  t.is(await barrierTo(join(folder, 'link')), undefined);
  t.is(await barrierTo(join(folder, 'missing')), join(folder, 'missing'));
});
