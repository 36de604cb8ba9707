// How many of ten honest single packets open while a third host floods their port with datagrams of the same length that nobody's
// key has authenticated, and what each costs: knockdaemon beside Debian's fwknopd, same client, same flood.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startDaemon } from '../lab/daemon-process.ts';
import type { Host, Lab } from '../lab/lab.ts';
import { until } from '../lab/until.ts';
import { type FloodResult, flood, type Subject } from './floods.ts';

const KEYS = ['--key-rijndael', 'benchmark-key', '--key-hmac', 'benchmark-hmac-key', '--use-hmac'];
const QUIET = ['--no-home-dir', '--no-rc-file', '--no-save-args', '-E', '/dev/null'];

/** @param packetsPerSecond absent: as fast as the machine sends */
export function floodSpaDoor(packetsPerSecond?: number): Promise<FloodResult> {
  return flood('junk', packetsPerSecond, async (lab, server): Promise<Subject> => {
    const keys = 'key = "benchmark-key"\nhmac_key = "benchmark-hmac-key"';
    const door = `[[door]]\nname = "carol"\nkind = "spa"\n${keys}\nask = { ports = ["tcp/22"], seconds = 60 }\n`;
    const daemon = await startDaemon(lab, server, { clients: [], tables: door });
    return { background: daemon.background, knock: askOnce, opened: () => daemon.count('opened') };
  });
}

/** @param packetsPerSecond absent: as fast as the machine sends */
export function floodFwknopd(packetsPerSecond?: number): Promise<FloodResult> {
  return flood('junk', packetsPerSecond, async (lab: Lab, server: Host): Promise<Subject> => {
    const file = (name: string) => join(lab.folder, `fwknopd-${name}`);
    const config = ['PCAP_INTF eth0;', 'PCAP_FILTER udp port 62201;', 'ENABLE_PCAP_PROMISC N;'];
    await writeFile(file('config'), `${config.join('\n')}\n`, { mode: 0o600 });
    const access = ['SOURCE ANY', 'KEY benchmark-key', 'HMAC_KEY benchmark-hmac-key', 'FW_ACCESS_TIMEOUT 60'];
    await writeFile(file('access'), `${access.join('\n')}\n`, { mode: 0o600 });
    const files = [
      '-c',
      file('config'),
      '-a',
      file('access'),
      '-r',
      lab.folder,
      '-p',
      file('pid'),
      '-d',
      file('digests'),
    ];
    // Not --verbose: it would print every packet.
    const daemon = server.start('/usr/sbin/fwknopd', ['--foreground', ...files]);
    await until('fwknopd captures', () => (daemon.stdout + daemon.stderr).includes('Starting fwknopd main event loop'));
    const opened = () => (daemon.stdout + daemon.stderr).match(/Added (?:access )?rule/gi)?.length ?? 0;
    return { background: daemon, knock: askOnce, opened };
  });
}

/** fwknop's client; each packet has random digits of its own. */
function askOnce(client: Host, server: Host): Promise<unknown> {
  return client.mustRun('/usr/bin/fwknop', [...QUIET, ...KEYS, '-A', 'tcp/22', '-a', client.ipv4, '-D', server.ipv4]);
}
