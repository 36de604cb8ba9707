// knockclient on a host of a lab, with options that stand for a saved server.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeSecret } from '@eightknock/codec';
import { ALICE, KNOCKCLIENT, SERVER_ID } from './daemon-process.ts';
import type { Host, Lab } from './lab.ts';
import type { Finished } from './run.ts';

/** @returns a function that runs it with these options and more, for tcp/22 */
export async function clientOf(lab: Lab, host: Host, secret = ALICE.secret) {
  const keyFile = join(lab.folder, `key-${host.name}`);
  await writeFile(keyFile, `${encodeSecret(secret)}\n`, { mode: 0o600 });
  const own = ['--key-file', keyFile, '--server-id', SERVER_ID];
  return (to: string, ...args: string[]): Promise<Finished> =>
    host.run(process.execPath, [KNOCKCLIENT, to, ...own, '--port', '22', ...args], {
      env: { XDG_CONFIG_HOME: lab.folder },
    });
}
