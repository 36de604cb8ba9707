// What the manual page knockdaemon(8) says besides `--help`. Commands and options are not here: the page takes them from the
// program.

import type { ManualTexts } from '@eightknock/cli';
import { HELP } from './messages/help.ts';

/** The texts of knockdaemon(8). */
export const MANUAL: ManualTexts = {
  section: 8,
  description: [
    '`knockdaemon` holds ports shut for all who have not knocked. Whoever sends eight packets to eight closed ports, in which port, address and time are encrypted with their secret, finds the port that they asked for open, for that address and for that time; see knockclient(1). It never answers a knock.',
    'The guard and the open doors are in the kernel, as nftables: a door closes at its time, and the guard holds, also when the daemon is dead. What was granted outlives restarts and reboots.',
    'The daemon is two processes. One captures packets with libpcap; it has no privileges and knows no secret. The other has the secrets, and sees of a packet nothing but what the first one says of it.',
    'SIGHUP has the configuration read again, as `knockdaemon reload` does. SIGTERM and SIGINT end the daemon; the guard stays, until `knockdaemon flush` takes it away.',
    'Whoever sets it up over the network tries it first with `knockdaemon run --rescue 5`: unless `knockdaemon confirm` is called within five minutes, the guard lapses.',
  ],
  environment: [
    ['NO_COLOR', 'If it is not empty, nothing is coloured.'],
    ['TERM', 'If it is `dumb`, nothing is coloured.'],
    ['NOTIFY_SOCKET', 'Where systemd is told that the daemon is ready; see sd_notify(3).'],
    ['WATCHDOG_USEC', 'How often systemd wants to hear that it lives, with `WATCHDOG_PID`.'],
  ],
  files: [
    [
      HELP.configDefault,
      'The configuration. `knockdaemon install` writes one with every key and its default; `knockdaemon check` tells everything that is wrong with it.',
    ],
    ['/etc/knockdaemon/clients.d/NAME.toml', 'A client. It holds a secret: mode 0600.'],
    ['/var/lib/knockdaemon/state.db', 'Accepted sequences, grants and the audit trail.'],
    ['/run/knockdaemon/control.sock', 'Where the running daemon is asked, by root alone.'],
  ],
  exitStatus: [
    ['0', 'Done.'],
    ['1', 'Something failed at run time.'],
    ['2', 'The command line or the configuration is wrong. Nothing was done.'],
  ],
  examples: [
    ['Add a client who may open port 22 for at most an hour:', 'knockdaemon enroll alice --ports tcp/22 --max-time 60'],
    [
      'Look for mistakes, then try it, with a way back in:',
      'knockdaemon check',
      'knockdaemon run --rescue 5',
      'knockdaemon confirm',
    ],
    ['Who may come in now, and who may no longer:', 'knockdaemon grants', 'knockdaemon revoke --client alice'],
    ['Why did it not open?', 'knockdaemon audit --limit 10'],
  ],
  seeAlso: [
    ['knockclient', 1],
    ['systemd.service', 5],
    ['nft', 8],
  ],
};
