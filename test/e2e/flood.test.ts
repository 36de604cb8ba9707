// Floods, as fast as the machine sends them: honest knocks from another host still open, the daemon answers within a second,
// and its memory does not grow beyond what is stated.

import { readFileSync } from 'node:fs';
import { ALICE, ask, type LabClient, labSecret, startDaemon } from '../lab/daemon-process.ts';
import { FLOOD_SHAPES, type FloodShape, startFlood } from '../lab/flood.ts';
import { knock, sequence } from '../lab/knocking.ts';
import { labTest } from '../lab/lab-test.ts';
import { until } from '../lab/until.ts';

/** The daemon's memory may grow by so much: the table of sources when it is full, and the garbage of a busy process. */
const MOST_GROWTH_MB = 250;
const ROUNDS = 10;

function otherClients(count: number): LabClient[] {
  return Array.from({ length: count }, (_, i) => {
    return { name: `client-${i}`, secret: labSecret(1000 + i), toml: 'ports = ["tcp/22"]' };
  });
}

for (const shape of FLOOD_SHAPES) {
  for (const clients of [10, 100]) {
    labTest(
      `flood "${shape}", ${clients} clients: honest knocks open 10 of 10`,
      async (t, { lab, server, client, third }) => {
        const daemon = await startDaemon(lab, server, { clients: [...otherClients(clients - 1), ALICE] });
        const before = memoryMb(daemon.background.child.pid as number);
        const flood = await startFlood(third, server, shape as FloodShape, 30);
        for (let round = 1; round <= ROUNDS; round++) {
          await knock(client, server.ipv4, sequence());
          await until(`knock ${round} of ${ROUNDS} opened`, () => daemon.count('opened') >= round, 3);
          const asked = performance.now();
          t.like(await ask(server, daemon, 'status'), { clients });
          t.log(`round ${round}: status after ${Math.round(performance.now() - asked)} ms`);
        }
        t.is(flood.child.exitCode, null, 'the flood went on all the while');
        await flood.stop();
        const growth = memoryMb(daemon.background.child.pid as number) - before;
        t.true(growth < MOST_GROWTH_MB, `the daemon grew by ${growth} MB`);
      },
    );
  }
}

/** Resident memory of a process. */
function memoryMb(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}
