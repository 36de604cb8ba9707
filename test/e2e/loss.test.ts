// Packets that are lost on the way: --wait knocks until it is open, and says how many tries that took.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeSecret } from '@eightknock/codec';
import { ALICE, KNOCKCLIENT, KNOCKDAEMON, SERVER_ID, startDaemon } from '../lab/daemon-process.ts';
import type { Host } from '../lab/lab.ts';
import { labTest } from '../lab/lab-test.ts';
import { listen } from '../lab/listen.ts';

const RUNS = 20;
/** Each from an address of its own, so that an open door of one run says nothing of another. */
const HOSTS = 5;
/**
 * Of eight packets 0.8^8 = 17 % of sequences arrive whole; in 240 s there are more than 70, and all fail in one of a million
 * runs.
 */
const WAIT_SECONDS = 240;

for (const percent of [5, 20]) {
  labTest(`${percent} % of packets lost: --wait opens ${RUNS} of ${RUNS}`, async (t, { lab, server }) => {
    t.timeout((WAIT_SECONDS + 60) * 1000);
    await listen(server, 'tcp', 22, 'service');
    const daemon = await startDaemon(lab, server);
    const keyFile = join(lab.folder, 'key-alice');
    await writeFile(keyFile, `${encodeSecret(ALICE.secret)}\n`, { mode: 0o600 });
    const options = ['--key-file', keyFile, '--server-id', SERVER_ID, '--port', '22'];
    const hosts: Host[] = [];
    for (let i = 0; i < HOSTS; i++) hosts.push(await lab.addHost(`lossy${i}`, 10 + i));
    await lab.lose(percent);

    const knockFrom = async (host: Host) => {
      const { code, stdout, stderr } = await host.run(
        process.execPath,
        [KNOCKCLIENT, server.ipv4, ...options, '--wait', String(WAIT_SECONDS), '--json'],
        { env: { XDG_CONFIG_HOME: lab.folder }, seconds: WAIT_SECONDS + 20 },
      );
      t.is(code, 0, stdout + stderr);
      // Closed again, so that the next run begins as the first.
      await server.mustRun(process.execPath, [KNOCKDAEMON, 'revoke', host.ipv4, '--config', daemon.configFile]);
      return JSON.parse(stdout) as { readonly sequences: number; readonly knocks: number };
    };
    const runs = await Promise.all(
      hosts.map(async (host) => {
        const results = [];
        for (let i = 0; i < RUNS / HOSTS; i++) results.push(await knockFrom(host));
        return results;
      }),
    );
    const results = runs.flat();
    t.is(results.length, RUNS);
    for (const { sequences, knocks } of results) t.is(knocks, 8 * sequences);
    const tries = results.map(({ sequences }) => sequences);
    t.true(
      tries.some((count) => count > 1),
      `some needed more than one: ${tries.join(' ')}`,
    );
    t.log(`tries: ${tries.join(' ')}`);
  });
}
