// What the manual page knockclient(1) says besides `--help`. Commands and options are not here: the page takes them from the
// program.

import type { ManualTexts } from '@eightknock/cli';

/** The texts of knockclient(1). */
export const MANUAL: ManualTexts = {
  section: 1,
  description: [
    'A server that runs knockdaemon(8) has ports that look closed, and are closed, to everybody. To whoever sends it eight packets, to eight of its closed ports that follow from a secret, it opens one, for their address alone. `knockclient` sends these knocks. It needs no privileges: a knock is an ordinary attempt to connect, or a datagram.',
    'Servers are saved with `knockclient add`, from the link that `knockdaemon enroll` prints. Where only one is saved, it need not be named. Without saved servers, `--host`, `--key-file` and `--server-id` say all that is needed.',
    'A server never answers a knock. Whether the port has opened can be seen only by trying it: `--wait` does, and knocks again now and then until it is open.',
    'The clocks of client and server must agree to within 30 seconds.',
  ],
  environment: [
    ['XDG_CONFIG_HOME', 'Where configuration is kept, instead of `~/.config`; a relative path is ignored.'],
    ['HOME', 'The home folder.'],
    ['NO_COLOR', 'If it is not empty, nothing is coloured.'],
    ['TERM', 'If it is `dumb`, lines are not rewritten, and nothing is coloured.'],
  ],
  files: [
    [
      '~/.config/eightknock/servers/NAME.toml',
      'A saved server. It holds a secret and must be for nobody else to read: mode 0600.',
    ],
    [
      '~/.config/eightknock/spa/NAME.toml',
      'A saved server of `knockclient spa`. It holds two keys and must be for nobody else to read: mode 0600.',
    ],
  ],
  exitStatus: [
    ['0', 'Done. With `--wait`: the port is open.'],
    ['1', 'Something failed: the host has no address, a knock could not be sent, the port did not open.'],
    ['2', 'The command line or a file is wrong. Nothing was sent.'],
  ],
  examples: [
    [
      'Save a server, without the link appearing in the history of the shell or in the list of processes:',
      'knockclient add gw -',
    ],
    [
      'Open port 22 for this machine, for a minute, and log in once it is open:',
      'knockclient gw --port 22 --wait && ssh gw.example.net',
    ],
    [
      'Open it for 30 minutes, for whatever address the knocks come from:',
      'knockclient gw --port 22 --time 30 --ip source',
    ],
    ['Close it again:', 'knockclient gw --port 22 --time 255'],
    ['Show the eight ports and send nothing:', 'knockclient gw --port 22 --print'],
    [
      "Save the servers of fwknop's configuration, and open port 22 of one of them:",
      'knockclient import ~/.fwknoprc && knockclient spa gw --port tcp/22 --wait',
    ],
    ['Have the words of command lines completed, in bash, zsh or fish:', 'source <(knockclient completion bash)'],
  ],
  seeAlso: [
    ['ssh', 1],
    ['knockdaemon', 8],
  ],
};
