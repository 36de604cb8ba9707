// Floods: honest knocks from another host open all the same, the daemon answers within a second, and its memory stays within
// a stated bound. The rates are such that two busy cores carry them; what is sent faster than
// that is in full-speed.test.ts; how far it goes beside knockd is shown by `npm run bench`.

import { ALICE, startDaemon } from '../lab/daemon-process.ts';
import { askStatus, MAX_GROWTH_MB, memoryMb, otherClients } from '../lab/daemon-under-load.ts';
import { type FloodShape, startFlood } from '../lab/flood.ts';
import { knock, sequence } from '../lab/knocking.ts';
import { labTest } from '../lab/lab-test.ts';
import { until } from '../lab/until.ts';

const ROUNDS = 10;

/** Packets a second. `eight` is eight packets for each sequence that has to be decrypted with every key. */
const FLOODS: readonly (readonly [FloodShape, clients: number, packetsPerSecond: number])[] = [
  ['spread', 10, 10_000],
  ['spread', 100, 10_000],
  ['one', 10, 10_000],
  ['one', 100, 10_000],
  ['first', 10, 10_000],
  ['first', 100, 10_000],
  ['eight', 10, 4000],
  ['eight', 100, 1000],
];

for (const [shape, clients, packetsPerSecond] of FLOODS) {
  labTest(`flood "${shape}", ${clients} clients: honest knocks open 10 of 10`, async (t, bench) => {
    const { lab, server, client, third } = bench;
    const daemon = await startDaemon(lab, server, { clients: [...otherClients(clients - 1), ALICE] });
    const pid = daemon.background.child.pid as number;
    const before = memoryMb(pid);
    const flood = await startFlood(third, server, shape, 60, packetsPerSecond);
    for (let round = 1; round <= ROUNDS; round++) {
      await knock(client, server.ipv4, sequence());
      await until(`knock ${round} of ${ROUNDS} opened`, () => daemon.count('opened') === round, 5);
      const { clients: counted, tookMs } = await askStatus(daemon);
      t.is(counted, clients);
      t.true(tookMs < 1000, `status after ${tookMs} ms`);
    }
    t.is(flood.child.exitCode, null, 'the flood went on all the while');
    await flood.stop();
    const growth = memoryMb(pid) - before;
    t.true(growth < MAX_GROWTH_MB, `the daemon grew by ${Math.round(growth)} MB`);
  });
}
