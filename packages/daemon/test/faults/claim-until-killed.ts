// Claims sequences one after the other and prints the number of each that was taken, until it is killed:
//   node claim-until-killed.js STATE_DIR ROUND
// Started by test/store/open-store.test.ts.

import { writeSync } from 'node:fs';
import { openStore } from '#src/store/open-store.js';

const NOW = 1_800_000_000_000;
const MOST = 100_000;
const [stateDir = '', round = '0'] = process.argv.slice(2);
const opened = openStore({ stateDir, nowMs: NOW });
if ('problems' in opened) throw new Error(JSON.stringify(opened.problems));
const ports = [{ protocol: 'tcp', port: 22 }] as const;
for (let i = Number(round) * MOST; i < (Number(round) + 1) * MOST; i++) {
  const cipher = Uint8Array.of(i >> 24, i >> 16, i >> 8, i, 0, 0, 0, 0);
  const address = `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`;
  const claim = { client: 'alice', window: NOW / 30_000, cipher, sourceAddress: address };
  const grant = { client: 'alice', address, ports, action: 'open', shortened: false } as const;
  if (opened.store.claim(claim, grant, NOW) !== 'claimed') throw new Error(`claim ${i}`);
  writeSync(1, `${i}\n`);
}
