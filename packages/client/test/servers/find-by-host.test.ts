// Which saved server is meant by the host that ssh knows.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeEnrolmentLink } from '@eightknock/codec';
import test from 'ava';
import { findByHost } from '#src/servers/find-by-host.js';
import { saveServer } from '#src/servers/store.js';
import { linkFor, makeFolder } from '../sample.ts';

const found = test.macro({
  title: (_, host: string, port: number) => `${host} ${port}`,
  async exec(t, host: string, port: number, expected: readonly string[]) {
    const folder = await makeFolder(t);
    const save = (name: string, link: string) => saveServer(folder, name, decodeEnrolmentLink(link), false);
    await save('gw', linkFor('gw.example.net', '&ports=tcp/22'));
    await save('mail', linkFor('mail.example.net', '&ports=tcp/22,tcp/993'));
    await save('mail-admin', linkFor('mail.example.net', '&ports=tcp/8443,udp/993'));
    await save('six', linkFor('[2001:db8::1]', ''));
    await save('mail.example.org', linkFor('198.51.100.1', ''));
    await writeFile(join(folder, 'broken.toml'), 'host = ', { mode: 0o600 });
    t.deepEqual(await findByHost(host, port, folder), expected);
  },
});

test(found, 'gw', 22, ['gw']);
test(found, 'gw.example.net', 22, ['gw']);
test(found, 'GW.Example.NET', 22, ['gw']);
// It is the only one there: that the port is not on its list is told later.
test(found, 'gw.example.net', 80, ['gw']);
test(found, 'mail.example.net', 22, ['mail']);
test(found, 'mail.example.net', 8443, ['mail-admin']);
// Only TCP counts.
test(found, 'mail.example.net', 993, ['mail']);
test(found, 'mail.example.net', 80, ['mail', 'mail-admin']);
test(found, '2001:db8::1', 22, ['six']);
test(found, '198.51.100.1', 22, ['mail.example.org']);
test(found, 'mail.example.org', 22, ['mail.example.org']);
test(found, 'broken', 22, ['broken']);
test(found, 'nosuch', 22, []);
test(found, '../servers/gw', 22, []);

test('no folder, no server', async (t) => {
  const folder = join(await makeFolder(t), 'none');
  t.deepEqual(await findByHost('gw', 22, folder), []);
  await mkdir(folder);
  t.deepEqual(await findByHost('gw', 22, folder), []);
});
