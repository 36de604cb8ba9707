// The capture process: gives up its privileges, and turns packets or lines of a log into records. It knows no key, decides
// nothing, and ends when the daemon does. Started by spawn.ts:
//   node child.js SOURCE gated|open [PATTERN]
//     SOURCE    a device or nflog:N: packets through libpcap · "lines": lines of a log, read from descriptor 4
//     gated     see knock-gates.ts
//     standard input: one line that says what is wanted (wanted.ts), then held open by the daemon · standard output: status
//     lines · descriptor 3: records
//   node child.js --probe            exits 0 when libpcap can be loaded

import { closeSync } from 'node:fs';
import { setPriority } from 'node:os';
import { CAP_NET_ADMIN, CAP_NET_RAW } from './capabilities.ts';
import { cutMessage, fail, say } from './child-voice.ts';
import { confine, keepOnlyNeeded } from './confine.ts';
import { BEAT_MS } from './heartbeat.ts';
import { KnockOutlet } from './knock-outlet.ts';
import { drops, packetSockets, prepareForFloods } from './packet-sockets.ts';
import { prepareLines } from './read-lines.ts';
import { LINES_SOURCE } from './source-name.ts';
import { parseWanted } from './wanted.ts';

/** nice(2). */
const PRIORITY = -10;

async function main(): Promise<void> {
  // Node's own listener would open the debugger.
  process.on('SIGUSR1', () => {});
  const [source = '', gated = '', pattern] = process.argv.slice(2);
  const isLines = source === LINES_SOURCE;
  const { loadLibc } = await import('./libc.ts').catch((error: unknown) => fail('library', error));
  // libpcap is not needed for lines, and need not be there.
  const packets = isLines ? undefined : await import('./read-packets.ts').catch((error) => fail('library', error));
  if (source === '--probe') return;
  const wanted = parseWanted(await firstLine());

  hurry();
  const libc = loadLibc();
  // libnftables lets those of the daemon be inherited; who reads from them takes the kernel's answers away from it.
  for (const inherited of packetSockets(libc)) closeSync(inherited);
  const problems = keepOnlyNeeded(libc, neededFor(source, isLines));
  let sockets: readonly number[] = [];
  const kernelDrops = () => sockets.reduce((sum, fd) => sum + drops(libc, fd), 0);
  const outlet = new KnockOutlet({ wanted, gated: gated === 'gated', kernelDrops });
  const startLines = isLines ? await prepareLines(outlet, pattern) : undefined;
  const linkType = packets ? packets.readPackets(source, wanted, outlet) : 'LINES';
  sockets = packetSockets(libc);
  problems.push(...prepareForFloods(libc, sockets), ...confine(libc, sockets));
  const confined = problems.length === 0;
  say({ state: 'capturing', linkType, confined, ...(confined ? {} : { message: cutMessage(problems.join('; ')) }) });
  startLines?.();
  setInterval(() => outlet.passTime(Date.now()), BEAT_MS / 2);
}

/** A log group is opened with netlink(7), which asks for more. */
function neededFor(source: string, isLines: boolean): readonly number[] {
  if (isLines) return [];
  return source.startsWith('nflog:') ? [CAP_NET_ADMIN] : [CAP_NET_RAW];
}

/** Between two packets of a flood lie microseconds, and the ring is small: go first. Who may not goes like the others. */
function hurry(): void {
  try {
    setPriority(PRIORITY);
  } catch {
    // not root
  }
}

/** What the daemon says first; after that its end of the pipe only tells that it is there. */
async function firstLine(): Promise<string> {
  process.stdin.on('end', () => process.exit(0)).setEncoding('utf8');
  let text = '';
  return await new Promise((resolve) => {
    process.stdin.on('data', (chunk) => {
      if (text.includes('\n')) return;
      text += chunk;
      if (text.includes('\n')) resolve(text.slice(0, text.indexOf('\n')));
    });
  });
}

await main();
