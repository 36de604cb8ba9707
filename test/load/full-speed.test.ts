// Floods as fast as the machine sends: more than the capture process can take, so that load is shed. A client that got in
// before the flood gets in at once (a sequence now and then meets a burst of losses while the machine does something else, and is sent
// again: at most 4 in 14); one that was never seen gets in by knocking again, as
// `knockclient --wait` does; the daemon answers within a second, and its memory stays within a stated bound.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeSecret } from '@eightknock/codec';
import { ALICE, KNOCKCLIENT, SERVER_ID, startDaemon } from '../lab/daemon-process.ts';
import { askStatus, MOST_GROWTH_MB, memoryMb, otherClients } from '../lab/daemon-under-load.ts';
import { FLOOD_SHAPES, startFlood } from '../lab/flood.ts';
import { knock, sequence } from '../lab/knocking.ts';
import { labTest } from '../lab/lab-test.ts';
import { listen } from '../lab/listen.ts';
import { until } from '../lab/until.ts';

const ROUNDS = 10;
const MOST_SEQUENCES = 14;
/** A flood is stopped when the knocks are through, and lasts no longer than this. */
const MOST_SECONDS = 120;
/** So long a client that nobody knows waits. It sends at most 35 sequences in this time. */
const WAIT_SECONDS = 90;

/** On a machine that others use each of these may take a minute and more: all of them with SLOW=1. */
const isSlow = process.env.SLOW !== undefined;

for (const shape of isSlow ? FLOOD_SHAPES : (['spread'] as const)) {
  for (const clients of isSlow ? [10, 100] : [10]) {
    labTest(`full speed, "${shape}", ${clients} clients: who got in before gets in at once`, async (t, bench) => {
      const { lab, server, client, third } = bench;
      const daemon = await startDaemon(lab, server, { clients: [...otherClients(clients - 1), ALICE] });
      const pid = daemon.background.child.pid as number;
      const before = memoryMb(pid);
      await knock(client, server.ipv4, sequence());
      await until('the client is known', () => daemon.count('opened') === 1);
      const flood = await startFlood(third, server, shape, MOST_SECONDS);
      await daemon.line({ event: 'shedding' });
      const parts: string[] = [];
      let [opened, sent] = [0, 0];
      while (opened < ROUNDS && sent < MOST_SEQUENCES) {
        sent++;
        await knock(client, server.ipv4, sequence());
        const isOpen = () => daemon.count('opened') === 2 + opened;
        if (await until('it opened', isOpen, 2).catch(() => false)) opened++;
        const { tookMs, passing } = await askStatus(daemon);
        parts.push(`1/${Math.round(1 / passing)}`);
        t.true(tookMs < 1000, `status after ${tookMs} ms`);
      }
      t.is(opened, ROUNDS, `of ${sent} sequences`);
      t.log(`${opened} of ${sent} sequences opened; of unknown sources was heard ${parts.join(' ')}`);
      t.is(flood.child.exitCode, null, 'the flood went on all the while');
      await flood.stop();
      const growth = memoryMb(pid) - before;
      t.true(growth < MOST_GROWTH_MB, `the daemon grew by ${Math.round(growth)} MB`);
    });
  }

  if (!isSlow) continue;
  labTest(`full speed, "${shape}": who was never seen gets in by knocking again`, async (t, bench) => {
    const { lab, server, client, third } = bench;
    await listen(server, 'tcp', 22, 'service');
    const daemon = await startDaemon(lab, server);
    const keyFile = join(lab.folder, 'key-alice');
    await writeFile(keyFile, `${encodeSecret(ALICE.secret)}\n`, { mode: 0o600 });
    const flood = await startFlood(third, server, shape, MOST_SECONDS);
    await daemon.line({ event: 'shedding' });
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
    t.is(daemon.count('opened'), 1);
    t.is(flood.child.exitCode, null, 'the flood went on all the while');
    await flood.stop();
  });
}
