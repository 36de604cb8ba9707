// Captures a device and sheds load as its second argument says (Shedding in JSON): shows what the kernel makes of the program.
// With a third argument `two` there is a ring for known sources. Prints `locked: …`, what the kernel says to one who wants
// another filter on a captured socket, for each of them, then `ready LINK_TYPE`, then the source of each knock, with `known ` before it where
// it came through that ring. Ends with its standard input. test/e2e/shedding.test.ts starts it.

import { formatAddress } from '@eightknock/codec';
import { knockFilter } from '#src/capture/filter.js';
import { loadLibc } from '#src/capture/libc.js';
import { openPcap } from '#src/capture/open-pcap.js';
import { packetSockets } from '#src/capture/packet-sockets.js';
import { type Places, type Shedding, shedFilter } from '#src/capture/shed-filter.js';
import { openShedSocket } from '#src/capture/shed-socket.js';
import { parseFrame } from '#src/packet/frame.js';
import { linkTypeOfCap } from '#src/packet/link.js';
import { onlyEightKnocks } from '../only-eight-knocks.ts';

const SOL_SOCKET = 1;
const SO_DETACH_FILTER = 27;

const RING_BYTES = 1024 * 1024;

const [device = '', shedding = '', rings = 'one'] = process.argv.slice(2);
const say = (line: string) => process.stdout.write(`${line}\n`);
const libc = loadLibc();

/** @returns the descriptor of its socket, and the link type */
function capture(prefix: string): readonly [number, string] {
  const before = packetSockets(libc);
  const { linkName } = openPcap(device, knockFilter(onlyEightKnocks(745)), RING_BYTES, (bytes, length) => {
    const known = linkTypeOfCap(linkName);
    const knock = known ? parseFrame(bytes.subarray(0, length), known) : 'not-ip';
    if (typeof knock !== 'string') say(`${prefix}${formatAddress(knock.source)}`);
  });
  const [fd = -1] = packetSockets(libc).filter((socket) => !before.includes(socket));
  return [fd, linkName];
}

function tryToDetach(fd: number): void {
  try {
    libc.setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, Buffer.alloc(4));
    say('locked: no');
  } catch (error) {
    say(`locked: ${(error as Error).message}`);
  }
}

const [captured, linkType] = capture('');
const socket = openShedSocket(libc, captured);
tryToDetach(captured);
let places: Places = {};
if (rings === 'two') {
  const [known] = capture('known ');
  places = { known: socket.join(known) };
  tryToDetach(known);
}
socket.attach(shedFilter(JSON.parse(shedding) as Shedding, places));
say(`ready ${linkType}`);
process.stdin.on('end', () => process.exit(0)).resume();
