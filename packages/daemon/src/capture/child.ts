// The capture process: gives up its privileges, and turns packets or lines of a log into records. It knows no key, decides
// nothing, and ends when the daemon does. Started by spawn.ts:
//   node child.js SOURCE gated|open [PATTERN]
//     SOURCE    a device or nflog:N: packets through libpcap · "lines": lines of a log, read from descriptor 4
//     gated     see knock-gates.ts
//     standard input: one line that says what is wanted (wanted.ts), then known sources (known-sources.ts); held open by the
//     daemon · standard output: status lines · descriptor 3: records
//   node child.js --probe            exits 0 when libpcap can be loaded

import { setPriority } from 'node:os';
import { CannotOpen } from './cannot-open.ts';
import { CAP_NET_ADMIN, CAP_NET_RAW } from './capabilities.ts';
import { cutMessage } from './child-message.ts';
import { fail, say, writeWithoutBlocking } from './child-voice.ts';
import { confine, keepOnlyNeeded } from './confine.ts';
import { hearDaemon } from './hear-daemon.ts';
import { BEAT_MS } from './heartbeat.ts';
import { KnockOutlet } from './knock-outlet.ts';
import { packetSockets, prepareForFloods } from './packet-sockets.ts';
import { isLogGroup, LINES_SOURCE } from './source-name.ts';

/** nice(2). */
const PRIORITY = -10;

async function main(): Promise<void> {
  // Node's own listener would open the debugger.
  process.on('SIGUSR1', () => {});
  const [source = '', gated = '', pattern] = process.argv.slice(2);
  const isLines = source === LINES_SOURCE;
  const failToLoad = (error: unknown) => fail('library', error);
  const { loadLibc } = await import('./libc.ts').catch(failToLoad);
  // libpcap is not needed for lines, and need not be there. Whatever is needed is loaded now: the user "nobody" may not be
  // able to read it.
  const packets = isLines ? undefined : await import('./packet-rings.ts').catch(failToLoad);
  const lines = isLines ? await import('./read-lines.ts') : undefined;
  const reader = await lines?.loadReader(pattern);
  if (source === '--probe') return;
  const { wanted, onKnown } = await hearDaemon(process.stdin);

  hurry();
  const libc = loadLibc();
  writeWithoutBlocking(libc);
  const problems = keepOnlyNeeded(libc, neededFor(source, isLines));
  const outlet = new KnockOutlet({ wanted, gated: gated === 'gated' });
  onKnown((known) => outlet.know(known));
  const startLines = reader && lines?.prepareLines(outlet, reader);
  const rings = packets?.openRings(libc, source, wanted, outlet);
  const sockets = packetSockets(libc);
  if (rings) outlet.watchLosses(rings.shedding);
  problems.push(...prepareForFloods(libc, sockets), ...confine(libc, sockets, rings?.shedSocket));
  const confined = problems.length === 0;
  if (rings) problems.push(...rings.problems);
  const message = problems.length > 0 && { message: cutMessage(problems.join('; ')) };
  say({ state: 'capturing', linkType: rings?.linkType ?? 'LINES', confined, ...message });
  startLines?.();
  setInterval(() => outlet.passTime(), BEAT_MS / 2);
}

/** A log group is opened with netlink(7), which asks for more. */
function neededFor(source: string, isLines: boolean): readonly number[] {
  if (isLines) return [];
  return isLogGroup(source) ? [CAP_NET_ADMIN] : [CAP_NET_RAW];
}

/** Between two packets of a flood lie microseconds, and the ring is small: go first. Without the right to, go like the others. */
function hurry(): void {
  try {
    setPriority(PRIORITY);
  } catch {
    // not root
  }
}

await main().catch((error) => fail(error instanceof CannotOpen ? error.failure : 'other', error));
