// Claims a sequence in a new store and replaces a file; says in the file $DISK_CALLS when it begins with each, and when the
// caller is told that it is done: node write-and-say.js FOLDER. Started by test/store/power-cut.test.ts.

import { appendFileSync, mkdirSync } from 'node:fs';
import { openStore } from '#src/store/open-store.js';
import { replaceFile } from '#src/store/replace-file.js';

const NOW = 1_800_000_000_000;
const [folder = ''] = process.argv.slice(2);
const say = (what: string) => appendFileSync(process.env.DISK_CALLS ?? '', `${what}\n`);
mkdirSync(`${folder}/state`, { mode: 0o700 });
const opened = openStore({ stateDir: `${folder}/state`, nowMs: NOW });
if ('problems' in opened) throw new Error(JSON.stringify(opened.problems));
const address = '198.51.100.7';
const ports = [{ protocol: 'tcp', port: 22 }] as const;
const grant = { client: 'alice', address, ports, action: 'open', shortened: false } as const;
const claim = (number: number) => {
  const cipher = new Uint8Array(8).fill(number);
  return opened.store.claim({ client: 'alice', window: NOW / 30_000, cipher, sourceAddress: address }, grant, NOW);
};

// The first one makes the files.
claim(1);
say('claim');
say(claim(2));
say('replace');
replaceFile(`${folder}/once`, '#1,2\n', { mode: 0o600 });
say('replaced');
