// Captures as the daemon does and prints what happens, a JSON line each; ends with its standard input. For tests in network
// namespaces, which start it there: capture-program.js DEVICE[=PROGRAM] …, where PROGRAM takes the place of the real child.
//   {"at": ms since 1970, "device", "state", …}   a change of state
//   {"knock": port, "device", "from"}             the first few knocks of each device
//   {"statuses", "knocks", "dropped", "turnMs", "memory"}   every 100 ms; turnMs: the longest turn of the event loop since

import { readFileSync } from 'node:fs';
import { captureIndex } from '#src/capture/interface-state.js';
import { spawnCapture } from '#src/capture/spawn.js';
import { CaptureSupervisor } from '#src/capture/supervisor.js';
import { later } from '#src/clock.js';
import { onlyEightKnocks } from '../only-eight-knocks.ts';

const MAX_KNOCKS_PRINTED = 200;
let knocks = 0;
const dropped: Record<string, number> = {};
const print = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);

const supervisors = process.argv.slice(2).map((argument) => {
  const [device = '', program] = argument.split('=');
  let printed = 0;
  const listener = {
    onKnock(event: { destinationPort: number; sourceAddress: string }) {
      knocks++;
      if (++printed <= MAX_KNOCKS_PRINTED) print({ knock: event.destinationPort, device, from: event.sourceAddress });
    },
    onState: (name: string, state: object) => print({ at: Date.now(), device: name, ...state }),
    onDropped(reason: string, count: number) {
      dropped[reason] = (dropped[reason] ?? 0) + count;
    },
    onShedding: (name: string, load: object | undefined) => print({ shedding: name, load }),
  };
  return new CaptureSupervisor(device, listener, {
    spawn: () =>
      spawnCapture({ device, wanted: onlyEightKnocks(745), gated: false, ...(program !== undefined && { program }) }),
    linkIndex: captureIndex,
    knownSources: () => Buffer.alloc(0),
    after: later,
    nowMs: () => performance.now(),
    timeMs: () => Date.now(),
  });
});
for (const supervisor of supervisors) supervisor.start();

let turnMs = 0;
let last = performance.now();
const turn = () => {
  const now = performance.now();
  turnMs = Math.max(turnMs, now - last);
  last = now;
};
setInterval(turn, 5);
setInterval(() => {
  turn();
  const statuses = supervisors.map((supervisor) => supervisor.status());
  const memory = Number(/VmRSS:\s*(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024;
  print({ statuses, knocks, dropped, turnMs: Math.round(turnMs), memory });
  turnMs = 0;
}, 100);
process.stdin.on('end', () => process.exit(0)).resume();
