// A source that goes on and on: nobody is woken for it, and a client behind the same address still gets in. docs/decisions/0032.

import { ask, startDaemon } from '../lab/daemon-process.ts';
import { clientOf } from '../lab/knockclient.ts';
import type { Host } from '../lab/lab.ts';
import { labTest } from '../lab/lab-test.ts';
import { listen } from '../lab/listen.ts';
import type { Background } from '../lab/run.ts';
import { until } from '../lab/until.ts';

/** Sends datagrams to the knock ports, steadily, and ends by itself. */
function junk(from: Host, to: string, packets: number, perSecond: number): Background {
  const program = `
    const socket = require('node:dgram').createSocket('udp4');
    let sent = 0;
    socket.bind(() => {
      const timer = setInterval(() => {
        socket.send('', 745 + ((37 * sent++) & 255), '${to}');
        if (sent < ${packets}) return;
        clearInterval(timer);
        socket.close();
      }, ${1000 / perSecond});
    });`;
  return from.start(process.execPath, ['-e', program]);
}

labTest('a client behind the same address gets in, and then may crowd himself', async (t, bench) => {
  const { lab, server, client } = bench;
  t.timeout(120_000);
  await listen(server, 'tcp', 22, 'service');
  const daemon = await startDaemon(lab, server);
  const knockclient = await clientOf(lab, client);
  const flooded = async () => {
    const { counts } = (await ask(server, daemon, 'status')) as { counts: Record<string, number> };
    return counts['dropped-flooded-source'] ?? 0;
  };

  await junk(client, server.ipv4, 400, 100).ended;
  await until('what goes on without a pause is no longer handed on', async () => (await flooded()) > 50);

  const began = await flooded();
  const steady = junk(client, server.ipv4, 1200, 10);
  await until('the junk has begun', async () => (await flooded()) > began + 10);
  const { code, stdout, stderr } = await knockclient(server.ipv4, '--wait', '60');
  t.is(code, 0, stdout + stderr);
  await daemon.line({ event: 'opened', address: client.ipv4 });
  await steady.stop();

  // What was dropped before the address was known is told within a second.
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const before = await flooded();
  await junk(client, server.ipv4, 400, 100).ended;
  await new Promise((resolve) => setTimeout(resolve, 1500));
  t.is(await flooded(), before);
});
