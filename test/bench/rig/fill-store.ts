// Fills a store with live grants, through the store's own code: node fill-store.js STATE_DIR CLIENT ADDRESSES FIRST_PORT PORTS.
// A process of its own, so that the folder is free again when it has ended.

import { randomBytes } from 'node:crypto';

/** The part of the store that is used. */
interface Opened {
  readonly store?: { claim(claim: object, grant: object, nowMs: number): string; close(): void };
  readonly problems?: readonly object[];
}

const OPEN_STORE = new URL('../../../../packages/daemon/dist/store/open-store.js', import.meta.url).href;
const DAY_MS = 86_400_000;

const [stateDir = '', client = '', ...numbers] = process.argv.slice(2);
const [addresses = 0, firstPort = 0, portCount = 0] = numbers.map(Number);
const { openStore } = (await import(OPEN_STORE)) as { openStore(options: object): Opened };
const nowMs = Date.now();
const { store, problems } = openStore({ stateDir, nowMs });
if (!store) throw new Error(JSON.stringify(problems));
const ports = Array.from({ length: portCount }, (_, i) => ({ protocol: 'tcp', port: firstPort + i }));
for (let i = 0; i < addresses; i++) {
  const address = `198.51.${100 + (i >> 8)}.${i & 255}`;
  const claim = {
    client,
    window: Math.floor(nowMs / 30_000),
    cipher: new Uint8Array(randomBytes(8)),
    sourceAddress: address,
  };
  const grant = { client, address, ports, action: 'open', shortened: false, endMs: nowMs + DAY_MS };
  const answer = store.claim(claim, grant, nowMs);
  if (answer !== 'claimed') throw new Error(`the store says ${answer}`);
}
store.close();
