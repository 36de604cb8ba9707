// Whoever reads the log stands still: the daemon does not.

import { join } from 'node:path';
import { ask, DaemonProcess, KNOCKDAEMON, writeConfig } from '../lab/daemon-process.ts';
import { knock, sequence } from '../lab/knocking.ts';
import { labTest } from '../lab/lab-test.ts';
import { listen } from '../lab/listen.ts';
import { isOpen } from '../lab/probes.ts';
import { until } from '../lab/until.ts';

/** fcntl(2), F_SETPIPE_SZ: room for one page. It is opened for reading, too, and never read. */
const HOLD = 'open(my $pipe, "+<", $ARGV[0]) or die; fcntl($pipe, 1031, 4096) or die; $| = 1; print "held"; sleep 120';

labTest('a pipe that nobody empties: doors open, and all is told when it is emptied', async (t, bench) => {
  const { lab, server, client, third } = bench;
  await listen(server, 'tcp', 22, 'service');
  const pipe = join(lab.folder, 'log');
  await server.mustRun('/usr/bin/mkfifo', [pipe]);
  const holder = server.start('/usr/bin/perl', ['-e', HOLD, pipe]);
  await until('it is held', () => holder.stdout === 'held');
  const configFile = await writeConfig(lab);
  const command = `exec ${process.execPath} ${KNOCKDAEMON} run --config ${configFile} --debug > ${pipe}`;
  const daemon = new DaemonProcess(server.start('/bin/bash', ['-c', command]), configFile);
  await until('it runs', async () => {
    try {
      const { captures } = (await ask(server, daemon, 'status')) as { captures: { state: string }[] };
      return captures[0]?.state === 'capturing';
    } catch {
      return false;
    }
  });
  // Far more lines than the pipe holds.
  for (let i = 0; i < 5; i++) await knock(third, server.ipv4, sequence({}, { serverId: 'other' }));
  await knock(client, server.ipv4, sequence());
  await until('the door opens', () => isOpen(client, server.ipv4, 22));
  t.is(((await ask(server, daemon, 'status')) as { grants: number }).grants, 1);

  const reader = server.start('/bin/cat', [pipe]);
  await until('all is told', () => reader.stdout.includes('"event":"opened"'));
  for (const line of reader.stdout.trimEnd().split('\n')) t.notThrows(() => JSON.parse(line), line);
  await daemon.background.stop();
  await until('the end, too', () => reader.stdout.includes('"event":"stopped"'));
});
