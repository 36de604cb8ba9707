// Captures a device and sheds load as its second argument says (Shedding in JSON): shows what the kernel makes of the program.
// Prints `locked: …`, what the kernel says to one who wants another filter on the captured socket, then `ready LINK_TYPE`, then
// the source of each knock. Ends with its standard input. test/e2e/shedding.test.ts starts it.

import { formatAddress } from '@eightknock/codec';
import { knockFilter } from '#src/capture/filter.js';
import { loadLibc } from '#src/capture/libc.js';
import { openPcap } from '#src/capture/open-pcap.js';
import { packetSockets } from '#src/capture/packet-sockets.js';
import { type Shedding, shedFilter } from '#src/capture/shed-filter.js';
import { openShedSocket } from '#src/capture/shed-socket.js';
import { onlyEightKnocks } from '#src/capture/wanted.js';
import { parseFrame } from '#src/packet/frame.js';
import { linkTypeOfCap } from '#src/packet/link.js';

const SOL_SOCKET = 1;
const SO_DETACH_FILTER = 27;

const [device = '', shedding = ''] = process.argv.slice(2);
const say = (line: string) => process.stdout.write(`${line}\n`);
const linkType = openPcap(device, knockFilter(onlyEightKnocks(745)), (frame) => {
  const known = linkTypeOfCap(linkType);
  const knock = known ? parseFrame(frame, known) : 'not-ip';
  if (typeof knock !== 'string') say(formatAddress(knock.source));
});
const libc = loadLibc();
const [captured = -1] = packetSockets(libc);
const socket = openShedSocket(libc, captured);
try {
  libc.setsockopt(captured, SOL_SOCKET, SO_DETACH_FILTER, Buffer.alloc(4));
  say('locked: no');
} catch (error) {
  say(`locked: ${(error as Error).message}`);
}
socket.attach(shedFilter(JSON.parse(shedding) as Shedding));
say(`ready ${linkType}`);
process.stdin.on('end', () => process.exit(0)).resume();
