// Where servers are saved, on each system.

import { homedir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { isForeign } from '#src/private-file.js';
import { serversFolder } from '#src/servers/saved-server.js';

const folder = test.macro({
  title: (_, platform: NodeJS.Platform, environment: Readonly<Record<string, string>>) =>
    `folder on ${platform} with ${JSON.stringify(environment)}`,
  exec(t, platform: NodeJS.Platform, environment: Readonly<Record<string, string>>, expected: string) {
    t.is(serversFolder(environment, platform), expected);
  },
});

for (const platform of ['linux', 'darwin'] as const) {
  test(folder, platform, { HOME: '/home/me' }, '/home/me/.config/eightknock/servers');
  test(folder, platform, { HOME: '/home/me', XDG_CONFIG_HOME: '/x' }, '/x/eightknock/servers');
  test(folder, platform, { HOME: '/home/me', XDG_CONFIG_HOME: 'x' }, '/home/me/.config/eightknock/servers');
  test(folder, platform, { HOME: '/home/me', XDG_CONFIG_HOME: '' }, '/home/me/.config/eightknock/servers');
  test(folder, platform, { HOME: '/home/me', APPDATA: 'C:\\A' }, '/home/me/.config/eightknock/servers');
}
test(folder, 'linux', {}, join(homedir(), '.config/eightknock/servers'));
test(
  folder,
  'win32',
  { APPDATA: 'C:\\Users\\me\\AppData\\Roaming' },
  'C:\\Users\\me\\AppData\\Roaming\\eightknock\\servers',
);
test(folder, 'win32', { APPDATA: 'C:\\A', XDG_CONFIG_HOME: 'D:\\x' }, 'D:\\x\\eightknock\\servers');
// As Git for Windows has it: a HOME that is no path of Windows.
test(folder, 'win32', { APPDATA: 'C:\\A', HOME: '/c/Users/me' }, 'C:\\A\\eightknock\\servers');

test('on Windows, the folder of a user without APPDATA is below his home', (t) => {
  t.true(serversFolder({}, 'win32').endsWith('\\AppData\\Roaming\\eightknock\\servers'));
});

test('the mode of a file means nothing on Windows', (t) => {
  t.false(isForeign(0o100666, 'win32'));
  for (const platform of ['linux', 'darwin', 'freebsd'] as const) {
    t.true(isForeign(0o100640, platform));
    t.true(isForeign(0o100602, platform));
    t.false(isForeign(0o100600, platform));
    t.false(isForeign(0o100700, platform));
  }
});
