// Floods as fast as the machine sends: more than the capture process can take, so that load is shed. A client that got in
// before the flood gets in with each single sequence; one that was never seen gets in by knocking again, as `knockclient --wait`
// does, within seconds; the daemon
// answers within a second, and its memory stays within a stated bound.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodeSecret } from '@eightknock/codec';
import { ALICE, KNOCKCLIENT, SERVER_ID, startDaemon } from '../lab/daemon-process.ts';
import { askStatus, MAX_GROWTH_MB, memoryMb, otherClients } from '../lab/daemon-under-load.ts';
import { FLOOD_SHAPES, startFlood } from '../lab/flood.ts';
import { knock, sequence } from '../lab/knocking.ts';
import { labTest } from '../lab/lab-test.ts';
import { listen } from '../lab/listen.ts';
import { until } from '../lab/until.ts';

const ROUNDS = 10;
/** A flood is stopped when the knocks are through, and lasts no longer than this. */
const MAX_SECONDS = 200;
/** Until then what can be filled is full. */
const UNDER_WAY_MS = 1000;
/** So long a client that nobody knows waits. */
const WAIT_SECONDS = 60;

/** Who was never seen may wait for a minute or two while sequences come that must be decrypted: with SLOW=1. */
const isSlow = process.env.SLOW !== undefined;
const DEVICES = isSlow ? (['eth0', 'any'] as const) : (['any'] as const);

for (const shape of FLOOD_SHAPES) {
  for (const clients of [10, 100]) {
    labTest(`full speed, "${shape}", ${clients} clients: who got in before gets in at once`, async (t, bench) => {
      const { lab, server, client, third } = bench;
      const daemon = await startDaemon(lab, server, { clients: [...otherClients(clients - 1), ALICE] });
      const pid = daemon.background.child.pid as number;
      const before = memoryMb(pid);
      await knock(client, server.ipv4, sequence());
      await until('the client is known', () => daemon.count('opened') === 1);
      const flood = await startFlood(third, server, shape, MAX_SECONDS);
      await sleep(UNDER_WAY_MS);
      const parts: string[] = [];
      for (let round = 1; round <= ROUNDS; round++) {
        await knock(client, server.ipv4, sequence());
        await until(`knock ${round} of ${ROUNDS} opened`, () => daemon.count('opened') === 1 + round, 5);
        const { tookMs, passing } = await askStatus(daemon);
        parts.push(`1/${Math.round(1 / passing)}`);
        t.true(tookMs < 1000, `status after ${tookMs} ms`);
      }
      t.log(`of unknown sources was heard ${parts.join(' ')}`);
      t.is(flood.child.exitCode, null, 'the flood went on all the while');
      await flood.stop();
      const growth = memoryMb(pid) - before;
      t.true(growth < MAX_GROWTH_MB, `the daemon grew by ${Math.round(growth)} MB`);
    });
  }

  if (shape === 'eight' && !isSlow) continue;
  for (const device of DEVICES) {
    labTest(`full speed, "${shape}", ${device}: who was never seen gets in by knocking again`, async (t, bench) => {
      const { lab, server, client, third } = bench;
      await listen(server, 'tcp', 22, 'service');
      const daemon = await startDaemon(lab, server, { top: `interface = "${device}"` });
      const keyFile = join(lab.folder, 'key-alice');
      await writeFile(keyFile, `${encodeSecret(ALICE.secret)}\n`, { mode: 0o600 });
      const flood = await startFlood(third, server, shape, MAX_SECONDS);
      await sleep(UNDER_WAY_MS);
      const own = ['--key-file', keyFile, '--server-id', SERVER_ID, '--port', '22'];
      const args = [KNOCKCLIENT, server.ipv4, ...own, '--wait', String(WAIT_SECONDS), '--json'];
      const waiting = client.run(process.execPath, args, {
        env: { XDG_CONFIG_HOME: lab.folder },
        seconds: WAIT_SECONDS + 10,
      });
      const parts: string[] = [];
      let ended = false;
      waiting.finally(() => {
        ended = true;
      });
      while (!ended) {
        const { tookMs, passing } = await askStatus(daemon);
        t.true(tookMs < 1000, `status after ${tookMs} ms`);
        parts.push(`1/${Math.round(1 / passing)}`);
        await Promise.race([waiting, new Promise((resolve) => setTimeout(resolve, 500))]);
      }
      const { code, stdout, stderr } = await waiting;
      const { knocks, seconds } = JSON.parse(stdout);
      t.log(`${knocks} knocks, ${seconds} s; of unknown sources was heard ${parts.join(' ')}`);
      t.is(code, 0, stderr);
      t.true(daemon.count('opened') > 0);
      t.is(flood.child.exitCode, null, 'the flood went on all the while');
      await flood.stop();
    });
  }
}
