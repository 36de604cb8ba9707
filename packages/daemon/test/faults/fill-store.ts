// Puts live grants into a store, as if so many had been given: node fill-store.js STATE_DIR GRANTS
// The sources are 100.64.0.1 and so on, port tcp/22 of client "alice", for an hour. Started by the end-to-end tests.

import { openStore } from '#src/store/open-store.js';

const [stateDir = '', grants = ''] = process.argv.slice(2);
const nowMs = Date.now();
const opened = openStore({ stateDir, nowMs });
if ('problems' in opened) throw new Error(JSON.stringify(opened.problems));
const ports = [{ protocol: 'tcp', port: 22 }] as const;
for (let i = 1; i <= Number(grants); i++) {
  const cipher = Uint8Array.of(i >> 24, i >> 16, i >> 8, i, 0, 0, 0, 0);
  const address = `100.${64 + ((i >> 16) & 63)}.${(i >> 8) & 255}.${i & 255}`;
  const claim = { client: 'alice', window: Math.floor(nowMs / 30_000), cipher, sourceAddress: address };
  const grant = {
    client: 'alice',
    address,
    ports,
    action: 'open',
    endMs: nowMs + 3_600_000,
    shortened: false,
  } as const;
  const claimed = opened.store.claim(claim, grant, nowMs);
  if (claimed !== 'claimed') throw new Error(claimed);
}
opened.store.close();
