// Knocks out of systemd's journal: a real journald that takes the kernel's messages, and the real journalctl.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DaemonProcess, KNOCKDAEMON, writeConfig } from '../lab/daemon-process.ts';
import { KernelLog, logKnocks } from '../lab/kernel-log.ts';
import { knock, sequence } from '../lab/knocking.ts';
import type { Host, Lab } from '../lab/lab.ts';
import { labTest } from '../lab/lab-test.ts';
import { Background } from '../lab/run.ts';
import { until } from '../lab/until.ts';

const SCRIPT = fileURLToPath(new URL('../../../test/lab/journal.sh', import.meta.url));

const JOURNALCTL = '/usr/bin/journalctl';

async function startDaemon(lab: Lab, server: Host): Promise<DaemonProcess> {
  const config = await writeConfig(lab, { top: 'source = "journal"' });
  const command = [process.execPath, KNOCKDAEMON, 'run', '--config', config];
  const namespaces = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const background = new Background('/usr/bin/unshare', [
    ...namespaces,
    '/bin/bash',
    SCRIPT,
    server.namespace,
    ...command,
  ]);
  lab.defer(async () => void (await background.stop('SIGKILL')));
  const daemon = new DaemonProcess(background, config);
  await daemon.line({ event: 'capture', state: 'capturing' });
  return daemon;
}

/** The process ids of a program on a host. */
async function processes(server: Host, program: string): Promise<number[]> {
  const pids = (await server.mustRun('/usr/sbin/ip', ['netns', 'pids', server.namespace])).split('\n').filter(Boolean);
  return pids.map(Number).filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(program);
    } catch {
      return false;
    }
  });
}

labTest(
  'journal: a knock opens; journalctl is nobody, is started again, and ends with the daemon',
  async (t, bench) => {
    const { lab, server, client } = bench;
    KernelLog.allow(lab);
    await logKnocks(server, `prefix "${lab.prefix.slice(-20)} "`);
    const daemon = await startDaemon(lab, server);
    t.like(await daemon.line({ event: 'capture', state: 'capturing' }), {
      interface: 'journal',
      linkType: 'LINES',
      confined: true,
    });
    // journalctl says nothing when it has begun: what comes before that is not heard.
    const opens = async (count: number) => {
      await until('a knock opened', async () => {
        await knock(client, server.ipv4, sequence());
        return daemon.count('opened') >= count;
      });
    };
    await opens(1);
    const [pid, ...more] = await processes(server, JOURNALCTL);
    t.deepEqual(more, []);
    const status = readFileSync(join('/proc', String(pid), 'status'), 'utf8');
    t.regex(status, /^Uid:\t65534\t65534\t65534\t65534$/m);
    t.regex(status, /^CapEff:\t0+$/m);

    process.kill(pid!, 'SIGKILL');
    const ended = await daemon.line({ event: 'capture', state: 'ended' });
    t.is(ended.message, 'journalctl ended: killed by SIGKILL');
    await until('it listens again', () => daemon.lines().filter(({ state }) => state === 'capturing').length === 2);
    await opens(daemon.count('opened') + 1);

    // unshare(1) lets no SIGTERM through.
    const [running] = await processes(server, 'bin/knockdaemon.js');
    process.kill(running!, 'SIGTERM');
    t.is(await daemon.background.ended, 0);
    await until('journalctl has ended', async () => (await processes(server, JOURNALCTL)).length === 0);
  },
);
